using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace AzImageTools.Sandbox.Types;

/// <summary>
/// Azure's resource types as published: one embedded file a provider and version, made by Trees/make_trees.py, read when first asked for.
/// Thread-safe.
/// </summary>
internal static class TypeTrees
{
    /// <summary>Networks hold each other some dozens of times.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, JsonElement>> Files = new(StringComparer.OrdinalIgnoreCase);
    private static readonly ConcurrentDictionary<string, TypeNode> Nodes = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Lazy<IReadOnlyDictionary<string, string[]>> Index = new(ReadIndex);

    /// <summary>The types that have trees.</summary>
    public static IEnumerable<string> Types => Index.Value.Keys;

    /// <summary>The versions for which a type has a tree, oldest first; none where it has none at all.</summary>
    public static IReadOnlyList<string> Versions(string type) => Index.Value.TryGetValue(type, out var versions) ? versions : [];

    /// <summary>The body of a resource.</summary>
    /// <param name="type">As in <c>Microsoft.Compute/disks</c>.</param>
    /// <param name="version">One of <see cref="Versions"/>.</param>
    public static TypeNode Body(string type, string version)
        => Nodes.GetOrAdd(type + "@" + version, key => TypeNode.Read(Open(type, version)[key]));

    /// <summary>What a POST on a resource takes (<c>input</c>) or answers (<c>output</c>); null where that is not published.</summary>
    public static TypeNode? Function(string type, string version, string action, string part)
    {
        var key = type + "@" + version + ":" + action;
        return Open(type, version).TryGetValue(key, out var function) && function.TryGetProperty(part, out var element)
            ? Nodes.GetOrAdd(key + "/" + part, _ => TypeNode.Read(element))
            : null;
    }

    /// <summary>The trees of a file that is not packed, by their keys.</summary>
    public static IReadOnlyDictionary<string, TypeNode> ReadPlain(string name)
    {
        using var stream = Resource(name);
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => TypeNode.Read(entry.Value), StringComparer.OrdinalIgnoreCase);
    }

    private static IReadOnlyDictionary<string, JsonElement> Open(string type, string version)
        => Files.GetOrAdd(type.Substring(0, type.IndexOf('/')).ToLowerInvariant() + "@" + version + ".json.gz", ReadFile);

    private static Dictionary<string, JsonElement> ReadFile(string name)
    {
        using var packed = Resource(name);
        using var stream = new GZipStream(packed, CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream, Deep);
        return document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.Clone(), StringComparer.OrdinalIgnoreCase);
    }

    private static IReadOnlyDictionary<string, string[]> ReadIndex()
    {
        using var stream = Resource("index.json");
        var index = JsonSerializer.Deserialize<Dictionary<string, string[]>>(stream)!;
        return new Dictionary<string, string[]>(index, StringComparer.OrdinalIgnoreCase);
    }

    private static Stream Resource(string name)
        => Assembly.GetExecutingAssembly().GetManifestResourceStream("Trees/" + name) ?? throw new InvalidOperationException("The trees lack " + name + ".");
}
