using System.Text.Json.Nodes;

namespace AzImageTools.Services.Backup;

/// <summary>What is read of documents whose form is Azure's, or a tag's writer's.</summary>
internal static class Documents
{
    /// <summary>What lies at a path; null for nothing.</summary>
    public static JsonNode? At(this JsonNode? document, params string[] path)
    {
        foreach (string name in path)
        {
            document = (document as JsonObject)?[name];
        }

        return document;
    }

    /// <summary>The text at a path; null for none.</summary>
    public static string? Text(this JsonNode? document, params string[] path)
        => document.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The number at a path; null for none.</summary>
    public static int? Number(this JsonNode? document, params string[] path)
        => document.At(path) is JsonValue value && value.TryGetValue(out int number) ? number : null;

    /// <summary>The objects of the list at a path.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? document, params string[] path)
        => (document.At(path) as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>The texts of an object, such as tags.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this JsonNode? document)
    {
        Dictionary<string, string> texts = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, JsonNode?> entry in document as JsonObject ?? [])
        {
            if (entry.Value is JsonValue value && value.TryGetValue(out string? text))
            {
                texts[entry.Key] = text;
            }
        }

        return texts;
    }

    /// <summary>Tags as a resource had them, and the user's in the place of those of the same names.</summary>
    public static Dictionary<string, string> With(this IReadOnlyDictionary<string, string> tags, IReadOnlyDictionary<string, string>? userTags)
    {
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, string> tag in userTags is null ? tags : tags.Concat(userTags))
        {
            all[tag.Key] = tag.Value;
        }

        return all;
    }

    /// <summary>An object with some of another's properties, those that it has.</summary>
    public static JsonObject Pick(this JsonNode? document, params string[] names)
    {
        JsonObject picked = [];
        foreach (string name in names)
        {
            if (document.At(name) is { } value)
            {
                picked[name] = value.DeepClone();
            }
        }

        return picked;
    }

    /// <summary>An object without some of its properties.</summary>
    public static JsonObject Without(this JsonNode? document, params string[] names)
    {
        JsonObject copy = document is JsonObject ? (JsonObject)document.DeepClone() : [];
        foreach (string name in names)
        {
            copy.Remove(name);
        }

        return copy;
    }

    /// <summary>Tags as a document has them.</summary>
    public static JsonObject OfTexts(IEnumerable<KeyValuePair<string, string>> texts)
    {
        JsonObject document = [];
        foreach (KeyValuePair<string, string> text in texts)
        {
            document[text.Key] = text.Value;
        }

        return document;
    }
}
