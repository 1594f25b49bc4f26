using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>How records become JSON and back: by their properties, without those that are null.</summary>
internal static class KeptJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IncludeFields = true,
        PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static JsonNode Save<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!;

    /// <exception cref="JsonException">It is no such record.</exception>
    public static T Load<T>(JsonNode? saved) => saved.Deserialize<T>(Options) ?? throw new JsonException("A value is missing.");
}
