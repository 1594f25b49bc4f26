using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/restorePointCollections/restorePoints: a machine's model, and its disks at one moment.</summary>
internal sealed class RestorePointsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = RestorePointCollectionsType.Name + "/restorePoints";

    private const string DefaultMode = "ApplicationConsistent";

    public override string Type => Name;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        if (existing is not null)
        {
            throw ArmException.Conflict("Restore point '" + existing.Name + "' already exists and cannot be updated.");
        }

        var collection = Store.Get(request.Id.Parent()!);
        var point = NewResource(request, body);
        if (point.Properties.Text("sourceRestorePoint", "id") is not null)
        {
            throw ArmException.InvalidParameter("restorePoint.sourceRestorePoint", "The sandbox does not copy restore points to other regions.");
        }

        var mode = point.Properties.TextOrDefault("consistencyMode", DefaultMode);
        if (mode is not ("CrashConsistent" or "FileSystemConsistent" or DefaultMode))
        {
            throw ArmException.InvalidParameter("restorePoint.consistencyMode", "The value '" + mode + "' of parameter 'restorePoint.consistencyMode' is invalid.");
        }

        var machine = Store.GetReferred(collection.Properties.Text("source", "id"), MachinesType.Name, "restorePointCollection.source.id");
        var excluded = point.Properties.Items("excludeDisks").Select(disk => disk.Text("id") ?? "").ToList();
        var disks = MachineDisks.Of(machine)
            .Where(entry => !excluded.Contains(entry.Text("managedDisk", "id") ?? "", StringComparer.OrdinalIgnoreCase))
            .Select(entry => (Entry: (JsonObject)entry, Disk: Store.GetReferred(entry.Text("managedDisk", "id"), SourceResolver.Disks, "restorePoint.sourceMetadata.storageProfile")))
            .ToList();
        new RestorePointChecks(Store).Check(machine, mode, disks);
        point.Properties["timeCreated"] = Store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        point.Properties["sourceMetadata"] = Describe(machine, point, disks);
        return Create(request, point, HttpStatusCode.Created, "Creating");
    }

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
    {
        if (!JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView"))
        {
            return ArmReply.Ok(resource.Document);
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["instanceView"] = new JsonObject
        {
            ["diskRestorePoints"] = new JsonArray([.. Store.List(DiskRestorePointsType.Name, resource.ResourceId).Select(DescribeProgress)]),
            ["statuses"] = new JsonArray(InstanceView.NewStatus("ReplicationState/succeeded", "Replication succeeded", Store.Cloud.Now)),
        };
        return ArmReply.Ok(copy);
    }

    protected override void CheckDelete(ArmResource resource)
    {
        if (Store.List(DiskRestorePointsType.Name, resource.ResourceId).FirstOrDefault(disk => disk.Grants.Count > 0) is { } granted)
        {
            throw ArmException.NotAllowed("There is an active shared access signature outstanding for disk restore point " + granted.Name + ". Call EndGetAccess before deleting the restore point.");
        }
    }

    protected override void OnDeleted(ArmResource resource)
    {
        foreach (var disk in Store.List(DiskRestorePointsType.Name, resource.ResourceId).ToList())
        {
            Store.Remove(disk);
        }
    }

    private JsonObject DescribeProgress(ArmResource disk)
    {
        disk.Poll(Store.Cloud.Now);
        return new JsonObject
        {
            ["id"] = disk.Id,
            ["replicationStatus"] = new JsonObject { ["completionPercent"] = disk.Properties.Number("completionPercent") },
        };
    }

    private JsonObject Describe(ArmResource machine, ArmResource point, List<(JsonObject Entry, ArmResource Disk)> disks)
    {
        var described = disks.Select(pair =>
        {
            var taken = DiskRestorePointsType.Take(Store, point, pair.Disk);
            var entry = new JsonObject();
            foreach (var name in new[] { "lun", "osType", "name", "caching", "diskSizeGB", "writeAcceleratorEnabled" }.Where(name => pair.Entry[name] is not null))
            {
                entry[name] = pair.Entry[name]!.DeepClone();
            }

            entry["managedDisk"] = pair.Entry["managedDisk"]?.DeepClone();
            entry["diskRestorePoint"] = new JsonObject { ["id"] = taken.Id };
            return (IsData: pair.Entry["lun"] is not null, Entry: entry);
        }).ToList();
        var storage = new JsonObject { ["dataDisks"] = new JsonArray([.. described.Where(disk => disk.IsData).Select(disk => disk.Entry)]) };
        if (described.FirstOrDefault(disk => !disk.IsData).Entry is { } osDisk)
        {
            storage["osDisk"] = osDisk;
        }

        var metadata = new JsonObject
        {
            ["storageProfile"] = storage,
            ["location"] = machine.Location,
            ["hyperVGeneration"] = machine.Machine!.Generation,
        };
        foreach (var name in new[] { "hardwareProfile", "osProfile", "diagnosticsProfile", "licenseType", "vmId", "securityProfile" }.Where(name => machine.Properties[name] is not null))
        {
            metadata[name] = machine.Properties[name]!.DeepClone();
        }

        return metadata;
    }
}
