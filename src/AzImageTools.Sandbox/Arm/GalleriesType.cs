using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/galleries.</summary>
internal sealed class GalleriesType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/galleries";

    public override string Type => Name;

    protected override string OperationKind => "capsOperations";

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var gallery = NewResource(request, body);
        if (existing is null && Store.List(Name, request.SubscriptionId).Any(other => JsonReading.Same(other.Name, gallery.Name)))
        {
            // https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images
            throw ArmException.Conflict("The gallery name " + gallery.Name + " is not unique within the subscription " + request.SubscriptionId + ". Please pick another gallery name.");
        }

        Complete(gallery);
        return Create(request, gallery, existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, existing is null ? "Creating" : "Updating");
    }

    /// <summary>Adds what the service tells of a gallery.</summary>
    public static void Complete(ArmResource gallery)
        => gallery.Properties["identifier"] = new JsonObject { ["uniqueName"] = gallery.ResourceId.SubscriptionId + "-" + gallery.Name.ToUpperInvariant() };

    protected override void CheckDelete(ArmResource resource)
        => RefuseWhileNested(Store.List(DefinitionsType.Name, resource.ResourceId), resource);

    /// <summary>Refuses to delete what still holds others.</summary>
    public static void RefuseWhileNested(IEnumerable<ArmResource> nested, ArmResource resource)
    {
        if (nested.FirstOrDefault() is { } first)
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "CannotDeleteResource",
                "Can not delete resource before nested resources are deleted. Resource '" + resource.Id + "' has '" + first.Id + "'.");
        }
    }
}
