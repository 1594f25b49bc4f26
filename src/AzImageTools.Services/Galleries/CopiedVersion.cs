using System.Text.Json;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Galleries;

/// <summary>The version that another one is a copy of.</summary>
internal sealed record CopiedVersion
{
    /// <summary>Its id.</summary>
    public required ResourceIdentifier Id { get; init; }

    /// <summary>When it was published; null where Azure does not tell.</summary>
    public DateTimeOffset? PublishedOn { get; init; }

    /// <summary>Its definition, as which one is made where there is none.</summary>
    public required CopiedDefinition Definition { get; init; }

    /// <summary>The tags that were asked for beside the source's.</summary>
    public IReadOnlyDictionary<string, string>? AskedTags { get; init; }
}

/// <summary>All that an image definition tells of its versions and of itself.</summary>
/// <param name="Identifier">Publisher, offer and SKU.</param>
/// <param name="Features">Its features, those that this module does not know among them.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="More">Its other properties: description, licence, recommended sizes and the like.</param>
internal sealed record CopiedDefinition(DefinitionIdentifier Identifier, IReadOnlyList<ImageFeature> Features, IReadOnlyDictionary<string, string> Tags, IDictionary<string, JsonElement> More)
{
    private const string End = "endOfLifeDate";

    /// <summary>What a definition that is made gets in another way, and what Azure alone writes.</summary>
    private static readonly string[] Known = ["osType", "osState", "hyperVGeneration", "architecture", "identifier", "purchasePlan", "features", "provisioningState", "allowUpdateImage"];

    /// <summary>Reads it, at an API version that has all its features.</summary>
    /// <param name="session">The session that sees it.</param>
    /// <param name="id">Its id.</param>
    /// <param name="context">Time and cancellation.</param>
    public static async Task<CopiedDefinition> ReadAsync(ImageSession session, ResourceIdentifier id, OperationContext context)
    {
        JsonElement document = await new ArmDocuments(session.Arm, id, ApiVersions.ImageFeatures).FindAsync(string.Empty, context.Cancellation).ConfigureAwait(false) ?? throw new ImageServiceException(
            "ImageDefinitionNotFound", Disks.ErrorKind.NotFound, $"There is no image definition '{id.Name}' in gallery '{id.Parent!.Name}'.", "Check its names and the subscription (Get-AzImageContext).", id.ToString());
        Dictionary<string, JsonElement> properties = document.TryGetProperty("properties", out JsonElement all) && all.ValueKind == JsonValueKind.Object
            ? all.EnumerateObject().ToDictionary(static property => property.Name, static property => property.Value.Clone(), StringComparer.OrdinalIgnoreCase)
            : [];
        bool isOver = properties.TryGetValue(End, out JsonElement end) && end.TryGetDateTimeOffset(out DateTimeOffset date) && date <= context.Time.GetUtcNow();
        Dictionary<string, string> tags = document.TryGetProperty("tags", out JsonElement given) && given.ValueKind == JsonValueKind.Object
            ? given.EnumerateObject().ToDictionary(static tag => tag.Name, static tag => tag.Value.ToString(), StringComparer.OrdinalIgnoreCase)
            : [];
        return new CopiedDefinition(
            new DefinitionIdentifier(Identify("publisher"), Identify("offer"), Identify("sku")),
            [.. ArmDocuments.Items(document, "properties", "features").Select(FeatureOf).OfType<ImageFeature>()],
            RunTag.Merge(tags, others: null),
            properties.Where(property => !Known.Contains(property.Key, StringComparer.OrdinalIgnoreCase) && !(isOver && property.Key == End)).ToDictionary(static property => property.Key, static property => property.Value, StringComparer.Ordinal));

        string Identify(string name) => ArmDocuments.Text(document, "properties", "identifier", name) ?? string.Empty;
    }

    private static ImageFeature? FeatureOf(JsonElement feature)
        => ArmDocuments.Text(feature, "name") is { } name && ArmDocuments.Text(feature, "value") is { } value
            ? new ImageFeature { Name = name, Value = value, StartsAtVersion = ArmDocuments.Text(feature, "startsAtVersion") }
            : null;
}
