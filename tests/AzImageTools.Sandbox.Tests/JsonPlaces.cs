using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests;

/// <summary>The places in a document where another value can be put.</summary>
internal static class JsonPlaces
{
    /// <summary>Each place as what puts a value there, the inner ones before those that hold them.</summary>
    public static IEnumerable<Action<JsonNode?>> Of(JsonNode? node)
    {
        if (node is JsonObject entries)
        {
            foreach (var name in entries.Select(entry => entry.Key).ToList())
            {
                foreach (var place in Of(entries[name]))
                {
                    yield return place;
                }

                yield return value => entries[name] = value;
            }
        }
        else if (node is JsonArray items)
        {
            for (var index = 0; index < items.Count; index++)
            {
                var position = index;
                foreach (var place in Of(items[position]))
                {
                    yield return place;
                }

                yield return value => items[position] = value;
            }
        }
    }
}
