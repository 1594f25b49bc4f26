using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/diskEncryptionSets: keys of a customer for disks, snapshots and images. The key itself is not looked at.</summary>
internal sealed class DiskEncryptionSetsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/diskEncryptionSets";

    public override string Type => Name;

    protected override string OperationKind => "DiskOperations";

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var set = NewResource(request, body);
        _ = set.Properties.Text("activeKey", "keyUrl") ?? throw ArmException.Missing("diskEncryptionSet.activeKey.keyUrl");
        set.Properties.TextOrDefault("encryptionType", "EncryptionAtRestWithCustomerKey");
        set.Properties["rotationToLatestKeyVersionEnabled"] ??= false;
        set.Properties["previousKeys"] = existing?.Properties["previousKeys"]?.DeepClone() ?? new JsonArray();
        SetIdentity(set.Document, existing);
        if (existing is not null)
        {
            Rotate(set, existing.Properties["activeKey"]);
        }

        return Create(request, set, existing is null ? HttpStatusCode.Accepted : HttpStatusCode.OK, existing is null ? "Creating" : "Updating", withLocation: true);
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
    {
        var before = resource.Properties["activeKey"]?.DeepClone();
        foreach (var name in new[] { "activeKey", "encryptionType", "rotationToLatestKeyVersionEnabled" })
        {
            if (body.At("properties", name) is { } value)
            {
                resource.Properties[name] = value.DeepClone();
            }
        }

        if (body["tags"] is { } tags)
        {
            resource.Document["tags"] = tags.DeepClone();
        }

        Rotate(resource, before);
        return Create(request, resource, HttpStatusCode.Accepted, "Updating", withLocation: true);
    }

    protected override HttpResponseMessage? View(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Action, "associatedResources")
            ? ListPage.Of(request, Store.Cloud.Options, Users(resource).Select(user => (JsonNode)user.Id), id => id.ToString())
            : null;

    protected override void CheckDelete(ArmResource resource)
    {
        var users = Users(resource).ToList();
        if (users.Count > 0)
        {
            throw ArmException.NotAllowed("Disk encryption set '" + resource.Id + "' cannot be deleted because it is used by " + users.Count.ToString(CultureInfo.InvariantCulture)
                + " resources, the first of them '" + users[0].Id + "'.");
        }
    }

    private IEnumerable<ArmResource> Users(ArmResource set)
        => Store.All.Where(other => JsonReading.Same(other.Properties.Text("encryption", "diskEncryptionSetId"), set.Id));

    private void Rotate(ArmResource set, JsonNode? before)
    {
        if (before is not null && !JsonNode.DeepEquals(before, set.Properties["activeKey"]))
        {
            ((JsonArray)set.Properties["previousKeys"]!).Add(before.DeepClone());
            set.Properties["lastKeyRotationTimestamp"] = Store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture);
        }
    }

    private void SetIdentity(JsonObject document, ArmResource? existing)
    {
        var identity = document.Child("identity");
        if (identity.TextOrDefault("type", "SystemAssigned").IndexOf("SystemAssigned", StringComparison.OrdinalIgnoreCase) >= 0)
        {
            identity["principalId"] = existing?.Document.Text("identity", "principalId") ?? Guid.NewGuid().ToString();
            identity["tenantId"] = Store.Cloud.Options.TenantId;
        }
    }
}
