using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Makes virtual machines: finds the image, makes the disks, and checks what Azure checks.</summary>
internal sealed class MachineBuilder(ArmStore store, Marketplace marketplace, ImageResolver images, PublicGalleries publicGalleries, PurchasePlans plans, MachineDisks disks)
{
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
                    MachineDisks.Detach(disk, store.Cloud.Now);
                }
                else
                {
                    store.Remove(disk);
                }
            }

            throw;
        }
    }

    private void BuildDisks(ArmResource machine)
    {
        var properties = machine.Properties;
        if (string.IsNullOrEmpty(properties.Text("hardwareProfile", "vmSize")))
        {
            throw ArmException.Missing("vm.properties.hardwareProfile.vmSize");
        }

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
            disks.Attach(machine, osDisk);
        }
        else
        {
            osDisk["createOption"] = "FromImage";
            disks.Make(machine, osDisk, "OsDisk_1", source with { SecurityType = security ?? source.SecurityType }, "FromImage");
        }

        disks.Build(machine, image?.DataDisks ?? FoundImage.NoDisks);
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

        var image = marketplace.Find(reference.Text("publisher"), reference.Text("offer"), reference.Text("sku"), reference.Text("version"))
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
                ? Newest(store.GetReferred(id, DefinitionsType.Name, Target), machine.Location)
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
        if (!IsIn(version, machine.Location))
        {
            throw NotHere(version, machine.Location);
        }
    }

    private static bool IsIn(ArmResource version, string location)
        => version.Properties.Items("publishingProfile", "targetRegions").Any(region => JsonReading.Same(VersionsType.Normalize(region.Text("name")), location));

    // https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images
    private static ArmException NotHere(ArmResource image, string location)
        => new ArmException(
            HttpStatusCode.NotFound,
            "GalleryImageNotFound",
            "The gallery image " + image.Id + " is not available in " + location + " region. Please contact image owner to replicate to this region, or change your requested region.");

    /// <summary>The newest version of a definition that a region has.</summary>
    private ArmResource Newest(ArmResource definition, string location)
    {
        var latest = store.List(ImageResolver.Versions, definition.ResourceId)
            .Where(version => version.Properties.Text("provisioningState") is "Succeeded" && !version.Properties.Flag("publishingProfile", "excludeFromLatest"))
            .OrderBy(version => Version.TryParse(version.Name, out var number) ? number : new Version(0, 0))
            .ToList();
        if (latest.Count == 0)
        {
            throw new ArmException(HttpStatusCode.NotFound, "GalleryImageNotFound", "There is no latest image version exists for \"" + definition.Id + "\".");
        }

        return latest.FindLast(version => IsIn(version, location)) ?? throw NotHere(definition, location);
    }

    private DiskSource FromAttached(JsonObject osDisk)
    {
        if (!JsonReading.Same(osDisk.Text("createOption"), "Attach"))
        {
            throw ArmException.Missing("vm.properties.storageProfile.imageReference");
        }

        var disk = store.GetReferred(osDisk.Text("managedDisk", "id"), SourceResolver.Disks, "vm.properties.storageProfile.osDisk.managedDisk.id");
        return SourceResolver.Describe(disk);
    }

    private sealed record FoundImage(DiskSource Source, bool IsGeneralized, IReadOnlyDictionary<int, DiskSource> DataDisks)
    {
        public static readonly IReadOnlyDictionary<int, DiskSource> NoDisks = new Dictionary<int, DiskSource>();
    }
}
