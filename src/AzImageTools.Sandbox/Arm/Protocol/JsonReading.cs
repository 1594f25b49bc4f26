using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>Reads what a client sent: a path of names, null where anything on it is missing or of another kind.</summary>
internal static class JsonReading
{
    public static JsonNode? At(this JsonNode? node, params string[] path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params string[] path)
        => node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    public static long? Number(this JsonNode? node, params string[] path)
        => node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public static bool Flag(this JsonNode? node, params string[] path)
        => node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static IEnumerable<JsonNode> Items(this JsonNode? node, params string[] path)
        => node.At(path) is JsonArray array ? array.OfType<JsonNode>() : [];

    /// <summary>The object of that name, made where it is missing.</summary>
    public static JsonObject Child(this JsonObject node, string name)
    {
        if (node[name] is not JsonObject child)
        {
            child = new JsonObject(node.Options);
            node[name] = child;
        }

        return child;
    }

    /// <summary>A text that the service fills in where the client gave none; refused where it gave something else.</summary>
    public static string TextOrDefault(this JsonObject node, string name, string value)
    {
        if (node[name] is null)
        {
            node[name] = value;
        }

        return node.Text(name) ?? throw ArmException.InvalidParameter(name, "The value of parameter '" + name + "' is invalid: it must be a text.");
    }

    /// <summary>Takes over a value from another document, or its absence.</summary>
    public static void CopyFrom(this JsonObject node, JsonObject other, string name)
    {
        if (other[name] is { } value)
        {
            node[name] = value.DeepClone();
        }
        else
        {
            node.Remove(name);
        }
    }

    public static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
