using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Makes virtual machines: finds the image, makes the disks, and checks what Azure checks.</summary>
internal sealed class MachineBuilder(ArmStore store, ImageResolver images, PublicGalleries publicGalleries, PurchasePlans plans)
{
    public static IEnumerable<JsonNode> DisksOf(ArmResource machine)
    {
        var osDisk = machine.Properties.At("storageProfile", "osDisk");
        var dataDisks = machine.Properties.Items("storageProfile", "dataDisks");
        return osDisk is null ? dataDisks : dataDisks.Prepend(osDisk);
    }

    /// <summary>Makes a machine's disks and completes its document. A machine that is refused leaves nothing behind.</summary>
    public void Build(ArmResource machine)
    {
        var before = store.List(SourceResolver.Disks, machine.ResourceId.SubscriptionId).ToList();
        try
        {
            BuildDisks(machine);
        }
        catch (ArmException)
        {
            foreach (var disk in store.List(SourceResolver.Disks, machine.ResourceId.SubscriptionId).Where(disk => JsonReading.Same(disk.Document.Text("managedBy"), machine.Id)).ToList())
            {
                if (before.Contains(disk))
                {
                    Detach(disk);
                }
                else
                {
                    store.Remove(disk);
                }
            }

            throw;
        }
    }

    public static void Detach(ArmResource disk)
    {
        disk.Document.Remove("managedBy");
        disk.Properties["diskState"] = "Unattached";
    }

    private void BuildDisks(ArmResource machine)
    {
        var properties = machine.Properties;
        if (string.IsNullOrEmpty(properties.Text("hardwareProfile", "vmSize")))
        {
            throw ArmException.Missing("vm.properties.hardwareProfile.vmSize");
        }

        CheckNetwork(properties);
        var profile = properties.Child("storageProfile");
        var osDisk = profile.Child("osDisk");
        var security = properties.Text("securityProfile", "securityType");
        var image = profile.At("imageReference") is JsonObject reference ? FindImage(machine, reference) : null;
        var source = image?.Source ?? FromAttached(osDisk);
        if (image is not null)
        {
            plans.Check(machine, source.Plan);
        }

        var generation = source.Generation ?? "V1";
        if (security is not null && !JsonReading.Same(security, "Standard") && generation is not "V2")
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "BadRequest",
                "Use of " + security + " setting is not supported for the provided image. Please select Trusted Launch Supported Gen2 OS Image. For more information, see https://aka.ms/TrustedLaunch-FAQ.");
        }

        CheckOsProfile(properties, image);
        SizeCheck.Check(properties.Text("hardwareProfile", "vmSize"), security, source with { Generation = generation });
        machine.Machine = new MachineState { Generation = generation, Architecture = source.Architecture };
        properties["vmId"] = Guid.NewGuid().ToString();
        properties["timeCreated"] = store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        osDisk["osType"] = source.OsType ?? osDisk.Text("osType") ?? throw ArmException.Missing("vm.properties.storageProfile.osDisk.osType");
        if (image is null)
        {
            Attach(machine, osDisk);
        }
        else
        {
            osDisk["createOption"] = "FromImage";
            MakeDisk(machine, osDisk, "OsDisk_1", source with { SecurityType = security ?? source.SecurityType }, "FromImage");
        }

        BuildDataDisks(machine, profile, image?.DataDisks ?? FoundImage.NoDisks);
    }

    private static DiskSource FromPublic(PublicImage image, string location)
        => new DiskSource { Capacity = (long)image.DiskSize << 30, Location = location, OsType = image.OsType, Generation = image.Generation, Guest = image.OsType is "Windows" ? image.Generation is "V2" ? "windows-generalized" : "windows-mbr-generalized" : "linux-deprovisioned" };

    private static void CheckOsProfile(JsonObject properties, FoundImage? image)
    {
        var isGeneralized = image is { IsGeneralized: true };
        if (isGeneralized && properties["osProfile"] is null)
        {
            throw ArmException.InvalidParameter("osProfile", "Required parameter 'osProfile' is missing (null).");
        }

        if (!isGeneralized && properties["osProfile"] is not null)
        {
            throw ArmException.InvalidParameter("osProfile", "Parameter 'osProfile' is not allowed.");
        }

        if (properties["osProfile"] is JsonObject profile)
        {
            // What is secret goes in and never comes out.
            profile.Remove("adminPassword");
            profile.Remove("customData");
            profile["allowExtensionOperations"] ??= true;
        }
    }

    private void CheckNetwork(JsonObject properties)
    {
        var profile = properties.At("networkProfile");
        var interfaces = profile.Items("networkInterfaces").ToList();
        if (interfaces.Count == 0 && !profile.Items("networkInterfaceConfigurations").Any())
        {
            throw ArmException.Missing("vm.properties.networkProfile");
        }

        foreach (var card in interfaces)
        {
            _ = store.GetReferred(card.Text("id"), "Microsoft.Network/networkInterfaces", "networkProfile.networkInterfaces.id");
        }
    }

    private FoundImage FindImage(ArmResource machine, JsonObject reference)
    {
        if (reference.Text("id") is { } id)
        {
            return FindOwn(machine, id);
        }

        var community = reference.Text("communityGalleryImageId");
        var shared = reference.Text("sharedGalleryImageId");
        if (community is not null || shared is not null)
        {
            var found = publicGalleries.Find(community, shared) ?? throw ImageResolver.NotFound(community ?? shared!);
            reference["exactVersion"] = found.Version;
            return new FoundImage(FromPublic(found, machine.Location), IsGeneralized: true, FoundImage.NoDisks);
        }

        var image = Marketplace.Find(reference.Text("publisher"), reference.Text("offer"), reference.Text("sku"), reference.Text("version"))
            ?? throw ImageResolver.NotFound(string.Join(":", reference.Text("publisher"), reference.Text("offer"), reference.Text("sku"), reference.Text("version")));
        reference["exactVersion"] = image.Version;
        return new FoundImage(images.FromMarketplace(image), IsGeneralized: true, FoundImage.NoDisks);
    }

    private FoundImage FindOwn(ArmResource machine, string id)
    {
        const string Target = "imageReference.id";
        var type = ResourceId.TryParse(id)?.Type;
        ArmResource resource;
        DiskSource source;
        var isGeneralized = true;
        if (JsonReading.Same(type, ImageResolver.Images))
        {
            resource = store.GetReferred(id, ImageResolver.Images, Target);
            source = ImageResolver.FromManagedImage(resource);
        }
        else
        {
            resource = JsonReading.Same(type, DefinitionsType.Name)
                ? Newest(store.GetReferred(id, DefinitionsType.Name, Target))
                : store.GetReferred(id, ImageResolver.Versions, Target);
            var definition = store.Get(resource.ResourceId.Parent()!);
            source = images.FromGallery(resource);
            isGeneralized = !JsonReading.Same(definition.Properties.Text("osState"), "Specialized");
            CheckSecurity(machine, definition);
            CheckReplica(machine, resource);
        }

        if (resource.Properties.Text("provisioningState") is not "Succeeded")
        {
            throw ArmException.NotAllowed("The image '" + id + "' is in the provisioning state '" + resource.Properties.Text("provisioningState") + "' and cannot be deployed.");
        }

        var dataDisks = resource.Disks.Where(disk => disk.Key != ArmResource.OsDiskKey).ToDictionary(
            disk => disk.Key,
            disk => new DiskSource { Pages = disk.Value, Capacity = disk.Value.Data.Length - Storage.VhdFooter.Size, Location = resource.Location });
        return new FoundImage(source, isGeneralized, dataDisks);
    }

    private static void CheckSecurity(ArmResource machine, ArmResource definition)
    {
        var feature = DefinitionsType.SecurityFeature(definition);
        var asked = machine.Properties.Text("securityProfile", "securityType");
        if (feature is "TrustedLaunch" or "ConfidentialVM" && !JsonReading.Same(asked, feature))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "BadRequest",
                "The provided gallery image only supports creation of VMs and VM Scale Sets with '" + feature + "' security type.");
        }
    }

    private static void CheckReplica(ArmResource machine, ArmResource version)
    {
        var regions = version.Properties.Items("publishingProfile", "targetRegions").Select(region => (region.Text("name") ?? "").Replace(" ", ""));
        if (!regions.Contains(machine.Location, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArmException(
                HttpStatusCode.NotFound,
                "GalleryImageNotFound",
                "The gallery image " + version.Id + " is not available in " + machine.Location + " region. Please contact image owner to replicate to this region, or change your requested region.");
        }
    }

    private ArmResource Newest(ArmResource definition)
        => store.List(ImageResolver.Versions, definition.ResourceId)
            .Where(version => version.Properties.Text("provisioningState") is "Succeeded" && !version.Properties.Flag("publishingProfile", "excludeFromLatest"))
            .OrderBy(version => Version.TryParse(version.Name, out var number) ? number : new Version(0, 0))
            .LastOrDefault() ?? throw ImageResolver.NotFound(definition.Id);

    private DiskSource FromAttached(JsonObject osDisk)
    {
        if (!JsonReading.Same(osDisk.Text("createOption"), "Attach"))
        {
            throw ArmException.Missing("vm.properties.storageProfile.imageReference");
        }

        var disk = store.GetReferred(osDisk.Text("managedDisk", "id"), SourceResolver.Disks, "vm.properties.storageProfile.osDisk.managedDisk.id");
        return SourceResolver.Describe(disk);
    }

    private void BuildDataDisks(ArmResource machine, JsonObject profile, IReadOnlyDictionary<int, DiskSource> fromImage)
    {
        var asked = new Dictionary<int, JsonObject>();
        foreach (var disk in profile.Items("dataDisks").OfType<JsonObject>())
        {
            var lun = disk.Number("lun") ?? throw ArmException.Missing("dataDisk.lun");
            if (lun is < 0 or > 63 || asked.ContainsKey((int)lun))
            {
                throw ArmException.InvalidParameter("dataDisk.lun", "The value '" + disk["lun"]!.ToJsonString() + "' of parameter 'dataDisk.lun' is invalid or used twice.");
            }

            asked.Add((int)lun, disk);
        }

        foreach (var lun in fromImage.Keys.Where(lun => !asked.ContainsKey(lun)))
        {
            asked.Add(lun, new JsonObject { ["lun"] = lun, ["createOption"] = "FromImage" });
        }

        foreach (var (lun, disk) in asked.Select(entry => (entry.Key, entry.Value)))
        {
            var label = "DataDisk_" + lun.ToString(CultureInfo.InvariantCulture);
            if (fromImage.TryGetValue(lun, out var source))
            {
                MakeDisk(machine, disk, label, source, "FromImage");
            }
            else if (JsonReading.Same(disk.Text("createOption"), "Attach"))
            {
                Attach(machine, disk);
            }
            else
            {
                var gigabytes = disk.Number("diskSizeGB") ?? throw ArmException.Missing("dataDisk.diskSizeGB");
                if (gigabytes is < 1 or > 32_767)
                {
                    throw ArmException.InvalidParameter("dataDisk.diskSizeGB", "The value of parameter 'dataDisk.diskSizeGB' is out of range.");
                }

                MakeDisk(machine, disk, label, new DiskSource { Capacity = gigabytes << 30, Location = machine.Location }, "Empty");
            }
        }

        profile["dataDisks"] = new JsonArray([.. asked.OrderBy(entry => entry.Key).Select(entry => entry.Value.Parent is null ? entry.Value : entry.Value.DeepClone())]);
    }

    /// <summary>Makes a managed disk of the machine's, and tells of it in the machine's profile.</summary>
    private void MakeDisk(ArmResource machine, JsonObject entry, string label, DiskSource source, string option)
    {
        var name = entry.Text("name") ?? machine.Name + "_" + label + "_" + Guid.NewGuid().ToString("N");
        var id = machine.ResourceId with { Type = SourceResolver.Disks, Names = [name] };
        if (store.Find(id) is not null)
        {
            throw ArmException.Conflict("The disk '" + name + "' already exists.");
        }

        var sku = entry.Text("managedDisk", "storageAccountType") ?? "Premium_LRS";
        var document = new JsonObject
        {
            ["location"] = machine.Location,
            ["sku"] = new JsonObject { ["name"] = sku },
            ["properties"] = new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = option } },
        };
        var disk = new ArmResource(id, document) { OsDisk = source.Pages ?? DiskPages.CreateGuest(store.Cloud, name, source.Capacity, source.Guest) };
        DiskDocument.Inherit(document, source);
        DiskDocument.Complete(document, source.Capacity, "Attached", store.Cloud.Now);
        disk.Properties["provisioningState"] = "Succeeded";
        document["managedBy"] = machine.Id;
        store.Add(disk);
        entry["name"] = name;
        entry["createOption"] = option;
        entry["caching"] ??= "None";
        entry["deleteOption"] ??= "Detach";
        entry["diskSizeGB"] = source.CapacityInGigabytes;
        entry["managedDisk"] = new JsonObject { ["id"] = disk.Id, ["storageAccountType"] = sku };
    }

    private void Attach(ArmResource machine, JsonObject entry)
    {
        var disk = store.GetReferred(entry.Text("managedDisk", "id"), SourceResolver.Disks, "vm.properties.storageProfile.managedDisk.id");
        var state = disk.Properties.Text("diskState");
        if (state is not "Unattached")
        {
            throw ArmException.NotAllowed("Cannot attach disk '" + disk.Name + "' to VM '" + machine.Name + "' because it is in state '" + state + "'.");
        }

        disk.Document["managedBy"] = machine.Id;
        disk.Properties["diskState"] = "Attached";
        entry["name"] = disk.Name;
        entry["createOption"] = "Attach";
        entry["caching"] ??= "None";
        entry["deleteOption"] ??= "Detach";
        entry["diskSizeGB"] = disk.Properties.Number("diskSizeGB");
        entry["managedDisk"] = new JsonObject { ["id"] = disk.Id, ["storageAccountType"] = disk.Document.Text("sku", "name") };
    }

    private sealed record FoundImage(DiskSource Source, bool IsGeneralized, IReadOnlyDictionary<int, DiskSource> DataDisks)
    {
        public static readonly IReadOnlyDictionary<int, DiskSource> NoDisks = new Dictionary<int, DiskSource>();
    }
}
