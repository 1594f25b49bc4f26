using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Makes, attaches and detaches the disks of virtual machines. Texts are those of
/// https://learn.microsoft.com/troubleshoot/azure/virtual-machines/error-messages where nothing else is said.
/// </summary>
internal sealed class MachineDisks(ArmStore store)
{
    private const int MostLuns = 64;
    private const long LargestInGigabytes = 32_767;

    /// <summary>The entries of a machine's disks, the OS disk's first.</summary>
    public static IEnumerable<JsonNode> Of(ArmResource machine)
    {
        var osDisk = machine.Properties.At("storageProfile", "osDisk");
        var dataDisks = machine.Properties.Items("storageProfile", "dataDisks");
        return osDisk is null ? dataDisks : dataDisks.Prepend(osDisk);
    }

    /// <summary>Makes or attaches the data disks of a new machine.</summary>
    /// <param name="machine">The machine; its profile is completed.</param>
    /// <param name="fromImage">Those of its image by logical unit number.</param>
    public void Build(ArmResource machine, IReadOnlyDictionary<int, DiskSource> fromImage)
    {
        var profile = machine.Properties.Child("storageProfile");
        var asked = ByLun(profile.Items("dataDisks"));
        foreach (var lun in fromImage.Keys.Where(lun => !asked.ContainsKey(lun)))
        {
            asked.Add(lun, new JsonObject { ["lun"] = lun, ["createOption"] = "FromImage" });
        }

        CheckCount(asked.Count, machine.Properties.Text("hardwareProfile", "vmSize"));
        foreach (var entry in asked)
        {
            if (fromImage.TryGetValue(entry.Key, out var source))
            {
                Make(machine, entry.Value, Label(entry.Key), source, "FromImage");
            }
            else
            {
                Add(machine, entry.Key, entry.Value);
            }
        }

        SetEntries(profile, asked);
    }

    /// <summary>
    /// Brings a machine's disks to what an update asks for: the OS disk is swapped, new data disks are made or attached, missing ones detached, the others
    /// may change little. What is refused is refused before anything is changed.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="osDisk">The id of the OS disk; null where the update says nothing of it.</param>
    /// <param name="wanted">The update's <c>dataDisks</c>; null where it says nothing of them.</param>
    /// <param name="size">The size that the machine is to have.</param>
    public void Update(ArmResource machine, string? osDisk, JsonArray? wanted, string? size)
    {
        var profile = machine.Properties.Child("storageProfile");
        var swapped = FindSwapped(machine, osDisk);
        var existing = profile.Items("dataDisks").OfType<JsonObject>().ToList();
        if (wanted is null)
        {
            CheckCount(existing.Count, size);
            Swap(machine, swapped);
            return;
        }

        var asked = ByLun(wanted.OfType<JsonObject>().Where(entry => !entry.Flag("toBeDetached")));
        var kept = asked.Values.ToDictionary(entry => entry, entry => (JsonObject?)existing.Find(disk => IsSame(disk, entry)));
        CheckCount(asked.Count, size);
        CheckEntries(machine, kept, swapped);
        Swap(machine, swapped);
        foreach (var disk in existing.Where(disk => !kept.ContainsValue(disk)))
        {
            if (store.Find(disk.Text("managedDisk", "id")) is { } managed)
            {
                Detach(managed, store.Cloud.Now);
            }
        }

        foreach (var entry in asked.ToList())
        {
            if (kept[entry.Value] is { } disk)
            {
                Change(disk, entry.Value);
                asked[entry.Key] = disk;
            }
            else
            {
                Add(machine, entry.Key, entry.Value);
            }
        }

        SetEntries(profile, asked);
    }

    /// <summary>Makes a managed disk of the machine's, and tells of it in the machine's profile.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="entry">The disk's entry in its profile; completed.</param>
    /// <param name="label">What its name ends with where the entry has none.</param>
    /// <param name="source">What it holds.</param>
    /// <param name="option">The entry's <c>createOption</c>.</param>
    public void Make(ArmResource machine, JsonObject entry, string label, DiskSource source, string option)
    {
        var name = entry.Text("name") ?? machine.Name + "_" + label + "_" + Guid.NewGuid().ToString("N");
        var id = IdOf(machine, name);
        if (store.Find(id) is not null)
        {
            throw Exists(name);
        }

        var sku = entry.Text("managedDisk", "storageAccountType") ?? "Premium_LRS";
        var document = new JsonObject
        {
            ["location"] = machine.Location,
            ["sku"] = new JsonObject { ["name"] = sku },
            ["properties"] = new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = option } },
        };
        var set = entry.Text("managedDisk", "diskEncryptionSet", "id");
        if (set is not null)
        {
            document.Child("properties")["encryption"] = new JsonObject { ["type"] = "EncryptionAtRestWithCustomerKey", ["diskEncryptionSetId"] = set };
        }

        var disk = new ArmResource(id, document) { OsDisk = source.Pages ?? DiskPages.CreateGuest(store.Cloud, name, source.Capacity, source.Guest) };
        DiskDocument.Inherit(document, source);
        DiskDocument.Complete(document, source.Capacity, AttachedState(machine), store.Cloud.Now);
        disk.Properties["provisioningState"] = "Succeeded";
        DiskDocument.SetOwnership(disk, AttachedState(machine), store.Cloud.Now);
        document["managedBy"] = machine.Id;
        store.Add(disk);
        entry["name"] = name;
        entry["createOption"] = option;
        entry["caching"] ??= "None";
        entry["deleteOption"] ??= "Detach";
        entry["diskSizeGB"] = source.CapacityInGigabytes;
        Name(entry, disk);
    }

    /// <summary>Attaches the managed disk that an entry of a machine's profile names, and completes the entry.</summary>
    public void Attach(ArmResource machine, JsonObject entry)
    {
        var disk = FindFree(machine, entry);
        disk.Document["managedBy"] = machine.Id;
        DiskDocument.SetOwnership(disk, AttachedState(machine), store.Cloud.Now);
        entry["name"] = disk.Name;
        entry["createOption"] = "Attach";
        entry["caching"] ??= "None";
        entry["deleteOption"] ??= "Detach";
        entry["diskSizeGB"] = disk.Properties.Number("diskSizeGB");
        Name(entry, disk);
    }

    /// <summary>The disk that is to be a machine's OS disk instead of the one it has; null where it stays.</summary>
    private ArmResource? FindSwapped(ArmResource machine, string? id)
    {
        var entry = machine.Properties.At("storageProfile", "osDisk");
        if (id is null || JsonReading.Same(entry.Text("managedDisk", "id"), id))
        {
            return null;
        }

        // https://learn.microsoft.com/azure/virtual-machines/windows/os-disk-swap: stopped is enough, deallocated recommended.
        if (machine.Machine!.Power is MachineState.Running)
        {
            throw ArmException.NotAllowed("Operation 'swap OS disk' is not allowed on VM '" + machine.Name + "' since the VM is running.");
        }

        var disk = FindFree(machine, new JsonObject { ["managedDisk"] = new JsonObject { ["id"] = id } });
        return JsonReading.Same(disk.Properties.Text("osType"), entry.Text("osType")) ? disk : throw ArmException.ChangeNotAllowed("osDisk.osType");
    }

    /// <summary>Puts another OS disk in the place of a machine's; null leaves it.</summary>
    private void Swap(ArmResource machine, ArmResource? disk)
    {
        if (disk is null)
        {
            return;
        }

        var entry = machine.Properties.Child("storageProfile").Child("osDisk");
        if (store.Find(entry.Text("managedDisk", "id")) is { } old)
        {
            Detach(old, store.Cloud.Now);
        }

        disk.Document["managedBy"] = machine.Id;
        DiskDocument.SetOwnership(disk, AttachedState(machine), store.Cloud.Now);
        entry["name"] = disk.Name;
        entry["diskSizeGB"] = disk.Properties.Number("diskSizeGB");
        Name(entry, disk);
    }

    /// <summary>Names the managed disk of an entry.</summary>
    private static void Name(JsonObject entry, ArmResource disk)
    {
        entry["managedDisk"] = new JsonObject { ["id"] = disk.Id, ["storageAccountType"] = disk.Document.Text("sku", "name") };
        if (disk.Properties.Text("encryption", "diskEncryptionSetId") is { } set)
        {
            entry.Child("managedDisk")["diskEncryptionSet"] = new JsonObject { ["id"] = set };
        }
    }

    /// <summary>Leaves a managed disk to itself.</summary>
    public static void Detach(ArmResource disk, DateTimeOffset now)
    {
        disk.Document.Remove("managedBy");
        DiskDocument.SetOwnership(disk, "Unattached", now);
    }

    private static string AttachedState(ArmResource machine) => machine.Machine?.Power is MachineState.Deallocated ? "Reserved" : "Attached";

    private static string Label(int lun) => "DataDisk_" + lun.ToString(CultureInfo.InvariantCulture);

    private static void CheckCount(int count, string? size)
    {
        if (Skus.FindMachine(size) is { } sku && count > sku.DataDisks)
        {
            throw ArmException.NotAllowed(
                "The maximum number of data disks allowed to be attached to a VM of this size is " + sku.DataDisks.ToString(CultureInfo.InvariantCulture) + ".");
        }
    }

    private static bool IsAttached(JsonObject entry) => JsonReading.Same(entry.Text("createOption"), "Attach");

    /// <summary>Whether an entry of an update means a disk that the machine has: by its id, or by its name where none is given.</summary>
    private static bool IsSame(JsonObject disk, JsonObject entry)
        => entry.Text("managedDisk", "id") is { } id
            ? JsonReading.Same(id, disk.Text("managedDisk", "id"))
            : entry.Text("name") is { } name && JsonReading.Same(name, disk.Text("name"));

    private static SortedDictionary<int, JsonObject> ByLun(IEnumerable<JsonNode> entries)
    {
        var asked = new SortedDictionary<int, JsonObject>();
        foreach (var disk in entries.OfType<JsonObject>())
        {
            var lun = disk.Number("lun") ?? throw ArmException.Missing("dataDisk.lun");
            if (lun is < 0 or >= MostLuns)
            {
                throw ArmException.InvalidParameter("dataDisk.lun", "The value '" + lun.ToString(CultureInfo.InvariantCulture) + "' of parameter 'dataDisk.lun' is invalid.");
            }

            if (asked.TryGetValue((int)lun, out var other))
            {
                throw ArmException.InvalidParameter(
                    "dataDisk.lun", "A disk named '" + other.Text("name") + "' already uses the same LUN: " + lun.ToString(CultureInfo.InvariantCulture) + ".");
            }

            asked.Add((int)lun, disk);
        }

        return asked;
    }

    private static void SetEntries(JsonObject profile, SortedDictionary<int, JsonObject> entries)
        => profile["dataDisks"] = new JsonArray([.. entries.Values.Select(entry => entry.Parent is null ? entry : entry.DeepClone())]);

    private static long ReadSize(JsonObject entry)
    {
        var gigabytes = entry.Number("diskSizeGB") ?? throw ArmException.Missing("dataDisk.diskSizeGB");
        return gigabytes is >= 1 and <= LargestInGigabytes
            ? gigabytes
            : throw ArmException.InvalidParameter("dataDisk.diskSizeGB", "The value of parameter 'dataDisk.diskSizeGB' is out of range.");
    }

    private static ResourceId IdOf(ArmResource machine, string name) => machine.ResourceId with { Type = SourceResolver.Disks, Names = [name] };

    private static ArmException Exists(string name) => ArmException.Conflict("The disk '" + name + "' already exists.");

    private static ArmException Owned(ArmResource disk, string owner)
        => new(HttpStatusCode.Conflict, "ConflictingUserInput", "Disk '" + disk.Id + "' cannot be attached as the disk is already owned by VM '" + owner + "'.");

    /// <summary>Refuses what can't be made of an update's entries, whose disks must differ from each other and from the new OS disk.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="kept">The entries, and for each the one of the machine's that it means.</param>
    /// <param name="swapped">The machine's new OS disk.</param>
    private void CheckEntries(ArmResource machine, Dictionary<JsonObject, JsonObject?> kept, ArmResource? swapped)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (swapped is not null)
        {
            taken.Add(swapped.Id);
        }

        foreach (var pair in kept)
        {
            var entry = pair.Key;
            if (pair.Value is { } disk)
            {
                CheckChange(machine, disk, entry);
            }
            else if (IsAttached(entry))
            {
                var managed = FindFree(machine, entry);
                if (!taken.Add(managed.Id))
                {
                    throw Owned(managed, machine.Id);
                }
            }
            else
            {
                _ = ReadSize(entry);
                if (entry.Text("name") is { } name && (store.Find(IdOf(machine, name)) is not null || !taken.Add(IdOf(machine, name).ToId())))
                {
                    throw Exists(name);
                }
            }
        }
    }

    private void CheckChange(ArmResource machine, JsonObject disk, JsonObject entry)
    {
        if (entry.Number("lun") != disk.Number("lun"))
        {
            throw ArmException.ChangeNotAllowed("dataDisk.lun");
        }

        // Recorded in Azure/aks-engine's tests.
        if (!JsonReading.Same(entry.Text("createOption"), disk.Text("createOption")))
        {
            throw ArmException.ChangeNotAllowed("dataDisk.createOption");
        }

        if (entry.Number("diskSizeGB") is { } size && size != disk.Number("diskSizeGB"))
        {
            if (machine.Machine!.Power is not MachineState.Deallocated)
            {
                throw ArmException.Conflict("Disk resizing is allowed only when creating a VM or when the VM is deallocated.");
            }

            DisksType.CheckSize(Managed(disk), size);
        }
    }

    /// <summary>The managed disk of an entry of a machine's profile.</summary>
    private ArmResource Managed(JsonObject disk) => store.GetReferred(disk.Text("managedDisk", "id"), SourceResolver.Disks, "dataDisk.managedDisk.id");

    private void Change(JsonObject disk, JsonObject entry)
    {
        if (entry.Number("diskSizeGB") is { } size && size != disk.Number("diskSizeGB"))
        {
            DisksType.Enlarge(store, Managed(disk), size);
            disk["diskSizeGB"] = size;
        }

        foreach (var name in new[] { "caching", "deleteOption", "writeAcceleratorEnabled" })
        {
            if (entry[name] is { } value)
            {
                disk[name] = value.DeepClone();
            }
        }
    }

    private void Add(ArmResource machine, int lun, JsonObject entry)
    {
        if (IsAttached(entry))
        {
            Attach(machine, entry);
        }
        else
        {
            Make(machine, entry, Label(lun), new DiskSource { Capacity = ReadSize(entry) << 30, Location = machine.Location }, "Empty");
        }
    }

    /// <summary>The managed disk that is to be attached.</summary>
    private ArmResource FindFree(ArmResource machine, JsonObject entry)
    {
        const string Target = "vm.properties.storageProfile.managedDisk.id";
        var disk = store.GetReferred(entry.Text("managedDisk", "id"), SourceResolver.Disks, Target);
        var subscription = disk.ResourceId.SubscriptionId;
        if (!JsonReading.Same(subscription, machine.ResourceId.SubscriptionId))
        {
            throw ArmException.InvalidParameter(
                Target, "Subscription " + machine.ResourceId.SubscriptionId + " of the request must match the subscription " + subscription + " contained in the managed disk id.");
        }

        if (disk.Document.Text("managedBy") is { } owner)
        {
            throw Owned(disk, owner);
        }

        var state = disk.Properties.Text("diskState");
        if (state is not "Unattached")
        {
            throw ArmException.NotAllowed("Cannot attach disk '" + disk.Name + "' to VM '" + machine.Name + "' because it is in state '" + state + "'.");
        }

        return JsonReading.Same(disk.Location, machine.Location)
            ? disk
            : throw ArmException.InvalidParameter(Target, "Disk '" + disk.Id + "' is in '" + disk.Location + "' and cannot be attached to VM '" + machine.Name + "' in '" + machine.Location + "'.");
    }
}
