using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Takes over what a gallery's image version is made from, after checking that it fits the definition. Texts are those of
/// https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images, which tells no codes.
/// </summary>
internal sealed class VersionSources(ArmStore store, SourceResolver disks, ImageResolver images)
{
    private const string Target = "galleryImageVersion.properties.storageProfile.source";
    private const string Accounts = "Microsoft.Storage/storageAccounts";

    public TakenSource Take(ArmResource version, ArmResource definition)
    {
        var profile = version.Properties.Child("storageProfile");
        var id = profile.Text("source", "virtualMachineId") ?? profile.Text("source", "id");
        var osDisk = profile.At("osDiskImage") as JsonObject;
        if (id is null == osDisk is null)
        {
            throw ArmException.InvalidParameter(
                Target,
                "The gallery artifact version source can only be specified either directly under storageProfile or within individual OS or data disks. "
                + "One and only one source type (user image, snapshot, disk, virtual machine) can be provided.");
        }

        return osDisk is null ? TakeResource(version, definition, id!) : TakeDisks(version, definition, osDisk, [.. profile.Items("dataDiskImages").OfType<JsonObject>()]);
    }

    private static ArmException NotHere(string id)
        => new ArmException(HttpStatusCode.NotFound, "NotFound", "Source " + id + " is not found. Please check source exists, and is in the same region as gallery image version being created.");

    private static void CheckRegion(ArmResource version, string id, string location)
    {
        if (!JsonReading.Same(version.Location, location))
        {
            throw NotHere(id);
        }
    }

    private static ArmException EncryptedElsewhere(ResourceId source, string own) => ArmException.InvalidParameter(
        Target,
        "Encrypted source: '" + source.ToId() + "' is in a different subscription ID than the current gallery image version subscription '" + own
        + "'. Please retry with an unencrypted source(s) or use the source's subscription '" + source.SubscriptionId + "' to create the gallery image version.");

    private static long Gigabytes(PageBlob? pages) => pages is null ? 0 : (pages.Data.Length - VhdFooter.Size + (1L << 30) - 1) >> 30;

    private static JsonObject DescribeDisk(PageBlob? pages, string? caching)
        => new JsonObject { ["sizeInGB"] = Gigabytes(pages), ["hostCaching"] = caching ?? "None", ["source"] = new JsonObject() };

    private static IEnumerable<JsonNode> Encryptions(ArmResource version)
        => version.Properties.Items("publishingProfile", "targetRegions").SelectMany(region => region.Items("encryption", "dataDiskImages").Append(region.At("encryption", "osDiskImage")!))
            .Where(image => image.Text("diskEncryptionSetId") is not null);

    private ArmResource Find(string id)
    {
        var resource = store.Find(id)
            ?? throw new ArmException(HttpStatusCode.NotFound, "NotFound", "Source was not found: " + id + ". Please make sure the source exists.");
        resource.Operation?.Poll(store.Cloud.Now);
        return resource;
    }

    private TakenSource TakeResource(ArmResource version, ArmResource definition, string id)
    {
        var type = ResourceId.TryParse(id)?.Type;
        if (JsonReading.Same(type, MachinesType.Name))
        {
            return TakeMachine(version, definition, Find(id));
        }

        if (JsonReading.Same(type, ImageResolver.Images))
        {
            var image = Find(id);
            DefinitionMatch.Check(id, ImageResolver.FromManagedImage(image), image.Properties.Text("storageProfile", "osDisk", "osState"), definition);
            var dataDisks = image.Properties.Items("storageProfile", "dataDisks").ToDictionary(disk => (int)(disk.Number("lun") ?? 0), disk => disk.Text("caching"));
            return TakeAll(version, image, key => key == ArmResource.OsDiskKey ? image.Properties.Text("storageProfile", "osDisk", "caching") : dataDisks.TryGetValue(key, out var caching) ? caching : null);
        }

        if (JsonReading.Same(type, ImageResolver.Versions))
        {
            var source = Find(id);
            DefinitionMatch.Check(id, images.FromGallery(source), store.Get(source.ResourceId.Parent()!).Properties.Text("osState"), definition);
            if (Encryptions(source).Any() && !JsonReading.Same(source.ResourceId.SubscriptionId, version.ResourceId.SubscriptionId))
            {
                throw EncryptedElsewhere(source.ResourceId, version.ResourceId.SubscriptionId);
            }

            return TakeAll(version, source, key => key == ArmResource.OsDiskKey
                ? source.Properties.Text("storageProfile", "osDiskImage", "hostCaching")
                : source.Properties.Items("storageProfile", "dataDiskImages").FirstOrDefault(disk => disk.Number("lun") == key).Text("hostCaching"));
        }

        throw ArmException.InvalidParameter(Target, "The source id: " + id + " must either be a managed image, virtual machine or another gallery image version.");
    }

    private TakenSource TakeMachine(ArmResource version, ArmResource definition, ArmResource machine)
    {
        DefinitionMatch.CheckKind(machine.Id, isMachine: true, definition);
        var profile = machine.Properties.At("storageProfile", "osDisk");
        var entries = MachineDisks.Of(machine).ToList();
        CheckMachineDisks(machine, entries);
        var state = machine.Machine!;
        var sources = entries.ConvertAll(entry => disks.FromDisk(entry.Text("managedDisk", "id"), Target));
        var source = sources[0] with
        {
            OsType = profile.Text("osType"),
            Generation = state.Generation,
            SecurityType = machine.Properties.Text("securityProfile", "securityType"),
            Architecture = state.Architecture,
        };
        DefinitionMatch.Check(machine.Id, source, state.IsGeneralized ? "Generalized" : "Specialized", definition);
        CheckRegion(version, machine.Id, machine.Location);

        // "VM image version source doesn't currently support customer-managed key encryption" (azure/virtual-machines/image-version-encryption).
        if (sources.Exists(disk => disk.EncryptionSetId is not null) || Encryptions(version).Any())
        {
            throw ArmException.InvalidParameter(
                Target,
                "Encryption is not supported for source resource '" + machine.Id + "'. Please use a different source resource type which supports encryption or remove encryption properties.");
        }

        version.Plan = source.Plan;
        var caching = new Dictionary<int, string?>();
        for (var index = 0; index < entries.Count; index++)
        {
            var key = index == 0 ? ArmResource.OsDiskKey : (int)(entries[index].Number("lun") ?? 0);
            version.Disks[key] = sources[index].Pages!;
            caching[key] = entries[index].Text("caching");
        }

        return Tell(version, key => caching[key]);
    }

    private void CheckMachineDisks(ArmResource machine, List<JsonNode> entries)
    {
        if (entries[0].At("diffDiskSettings") is not null)
        {
            throw ArmException.InvalidParameter(Target, "Source virtual machine " + machine.Id + " cannot contain an ephemeral OS disk.");
        }

        foreach (var entry in entries)
        {
            var id = entry.Text("managedDisk", "id")
                ?? throw ArmException.InvalidParameter(Target, "Source virtual machine " + machine.Id + " must be created from Managed Disks.");
            if (JsonReading.Same(store.Find(id)?.Document.Text("sku", "name"), "UltraSSD_LRS"))
            {
                throw ArmException.InvalidParameter(Target, "Source virtual machine " + machine.Id + " cannot contain disk ['" + id + "'] stored in an UltraSSD account type.");
            }
        }
    }

    private static TakenSource TakeAll(ArmResource version, ArmResource source, Func<int, string?> caching)
    {
        CheckRegion(version, source.Id, source.Location);
        version.Plan = source.Plan;
        foreach (var disk in source.Disks)
        {
            version.Disks[disk.Key] = disk.Value;
        }

        return Tell(version, caching);
    }

    /// <summary>What a version of one source tells of its disks once it is made.</summary>
    private static TakenSource Tell(ArmResource version, Func<int, string?> caching) => new TakenSource(
        [],
        () =>
        {
            var profile = version.Properties.Child("storageProfile");
            profile["osDiskImage"] = DescribeDisk(version.OsDisk, caching(ArmResource.OsDiskKey));
            var dataDisks = version.Disks.Where(disk => disk.Key != ArmResource.OsDiskKey).Select(disk =>
            {
                var entry = DescribeDisk(disk.Value, caching(disk.Key));
                entry["lun"] = disk.Key;
                return entry;
            }).ToArray<JsonNode>();
            if (dataDisks.Length > 0)
            {
                profile["dataDiskImages"] = new JsonArray(dataDisks);
            }
        });

    private TakenSource TakeDisks(ArmResource version, ArmResource definition, JsonObject osDisk, List<JsonObject> dataDisks)
    {
        var entries = new SortedDictionary<int, JsonObject> { [ArmResource.OsDiskKey] = osDisk };
        foreach (var disk in dataDisks)
        {
            var lun = (int)(disk.Number("lun") ?? throw ArmException.Missing("galleryImageVersion.properties.storageProfile.dataDiskImages.lun"));
            if (entries.ContainsKey(lun))
            {
                throw ArmException.InvalidParameter(Target, "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for each data disk.");
            }

            entries.Add(lun, disk);
        }

        CheckDistinct(entries.Values);
        var copies = new List<Action>();
        foreach (var entry in entries)
        {
            TakeDisk(version, definition, entry.Value, entry.Key, copies);
        }

        return new TakenSource(
            copies,
            () =>
            {
                foreach (var entry in entries)
                {
                    entry.Value["sizeInGB"] = Gigabytes(version.Disks[entry.Key]);
                }
            });
    }

    private static void CheckDistinct(IReadOnlyCollection<JsonObject> entries)
    {
        if (entries.Select(entry => entry.Text("source", "id")).OfType<string>().GroupBy(id => id, StringComparer.OrdinalIgnoreCase).Any(ids => ids.Count() > 1))
        {
            throw ArmException.InvalidParameter(Target, "Duplicated source ids are found in the input disks. Source id should be unique for each disk.");
        }

        var blob = entries.Select(entry => entry.Text("source", "uri")).OfType<string>().GroupBy(address => address.Split('?')[0], StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1);
        if (blob is not null)
        {
            throw ArmException.InvalidParameter(Target, "OSDiskImage and DataDiskImage cannot point to same blob " + blob.Key + ".");
        }
    }

    private void TakeDisk(ArmResource version, ArmResource definition, JsonObject image, int key, List<Action> copies)
    {
        image["hostCaching"] ??= "None";
        if (image.Text("source", "id") is { } id)
        {
            version.Disks[key] = TakeManaged(version, definition, id, key == ArmResource.OsDiskKey).Pages!;
            return;
        }

        var account = image.Text("source", "storageAccountId") ?? throw ArmException.Missing(Target + ".storageAccountId");
        version.Disks[key] = Import(version, image, store.GetReferred(account, Accounts, Target), copies);
    }

    private DiskSource TakeManaged(ArmResource version, ArmResource definition, string id, bool isOsDisk)
    {
        var type = ResourceId.TryParse(id)?.Type;
        if (JsonReading.Same(type, Accounts))
        {
            throw ArmException.InvalidParameter(Target + ".id", "A storage account is given in 'source.storageAccountId', beside 'source.uri'.");
        }

        if (!JsonReading.Same(type, SourceResolver.Disks) && !JsonReading.Same(type, SourceResolver.Snapshots))
        {
            throw ArmException.InvalidParameter(Target + ".id", "The source id: " + id + " must be a managed disk or snapshot.");
        }

        var found = Find(id);
        var source = disks.FromDisk(id, Target);
        if (isOsDisk)
        {
            DefinitionMatch.CheckKind(id, isMachine: false, definition);
            DefinitionMatch.Check(id, source, osState: null, definition);
        }

        CheckRegion(version, id, source.Location);
        var own = version.ResourceId.SubscriptionId;
        if (source.EncryptionSetId is not null && !JsonReading.Same(found.ResourceId.SubscriptionId, own))
        {
            throw EncryptedElsewhere(found.ResourceId, own);
        }

        version.Plan ??= source.Plan;
        return source;
    }

    private PageBlob Import(ArmResource version, JsonObject image, ArmResource account, List<Action> copies)
    {
        var address = image.Text("source", "uri") ?? throw ArmException.Missing(Target + ".uri");
        var source = disks.FromBlob(address, Target + ".uri");
        if (!new Uri(address).Host.StartsWith(account.Name + ".", StringComparison.OrdinalIgnoreCase))
        {
            throw ArmException.InvalidParameter(Target + ".uri", "The blob is not in the storage account '" + account.Name + "'.");
        }

        CheckRegion(version, account.Id, account.Location);
        var label = version.ResourceId.Names[1] + "-" + version.Disks.Count.ToString(CultureInfo.InvariantCulture);
        var target = DiskPages.CreateUpload(store.Cloud, label, source.Capacity + VhdFooter.Size);
        var pages = source.Pages!;
        copies.Add(() => DiskPages.Import(pages, target, address));
        return target;
    }
}

/// <summary>A source that an image version has taken over.</summary>
/// <param name="Copies">The copying of blobs, which is still to be started.</param>
/// <param name="Tell">Fills in what the version tells of its disks, once they are copied.</param>
internal sealed record TakenSource(IReadOnlyList<Action> Copies, Action Tell);
