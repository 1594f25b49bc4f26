using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Takes over what a gallery's image version is made from, after checking that it fits the definition.</summary>
internal sealed class VersionSources(ArmStore store, SourceResolver disks)
{
    private const string Target = "galleryImageVersion.properties.storageProfile.source";

    /// <returns>The copying of blobs, where there are any.</returns>
    public Task Take(ArmResource version, ArmResource definition)
    {
        var profile = version.Properties.Child("storageProfile");
        var id = profile.Text("source", "virtualMachineId") ?? profile.Text("source", "id");
        if (id is not null)
        {
            TakeResource(version, definition, id);
            return Task.CompletedTask;
        }

        if (profile.At("osDiskImage") is not JsonObject osDisk)
        {
            throw ArmException.Missing(Target);
        }

        var copies = new List<Action>();
        TakeDisk(version, definition, osDisk, ArmResource.OsDiskKey, copies);
        foreach (var disk in profile.Items("dataDiskImages").OfType<JsonObject>())
        {
            var lun = disk.Number("lun") ?? throw ArmException.Missing("galleryImageVersion.properties.storageProfile.dataDiskImages.lun");
            TakeDisk(version, definition, disk, (int)Math.Max(0, Math.Min(lun, 63)), copies);
        }

        return PageCopies.Start(copies);
    }

    private static void Compare(string id, string? actual, string? expected, string what, HttpStatusCode status, string code)
    {
        if (actual is not null && !JsonReading.Same(actual, expected))
        {
            throw new ArmException(
                status, code, "The resource with id '" + id + "' has a different " + what + " ['" + actual + "'] than the parent gallery image " + what + " ['" + expected + "'].");
        }
    }

    private static void Compare(string id, DiskSource source, string? osState, ArmResource definition)
    {
        var expected = definition.Properties;
        Compare(id, source.OsType, expected.Text("osType"), "OS type", HttpStatusCode.Conflict, "Conflict");
        Compare(id, osState, expected.Text("osState"), "OS state", HttpStatusCode.BadRequest, "BadRequest");
        Compare(id, source.Generation, expected.Text("hyperVGeneration"), "Hypervisor generation", HttpStatusCode.Conflict, "Conflict");
        Compare(id, source.Architecture, expected.Text("architecture") ?? "x64", "architecture", HttpStatusCode.Conflict, "Conflict");
        CompareSecurity(id, source.SecurityType, DefinitionsType.SecurityFeature(definition));
    }

    private static void CompareSecurity(string id, string? actual, string? feature)
    {
        var security = actual is null || JsonReading.Same(actual, "Standard") ? null : actual;
        var fits = security switch
        {
            null => feature is null or "Standard" or "TrustedLaunchSupported" or "TrustedLaunchAndConfidentialVmSupported" or "ConfidentialVmSupported",
            "TrustedLaunch" => feature is "TrustedLaunch" or "TrustedLaunchSupported" or "TrustedLaunchAndConfidentialVmSupported",
            _ => feature is not null && feature.StartsWith("ConfidentialV", StringComparison.OrdinalIgnoreCase),
        };
        if (!fits)
        {
            Compare(id, security ?? "Standard", feature ?? "Standard", "security type", HttpStatusCode.Conflict, "Conflict");
        }
    }

    private static void RefuseTrustedLaunchSupported(string id, ArmResource definition)
    {
        if (DefinitionsType.SecurityFeature(definition) is "TrustedLaunchSupported")
        {
            throw ArmException.InvalidParameter(
                Target,
                "The security type 'TrustedLaunchSupported' is not supported for the source id '" + id
                + "'. Currently only Vhd Blob, User Image and Gallery Image Version sources are supported for 'TrustedLaunchSupported' images.");
        }
    }

    private static JsonObject DescribeDisk(PageBlob? pages, string? caching)
    {
        var capacity = pages is null ? 0 : pages.Data.Length - VhdFooter.Size;
        return new JsonObject { ["sizeInGB"] = (capacity + (1L << 30) - 1) >> 30, ["hostCaching"] = caching ?? "None" };
    }

    private void TakeResource(ArmResource version, ArmResource definition, string id)
    {
        var type = ResourceId.TryParse(id)?.Type;
        if (JsonReading.Same(type, MachinesType.Name))
        {
            TakeMachine(version, definition, store.GetReferred(id, MachinesType.Name, Target));
        }
        else if (JsonReading.Same(type, ImageResolver.Images))
        {
            var image = store.GetReferred(id, ImageResolver.Images, Target);
            Compare(id, ImageResolver.FromManagedImage(image), image.Properties.Text("storageProfile", "osDisk", "osState"), definition);
            TakeAll(version, image);
        }
        else if (JsonReading.Same(type, ImageResolver.Versions))
        {
            var source = store.GetReferred(id, ImageResolver.Versions, Target);
            var parent = store.Get(source.ResourceId.Parent()!);
            Compare(id, new ImageResolver(store).FromGallery(source), parent.Properties.Text("osState"), definition);
            TakeAll(version, source);
        }
        else if (JsonReading.Same(type, SourceResolver.Disks) || JsonReading.Same(type, SourceResolver.Snapshots))
        {
            throw ArmException.InvalidParameter(
                Target, "The source id '" + id + "' is a disk or snapshot. Give it in 'storageProfile.osDiskImage.source.id' instead of 'storageProfile.source.id'.");
        }
        else
        {
            throw ArmException.InvalidParameter(Target, "The source id '" + id + "' is not one that an image version can be made from.");
        }
    }

    private void TakeMachine(ArmResource version, ArmResource definition, ArmResource machine)
    {
        var state = machine.Machine!;
        var security = machine.Properties.Text("securityProfile", "securityType");
        RefuseTrustedLaunchSupported(machine.Id, definition);
        var osDisk = machine.Properties.At("storageProfile", "osDisk");
        var source = disks.FromDisk(osDisk.Text("managedDisk", "id"), Target) with
        {
            OsType = osDisk.Text("osType"),
            Generation = state.Generation,
            SecurityType = security,
            Architecture = state.Architecture,
        };
        Compare(machine.Id, source, state.IsGeneralized ? "Generalized" : "Specialized", definition);
        CheckRegion(version, machine.Location);
        version.OsDisk = source.Pages;
        version.Plan = source.Plan;
        var profile = version.Properties.Child("storageProfile");
        profile["osDiskImage"] = DescribeDisk(source.Pages, osDisk.Text("caching"));
        var dataDisks = new JsonArray();
        foreach (var disk in machine.Properties.Items("storageProfile", "dataDisks"))
        {
            var lun = (int)(disk.Number("lun") ?? 0);
            var pages = disks.FromDisk(disk.Text("managedDisk", "id"), Target).Pages!;
            version.Disks[lun] = pages;
            var entry = DescribeDisk(pages, disk.Text("caching"));
            entry["lun"] = lun;
            dataDisks.Add(entry);
        }

        profile["dataDiskImages"] = dataDisks;
    }

    private static void TakeAll(ArmResource version, ArmResource source)
    {
        CheckRegion(version, source.Location);
        version.Plan = source.Plan;
        var profile = version.Properties.Child("storageProfile");
        var dataDisks = new JsonArray();
        foreach (var disk in source.Disks)
        {
            version.Disks[disk.Key] = disk.Value;
            if (disk.Key != ArmResource.OsDiskKey)
            {
                var entry = DescribeDisk(disk.Value, caching: null);
                entry["lun"] = disk.Key;
                dataDisks.Add(entry);
            }
        }

        profile["osDiskImage"] = DescribeDisk(source.OsDisk, caching: null);
        profile["dataDiskImages"] = dataDisks;
    }

    private static void CheckRegion(ArmResource version, string location)
    {
        if (!JsonReading.Same(version.Location, location))
        {
            throw ArmException.InvalidParameter(
                Target, "The image version must be in the region of its source, '" + location + "', not in '" + version.Location + "'. Replicate it to others by target regions.");
        }
    }

    private void TakeDisk(ArmResource version, ArmResource definition, JsonObject image, int key, List<Action> copies)
    {
        var isOsDisk = key == ArmResource.OsDiskKey;
        PageBlob pages;
        if (image.Text("source", "id") is { } id)
        {
            if (JsonReading.Same(ResourceId.TryParse(id)?.Type, "Microsoft.Storage/storageAccounts"))
            {
                throw ArmException.InvalidParameter(Target + ".id", "A storage account is given in 'source.storageAccountId', beside 'source.uri'.");
            }

            var source = disks.FromDisk(id, Target);
            if (isOsDisk)
            {
                RefuseTrustedLaunchSupported(id, definition);
                Compare(id, source, osState: null, definition);
            }

            CheckRegion(version, source.Location);
            version.Plan ??= source.Plan;
            pages = source.Pages!;
        }
        else
        {
            var account = image.Text("source", "storageAccountId") ?? throw ArmException.Missing(Target + ".storageAccountId");
            pages = Import(version, image, store.GetReferred(account, "Microsoft.Storage/storageAccounts", Target), copies);
        }

        version.Disks[key] = pages;
        var size = DescribeDisk(pages, caching: null);
        image["sizeInGB"] = size["sizeInGB"]!.DeepClone();
        image["hostCaching"] ??= "None";
    }

    private PageBlob Import(ArmResource version, JsonObject image, ArmResource account, List<Action> copies)
    {
        var address = image.Text("source", "uri") ?? throw ArmException.Missing(Target + ".uri");
        var source = disks.FromBlob(address, Target + ".uri");
        if (!new Uri(address).Host.StartsWith(account.Name + ".", StringComparison.OrdinalIgnoreCase))
        {
            throw ArmException.InvalidParameter(Target + ".uri", "The blob is not in the storage account '" + account.Name + "'.");
        }

        CheckRegion(version, account.Location);
        var target = DiskPages.CreateUpload(store.Cloud, version.ResourceId.Names[1], source.Capacity + VhdFooter.Size);
        var pages = source.Pages!;
        copies.Add(() => DiskPages.Import(pages, target, address));
        return target;
    }
}
