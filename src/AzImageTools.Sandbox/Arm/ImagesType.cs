using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/images.</summary>
internal sealed class ImagesType(ArmStore store, OperationReplies operations, SourceResolver sources) : ResourceType(store, operations)
{
    public override string Type => ImageResolver.Images;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        if (existing is not null)
        {
            return Update(body, existing);
        }

        var resource = NewResource(request, body);
        var copies = new List<Action>();
        if (resource.Properties.Text("sourceVirtualMachine", "id") is { } machine)
        {
            FromMachine(resource, Store.GetReferred(machine, MachinesType.Name, "image.sourceVirtualMachine.id"));
        }
        else
        {
            FromDisks(resource, copies);
        }

        return Create(request, resource, HttpStatusCode.Created, "Creating", complete: null, PageCopies.Start(copies));
    }

    private static HttpResponseMessage Update(JsonObject body, ArmResource existing)
    {
        if (body.Text("properties", "sourceVirtualMachine", "id") is { } source
            && !JsonReading.Same(source, existing.Properties.Text("sourceVirtualMachine", "id")))
        {
            throw ArmException.ChangeNotAllowed("sourceVirtualMachine");
        }

        if (body.Text("properties", "hyperVGeneration") is { } generation && !JsonReading.Same(generation, existing.Properties.Text("hyperVGeneration")))
        {
            throw ArmException.ChangeNotAllowed("hyperVGeneration");
        }

        existing.Document.CopyFrom(body, "tags");
        return ArmReply.Ok(existing.Document);
    }

    private static void RefuseSecurity(string? type, string kind)
    {
        if (type is not null && !JsonReading.Same(type, "Standard"))
        {
            throw ArmException.NotAllowed("Creation of managed images are not supported for " + kind + " with " + type + " security type.");
        }
    }

    private static string CheckGeneration(ArmResource image)
    {
        var generation = image.Properties.Text("hyperVGeneration")
            ?? throw ArmException.InvalidParameter("hyperVGeneration", "Required parameter 'hyperVGeneration' is missing (null).");
        return generation is "V1" or "V2"
            ? generation
            : throw ArmException.InvalidParameter("hyperVGeneration", "The value '" + generation + "' of parameter 'hyperVGeneration' is invalid.");
    }

    private void FromMachine(ArmResource image, ArmResource machine)
    {
        var state = machine.Machine!;
        RefuseSecurity(machine.Properties.Text("securityProfile", "securityType"), "virtual machine");
        if (!state.IsGeneralized)
        {
            throw ArmException.NotAllowed("Image '" + image.Name + "' cannot be created because the source virtual machine '" + machine.Name + "' is not generalized.");
        }

        if (!JsonReading.Same(image.Location, machine.Location))
        {
            throw ArmException.InvalidParameter(
                "location", "The image's location '" + image.Location + "' must be that of the source virtual machine, '" + machine.Location + "'.");
        }

        if (image.Properties.Text("hyperVGeneration") is { } generation && !JsonReading.Same(generation, state.Generation))
        {
            throw ArmException.InvalidParameter(
                "hyperVGeneration", "The Hypervisor generation '" + generation + "' does not match the generation '" + state.Generation + "' of the source virtual machine.");
        }

        var zoneResilient = image.Properties.At("storageProfile", "zoneResilient")?.DeepClone();
        var machineDisk = machine.Properties.At("storageProfile", "osDisk");
        var dataDisks = new JsonArray();
        foreach (var disk in machine.Properties.Items("storageProfile", "dataDisks"))
        {
            var entry = DescribeDisk(image, disk, (int)(disk.Number("lun") ?? 0));
            entry["lun"] = disk.Number("lun") ?? 0;
            dataDisks.Add(entry);
        }

        var osDisk = DescribeDisk(image, machineDisk, ArmResource.OsDiskKey);
        osDisk["osType"] = machineDisk.Text("osType");
        osDisk["osState"] = "Generalized";
        image.Properties["hyperVGeneration"] = state.Generation;
        image.Properties["storageProfile"] = new JsonObject { ["osDisk"] = osDisk, ["dataDisks"] = dataDisks };
        if (zoneResilient is not null)
        {
            image.Properties.Child("storageProfile")["zoneResilient"] = zoneResilient;
        }
    }

    private JsonObject DescribeDisk(ArmResource image, JsonNode? machineDisk, int key)
    {
        var id = machineDisk.Text("managedDisk", "id");
        var source = sources.FromDisk(id, "image.storageProfile");
        image.Disks[key] = source.Pages!;
        image.Plan ??= source.Plan;
        return new JsonObject
        {
            ["managedDisk"] = new JsonObject { ["id"] = id },
            ["diskSizeGB"] = source.CapacityInGigabytes,
            ["caching"] = machineDisk.Text("caching") ?? "None",
            ["storageAccountType"] = machineDisk.Text("managedDisk", "storageAccountType") ?? "Standard_LRS",
        };
    }

    private void FromDisks(ArmResource image, List<Action> copies)
    {
        if (image.Properties.At("storageProfile", "osDisk") is not JsonObject osDisk)
        {
            throw ArmException.Missing("image.storageProfile.osDisk");
        }

        var osType = osDisk.Text("osType") ?? throw ArmException.Missing("osDisk.osType");
        if (!JsonReading.Same(osType, "Windows") && !JsonReading.Same(osType, "Linux"))
        {
            throw ArmException.InvalidParameter("osDisk.osType", "The value '" + osType + "' of parameter 'osDisk.osType' is invalid.");
        }

        var osState = osDisk.Text("osState") ?? throw ArmException.Missing("osDisk.osState");
        if (!JsonReading.Same(osState, "Generalized"))
        {
            throw ArmException.InvalidParameter("osDisk.osState", "The value '" + osState + "' of parameter 'osDisk.osState' is invalid. A managed image is generalized.");
        }

        var generation = CheckGeneration(image);
        TakeDisk(image, osDisk, ArmResource.OsDiskKey, generation, copies);
        var luns = new HashSet<long>();
        foreach (var disk in image.Properties.Items("storageProfile", "dataDisks").OfType<JsonObject>())
        {
            var lun = disk.Number("lun") ?? throw ArmException.Missing("dataDisk.lun");
            if (lun is < 0 or > 63 || !luns.Add(lun))
            {
                throw ArmException.InvalidParameter("dataDisk.lun", "The value '" + disk["lun"]!.ToJsonString() + "' of parameter 'dataDisk.lun' is invalid or used twice.");
            }

            TakeDisk(image, disk, (int)lun, generation: null, copies);
        }

        image.Properties.Child("storageProfile")["zoneResilient"] ??= false;
    }

    private void TakeDisk(ArmResource image, JsonObject disk, int key, string? generation, List<Action> copies)
    {
        DiskSource source;
        if (disk.Text("blobUri") is { } address)
        {
            source = sources.FromBlob(address, "image.storageProfile.blobUri", image.Location);
            var target = DiskPages.CreateUpload(Store.Cloud, image.Name, source.Capacity + VhdFooter.Size);
            image.Disks[key] = target;
            var pages = source.Pages!;
            copies.Add(() => DiskPages.Import(pages, target, address));
        }
        else
        {
            source = sources.FromDisk(disk.Text("managedDisk", "id") ?? disk.Text("snapshot", "id"), "image.storageProfile.osDisk.managedDisk");
            RefuseSecurity(source.SecurityType, "disk");
            if (JsonReading.Same(source.Architecture, "Arm64"))
            {
                throw ArmException.NotAllowed("Creation of managed images are not supported for disk with Arm64 architecture.");
            }

            image.Disks[key] = source.Pages!;
            image.Plan ??= source.Plan;
        }

        if (generation is not null && source.Generation is not null && !JsonReading.Same(generation, source.Generation))
        {
            throw ArmException.InvalidParameter(
                "hyperVGeneration", "The Hypervisor generation '" + generation + "' does not match the generation '" + source.Generation + "' of the source disk.");
        }

        if (!JsonReading.Same(source.Location, image.Location))
        {
            throw ArmException.InvalidParameter("location", "The image's location '" + image.Location + "' must be that of its source, '" + source.Location + "'.");
        }

        disk["diskSizeGB"] ??= source.CapacityInGigabytes;
        disk["caching"] ??= "None";
        disk["storageAccountType"] ??= "Standard_LRS";
    }
}
