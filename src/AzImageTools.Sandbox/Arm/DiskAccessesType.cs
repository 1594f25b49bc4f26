using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/diskAccesses: the way to disks' bytes through private endpoints.</summary>
internal sealed class DiskAccessesType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/diskAccesses";

    public override string Type => Name;

    protected override string OperationKind => "DiskOperations";

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        if (existing is not null)
        {
            existing.Document.CopyFrom(body, "tags");
            return Create(request, existing, HttpStatusCode.OK, "Updating", withLocation: true);
        }

        var access = NewResource(request, body);
        access.Properties["privateEndpointConnections"] = new JsonArray();
        access.Properties["timeCreated"] = Store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        return Create(request, access, HttpStatusCode.Accepted, "Creating", withLocation: true);
    }

    protected override HttpResponseMessage? View(ArmRequest request, ArmResource resource)
        => !JsonReading.Same(request.Action, "privateLinkResources") ? null : ArmReply.Ok(new JsonObject
        {
            ["value"] = new JsonArray(new JsonObject
            {
                ["id"] = resource.Id + "/privateLinkResources/disks",
                ["name"] = "disks",
                ["type"] = Name + "/privateLinkResources",
                ["properties"] = new JsonObject
                {
                    ["groupId"] = "disks",
                    ["requiredMembers"] = new JsonArray("diskAccess_1"),
                    ["requiredZoneNames"] = new JsonArray("privatelink.blob.core.windows.net"),
                },
            }),
        });

    protected override void CheckDelete(ArmResource resource)
    {
        if (Store.All.FirstOrDefault(other => JsonReading.Same(other.Properties.Text("diskAccessId"), resource.Id)) is { } user)
        {
            throw ArmException.NotAllowed("Disk access '" + resource.Id + "' cannot be deleted because '" + user.Id + "' uses it.");
        }
    }
}
