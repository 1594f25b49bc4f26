using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>A type of Microsoft.Network: made at once, with an ETag, and told with what refers to it.</summary>
internal abstract class NetworkType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Networks = "Microsoft.Network/virtualNetworks";
    public const string Subnets = Networks + "/subnets";
    public const string Interfaces = "Microsoft.Network/networkInterfaces";
    public const string SecurityGroups = "Microsoft.Network/networkSecurityGroups";
    public const string PublicAddresses = "Microsoft.Network/publicIPAddresses";

    /// <summary>The document of a resource, with what refers to it.</summary>
    public virtual JsonObject Describe(ArmResource resource) => resource.Document;

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource) => ArmReply.Ok(Describe(resource));

    protected override JsonNode ListItem(ArmRequest request, ArmResource resource) => Describe(resource);

    /// <summary>Keeps a resource that is made or changed.</summary>
    protected HttpResponseMessage Keep(ArmResource resource, ArmResource? existing)
    {
        Stamp(resource);
        resource.Properties["resourceGuid"] = existing?.Properties.Text("resourceGuid") ?? Guid.NewGuid().ToString();
        Store.Add(resource);
        return ArmReply.Json(existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, Describe(resource));
    }

    protected static void Stamp(ArmResource resource)
    {
        resource.Properties["provisioningState"] = "Succeeded";
        resource.Document["etag"] = NewETag();
    }

    protected static string NewETag() => "W/\"" + Guid.NewGuid().ToString() + "\"";

    /// <summary>A resource that another one refers to, in its region.</summary>
    /// <param name="id">The reference; null for none.</param>
    /// <param name="type">The type it must be of.</param>
    /// <param name="owner">What refers to it.</param>
    /// <param name="location">The owner's region; null where it does not matter.</param>
    protected ArmResource? FindReferred(string? id, string type, string owner, string? location)
    {
        if (id is null)
        {
            return null;
        }

        var resource = Store.Find(id);
        var place = resource is null ? "" : resource.Location.Length > 0 ? resource.Location : Store.Find(resource.ResourceId.Parent()!)?.Location ?? "";
        if (resource is null || !JsonReading.Same(resource.ResourceId.Type, type) || (location is not null && !JsonReading.Same(place, location)))
        {
            // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors; the text as resource providers give it.
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "InvalidResourceReference",
                "Resource " + id + " referenced by resource " + owner + " was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.");
        }

        return resource;
    }

    protected static ArmException InUse(string code, string message) => new ArmException(HttpStatusCode.BadRequest, code, message);

    /// <summary>The addresses' configurations of all network interfaces, with their interfaces.</summary>
    protected IEnumerable<(ArmResource Interface, JsonNode Configuration)> Configurations()
        => Store.All.Where(resource => JsonReading.Same(resource.ResourceId.Type, Interfaces))
            .SelectMany(card => card.Properties.Items("ipConfigurations").Select(configuration => (card, configuration)));
}
