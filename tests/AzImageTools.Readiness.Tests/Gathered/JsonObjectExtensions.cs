using System.Text.Json.Nodes;

namespace AzImageTools.Readiness.Tests.Gathered;

internal static class JsonObjectExtensions
{
    /// <summary>Adds a property, unless there is nothing to tell.</summary>
    public static JsonObject With(this JsonObject json, string name, JsonNode? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }

        return json;
    }
}
