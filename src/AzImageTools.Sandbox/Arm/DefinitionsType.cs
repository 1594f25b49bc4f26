using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/galleries/images: image definitions.</summary>
internal sealed class DefinitionsType(ArmStore store, OperationReplies operations, SoftDeletedVersions deleted) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/galleries/images";

    private static readonly string[] Immutable = ["osType", "osState", "hyperVGeneration", "identifier", "purchasePlan", "architecture", "features"];

    public override string Type => Name;

    protected override string OperationKind => "capsOperations";

    /// <summary>What a definition's features say of security; null for nothing.</summary>
    public static string? SecurityFeature(ArmResource definition)
        => definition.Properties.Items("features").FirstOrDefault(feature => JsonReading.Same(feature.Text("name"), "SecurityType")).Text("value");

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var definition = NewResource(request, body);
        var properties = definition.Properties;
        CheckOneOf(properties, "osType", "Windows", "Linux");
        CheckOneOf(properties, "osState", "Generalized", "Specialized");
        properties["hyperVGeneration"] ??= "V1";
        properties["architecture"] ??= "x64";
        CheckOneOf(properties, "hyperVGeneration", "V1", "V2");
        foreach (var name in new[] { "publisher", "offer", "sku" })
        {
            if (string.IsNullOrEmpty(properties.Text("identifier", name)))
            {
                throw ArmException.Missing("galleryImage.properties.identifier." + name);
            }
        }

        var security = SecurityFeature(definition);
        if (security is not null && !JsonReading.Same(security, "Standard") && !JsonReading.Same(properties.Text("hyperVGeneration"), "V2"))
        {
            throw ArmException.InvalidParameter("galleryImage.properties.features", "The security type '" + security + "' needs the Hypervisor generation 'V2'.");
        }

        if (existing is not null)
        {
            CheckUnchanged(definition, existing);
        }
        else
        {
            CheckUnique(definition);
        }

        return Create(request, definition, existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, existing is null ? "Creating" : "Updating");
    }

    protected override void CheckDelete(ArmResource resource)
    {
        GalleriesType.RefuseWhileNested(Store.List(ImageResolver.Versions, resource.ResourceId), resource);
        if (deleted.Has(resource.ResourceId))
        {
            throw ArmException.Conflict("Can not delete the image definition '" + resource.Name + "': it has soft-deleted image versions. Delete those, or disable soft delete on the gallery.");
        }
    }

    private static void CheckOneOf(JsonObject properties, string name, params string[] values)
    {
        var value = properties.Text(name) ?? throw ArmException.Missing("galleryImage.properties." + name);
        properties[name] = values.FirstOrDefault(candidate => JsonReading.Same(candidate, value))
            ?? throw ArmException.InvalidParameter("galleryImage.properties." + name, "The value '" + value + "' of parameter 'galleryImage.properties." + name + "' is invalid.");
    }

    // From 2024-03-03 on features change where allowUpdateImage says so (azure-cli#33172).
    private static void CheckUnchanged(ArmResource definition, ArmResource existing)
    {
        foreach (var name in Immutable.Where(name => name is not "features" || !definition.Properties.Flag("allowUpdateImage")))
        {
            if (!JsonNode.DeepEquals(definition.Properties[name], existing.Properties[name]))
            {
                throw ArmException.ChangeNotAllowed("galleryImage.properties." + name);
            }
        }
    }

    private void CheckUnique(ArmResource definition)
    {
        var siblings = Store.List(Name, definition.ResourceId.Parent()!);
        var twin = siblings.FirstOrDefault(other => new[] { "publisher", "offer", "sku" }.All(part =>
            JsonReading.Same(other.Properties.Text("identifier", part), definition.Properties.Text("identifier", part))));
        if (twin is not null)
        {
            // https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images
            var identifier = definition.Properties["identifier"];
            throw ArmException.Conflict(
                "Gallery image: " + twin.Name + " identified by (publisher:" + identifier.Text("publisher") + ", offer:" + identifier.Text("offer") + ", sku:" + identifier.Text("sku")
                + ") already exists. Choose a different publisher, offer, sku combination.");
        }
    }
}
