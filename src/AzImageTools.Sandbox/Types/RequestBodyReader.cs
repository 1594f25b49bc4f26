using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Types;

/// <summary>
/// Reads a request's body as Azure's deserializer does, strictly by the type's tree, and writes it as the service goes on with it: names and
/// values in the type's own letters, numbers and flags that came as texts made what they are, what is read-only left out.
/// </summary>
/// <param name="errors">What is said of a body that can't be taken.</param>
/// <param name="isWhole">Whether it is the whole resource rather than a change of it, where nulls count and nothing is required.</param>
internal sealed class RequestBodyReader(BodyErrors errors, bool isWhole)
{
    /// <summary>Lists of values to which Azure adds without a new version: any text passes.</summary>
    private static readonly string[] NeverClosed = ["vmSize", "networkApiVersion", "bypass"];

    /// <summary>What Resource Manager reads of every resource, whether its provider does anything with it or not.</summary>
    private static readonly string[] Envelope =
    [
        "id", "name", "type", "apiVersion", "location", "tags", "kind", "sku", "plan", "identity", "zones", "properties", "managedBy", "managedByExtended", "extendedLocation", "etag", "scale", "systemData",
    ];

    /// <summary>Whether a property takes texts that are not in its list.</summary>
    public static bool IsNeverClosed(string name) => NeverClosed.Contains(name, StringComparer.OrdinalIgnoreCase);

    public JsonObject ReadResource(JsonObject body, TypeNode node)
    {
        foreach (var name in body.Select(member => member.Key))
        {
            if (!Envelope.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw errors.UnknownMember("", name);
            }
        }

        if (body["sku"] is JsonObject sku && sku["name"] is null)
        {
            throw BodyErrors.NamelessSku();
        }

        var known = new JsonObject(body.Options);
        foreach (var (name, value) in body.Select(member => (member.Key, member.Value)))
        {
            if (node.Find(name) is not null)
            {
                known[name] = value?.DeepClone();
            }
        }

        return ReadObject(known, node, path: "", isResource: true);
    }

    public JsonObject ReadObject(JsonObject body, TypeNode node) => ReadObject(body, node, path: "", isResource: false);

    private JsonObject ReadObject(JsonObject source, TypeNode node, string path, bool isResource)
    {
        node = node.Of(source);
        var target = new JsonObject(source.Options);
        foreach (var (name, value) in source.Select(member => (member.Key, member.Value)))
        {
            var member = node.Find(name) ?? throw errors.UnknownMember(path, name);

            // In a change, a null stands for no change; within a value it is as good as left out.
            var takesNull = !isWhole && path.Length == 0;
            if (!member.IsReadOnly && !(isResource && IsIdentity(member.Name)) && (value is not null || takesNull))
            {
                var read = value is null ? null : Read(value, member.Node, path.Length == 0 ? member.Name : path + "." + member.Name);
                if (read is not null || takesNull)
                {
                    target[member.Name] = read;
                }
            }
        }

        if (isWhole)
        {
            foreach (var member in node.Members.Values)
            {
                if (member.IsRequired && !member.IsReadOnly && target[member.Name] is null && !(isResource && IsIdentity(member.Name)))
                {
                    throw errors.Missing(path.Length == 0 ? member.Name : path + "." + member.Name);
                }
            }
        }

        return target;
    }

    /// <summary>What the address says already.</summary>
    private static bool IsIdentity(string name) => name is "id" or "name" or "type" or "apiVersion";

    private JsonNode? Read(JsonNode value, TypeNode node, string path)
    {
        var kind = value.GetValueKind();
        switch (node.Kind)
        {
            case TypeNodeKind.Object:
                return value is JsonObject inner ? ReadObject(inner, node, path, isResource: false) : throw Wrong(BodyErrors.TypeName(path));
            case TypeNodeKind.List:
                return value is JsonArray items ? ReadList(items, node.Item!, path) : throw Wrong(BodyErrors.TypeName(path));
            case TypeNodeKind.Text:
                return kind switch
                {
                    JsonValueKind.String => ReadText(value.GetValue<string>(), node, path),
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when node.Values is null => value.ToJsonString(),
                    _ => throw Wrong(node.Values is null ? "String" : BodyErrors.TypeName(path)),
                };
            case TypeNodeKind.Number:
                return (kind is JsonValueKind.Number or JsonValueKind.String)
                    && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong("Int64");
            case TypeNodeKind.Flag:
                return kind is JsonValueKind.True or JsonValueKind.False ? value.DeepClone()
                    : kind == JsonValueKind.String && bool.TryParse(value.GetValue<string>(), out var flag) ? flag : throw Wrong("Boolean");
            default:
                return value.DeepClone();
        }

        Exception Wrong(string expected) => errors.WrongKind(path, JsonSerializer.SerializeToElement(value), expected);
    }

    private JsonArray ReadList(JsonArray items, TypeNode node, string path)
    {
        var list = new JsonArray();
        for (var index = 0; index < items.Count; index++)
        {
            var place = path + "[" + index.ToString(CultureInfo.InvariantCulture) + "]";
            list.Add(items[index] is { } item ? Read(item, node, place) : throw errors.WrongKind(place, JsonSerializer.SerializeToElement<object?>(null), BodyErrors.TypeName(place)));
        }

        return list;
    }

    private JsonNode? ReadText(string text, TypeNode node, string path)
    {
        if (node.Values is not { } values || IsNeverClosed(path.Substring(path.LastIndexOf('.') + 1)))
        {
            return text;
        }

        if (text.Length == 0)
        {
            return null;
        }

        return values.FirstOrDefault(value => string.Equals(value.Replace(" ", ""), text.Replace(" ", ""), StringComparison.OrdinalIgnoreCase))
            ?? throw errors.UnknownValue(path, text, node.IsOpen);
    }
}
