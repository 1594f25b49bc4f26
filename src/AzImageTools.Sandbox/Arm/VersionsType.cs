using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/galleries/images/versions.</summary>
internal sealed class VersionsType(ArmStore store, OperationReplies operations, VersionSources sources) : ResourceType(store, operations)
{
    private static readonly Regex NameRule = new("^[0-9]{1,10}[.][0-9]{1,10}[.][0-9]{1,10}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    public override string Type => ImageResolver.Versions;

    protected override string OperationKind => "capsOperations";

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        var name = request.Id.Name;
        if (!NameRule.IsMatch(name) || name.Split('.').Any(part => !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw ArmException.InvalidParameter(
                "galleryImageVersion.name",
                "The gallery image version name '" + name + "' is invalid. It must be three numbers, each within the range of a 32-bit integer: Major.Minor.Patch.");
        }

        CheckLocation(body, existing);
        var version = NewResource(request, body);
        if (existing is not null)
        {
            return Update(request, version, existing);
        }

        var definition = Store.Get(version.ResourceId.Parent()!);
        var work = sources.Take(version, definition);
        CompleteProfile(version);
        return Create(request, version, HttpStatusCode.Created, "Creating", () => Publish(version, Store.Cloud.Now), work);
    }

    /// <summary>Fills in regions and dates, as the service does.</summary>
    public static void CompleteProfile(ArmResource version)
    {
        var profile = version.Properties.Child("publishingProfile");
        var regions = profile.Items("targetRegions").OfType<JsonObject>().ToList();
        if (regions.Count == 0)
        {
            var home = new JsonObject { ["name"] = version.Location };
            profile["targetRegions"] = new JsonArray(home);
            regions.Add(home);
        }

        if (!regions.Any(region => JsonReading.Same(Normalize(region.Text("name")), version.Location)))
        {
            throw ArmException.InvalidParameter(
                "galleryImageVersion.properties.publishingProfile.targetRegions",
                "The target regions must include the region of the image version's source, '" + version.Location + "'.");
        }

        var replicas = profile.Number("replicaCount") ?? 1;
        profile["replicaCount"] = replicas;
        profile["excludeFromLatest"] ??= false;
        profile["storageAccountType"] ??= "Standard_LRS";
        profile["replicationMode"] ??= "Full";
        foreach (var region in regions)
        {
            region["regionalReplicaCount"] ??= replicas;
            region["storageAccountType"] ??= profile.Text("storageAccountType");
            region["excludeFromLatest"] ??= false;
        }
    }

    public static void Publish(ArmResource version, DateTimeOffset now)
        => version.Properties.Child("publishingProfile")["publishedDate"] = now.ToString("O", CultureInfo.InvariantCulture);

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
    {
        if (!JsonReading.Same(request.Http.QueryValue("$expand"), "ReplicationStatus"))
        {
            return ArmReply.Ok(resource.Document);
        }

        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties")["replicationStatus"] = ReplicationStatus.Describe(resource, Store.Cloud.Now);
        return ArmReply.Ok(copy);
    }

    public static string Normalize(string? region) => (region ?? "").Replace(" ", "");

    private HttpResponseMessage Update(ArmRequest request, ArmResource version, ArmResource existing)
    {
        var source = version.Properties.At("storageProfile", "source");
        if (source is not null && !JsonNode.DeepEquals(source, existing.Properties.At("storageProfile", "source")))
        {
            throw ArmException.ChangeNotAllowed("galleryImageVersion.properties.storageProfile.source");
        }

        var published = existing.Properties.At("publishingProfile", "publishedDate")?.DeepClone();
        existing.Properties.CopyFrom(version.Properties, "publishingProfile");
        CompleteProfile(existing);
        existing.Properties.Child("publishingProfile")["publishedDate"] = published;
        existing.Document.CopyFrom(version.Document, "tags");
        return Create(request, existing, HttpStatusCode.OK, "Updating");
    }
}
