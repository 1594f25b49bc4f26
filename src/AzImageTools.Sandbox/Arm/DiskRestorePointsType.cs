using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints: made with a restore point, and deleted with it.</summary>
internal sealed class DiskRestorePointsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = RestorePointsType.Name + "/diskRestorePoints";

    private readonly DiskAccess _access = new(store);

    public override string Type => Name;

    protected override string OperationKind => "DiskOperations";

    /// <summary>Takes what a disk holds now.</summary>
    public static ArmResource Take(ArmStore store, ArmResource point, ArmResource disk)
    {
        var names = point.ResourceId.Names.Append(disk.Name + "_" + Guid.NewGuid().ToString("N")).ToArray();
        var properties = new JsonObject
        {
            ["timeCreated"] = store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture),
            ["sourceResourceId"] = disk.Id,
            ["sourceResourceLocation"] = disk.Location,
            ["sourceUniqueId"] = disk.Properties.Text("uniqueId"),
            ["familyId"] = SnapshotCopies.FamilyOf(disk),
        };
        foreach (var name in new[]
        {
            "osType", "hyperVGeneration", "purchasePlan", "supportedCapabilities", "encryption", "networkAccessPolicy", "publicNetworkAccess", "diskAccessId", "securityProfile",
        }.Where(name => disk.Properties[name] is not null))
        {
            properties[name] = disk.Properties[name]!.DeepClone();
        }

        var taken = new ArmResource(point.ResourceId with { Type = Name, Names = names }, new JsonObject { ["properties"] = properties }) { OsDisk = disk.OsDisk };
        SnapshotCopies.Begin(store, taken, takesTime: RestorePointChecks.IsInstant(disk));
        store.Add(taken);
        return taken;
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
        => throw ArmException.NotAllowed("A disk restore point is created with its restore point.");

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        if (JsonReading.Same(action, "beginGetAccess"))
        {
            SnapshotCopies.CheckComplete(resource);
            var grant = _access.PrepareGrant(resource, request.ReadBody());
            JsonNode? result = null;
            return Act(
                request,
                resource,
                () =>
                {
                    // Unlike a disk, it does not tell that it is being read.
                    result = grant();
                    resource.Properties.Remove("diskState");
                },
                () => result);
        }

        return JsonReading.Same(action, "endGetAccess") ? Act(request, resource, () => _access.End(resource)) : null;
    }

    protected override void CheckDelete(ArmResource resource)
        => throw ArmException.NotAllowed("A disk restore point is deleted with its restore point.");
}
