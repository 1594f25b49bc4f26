using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Galleries;

/// <summary>A gallery image version as its document tells it, at an API version with safety profile and soft delete.</summary>
internal sealed class GalleryVersionDocument
{
    /// <summary>When a version was kept from being the latest, to be deleted later.</summary>
    public const string RetiredTag = "azimagetools-retired";

    private readonly JsonObject _document;

    private GalleryVersionDocument(JsonObject document, ResourceIdentifier id)
    {
        _document = document;
        Id = id;
    }

    public ResourceIdentifier Id { get; }

    public string Number => Id.Name;

    public string? State => (string?)_document["properties"]?["provisioningState"];

    public bool IsExcludedFromLatest => IsTrue(Profile?["excludeFromLatest"]);

    public DateTimeOffset? Published => Date(Profile?["publishedDate"]);

    public DateTimeOffset? EndOfLife => Date(Profile?["endOfLifeDate"]);

    /// <summary>Whether Azure refuses to delete it before its end of life.</summary>
    public bool IsBlocked => IsTrue(_document["properties"]?["safetyProfile"]?["blockDeletionBeforeEndOfLife"]);

    /// <summary>When it was kept from being the latest by a run of ours; null for never.</summary>
    public DateTimeOffset? Retired => Date(_document["tags"]?[RetiredTag]);

    private JsonObject? Profile => _document["properties"]?["publishingProfile"] as JsonObject;

    /// <summary>The version in a document; null where it has no id of one.</summary>
    public static GalleryVersionDocument? From(JsonElement document)
        => ArmDocuments.Text(document, "id") is { } id && ResourceIdentifier.TryParse(id, out ResourceIdentifier? parsed) && parsed is not null && parsed.Parent?.Parent is not null
            && JsonNode.Parse(document.GetRawText()) is JsonObject body
                ? new GalleryVersionDocument(body, parsed)
                : null;

    /// <summary>Access to a gallery's documents.</summary>
    public static ArmDocuments Documents(ImageSession session, ResourceIdentifier scope) => new(session.Arm, scope, ApiVersions.SoftDelete);

    /// <summary>The body of a change: all of the publishing profile, since whether Azure joins a part of it to the rest is not told.</summary>
    /// <param name="change">Changes the profile.</param>
    /// <param name="safety">Changes the safety profile; null for none.</param>
    /// <param name="tags">Changes the tags; null for none.</param>
    public JsonObject Change(Action<JsonObject> change, Action<JsonObject>? safety = null, Action<JsonObject>? tags = null)
    {
        JsonObject profile = Profile?.DeepClone() as JsonObject ?? [];
        profile.Remove("publishedDate");
        change(profile);
        JsonObject properties = new() { ["publishingProfile"] = profile };
        if (safety is not null)
        {
            JsonObject safetyProfile = [];
            safety(safetyProfile);
            properties["safetyProfile"] = safetyProfile;
        }

        JsonObject body = new() { ["properties"] = properties };
        if (tags is not null)
        {
            JsonObject all = _document["tags"]?.DeepClone() as JsonObject ?? [];
            tags(all);
            body["tags"] = all;
        }

        return body;
    }

    private static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static DateTimeOffset? Date(JsonNode? node)
        => node is JsonValue value && value.TryGetValue(out string? text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;
}
