using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Types;

/// <summary>
/// Trees of what is only read, which the published resource types lack: Trees/own.json, written by hand from the specification's own files
/// (subscriptions.json and resources.json 2022-12-01, ComputeRP 2023-07-01, skus.json 2021-07-01).
/// </summary>
internal static class OwnTrees
{
    private static readonly Lazy<IReadOnlyDictionary<string, TypeNode>> Nodes = new(() => TypeTrees.ReadPlain("own.json"));

    /// <summary>An answer that refuses.</summary>
    public static TypeNode Error => Nodes.Value["error"];

    /// <summary>The state of a long-running operation.</summary>
    public static TypeNode Operation => Nodes.Value["operation"];

    /// <summary>What a path of Resource Manager itself tells of; null where it tells nothing or of resource groups.</summary>
    public static TypeNode? OfResourceManager(IReadOnlyList<string> segments) => Find("/" + LastType(segments));

    /// <summary>What is listed or read by a path whose names are every second part.</summary>
    public static string LastType(IReadOnlyList<string> segments) => segments.Count == 0 ? "" : segments[segments.Count - (segments.Count % 2 == 0 ? 2 : 1)];

    /// <summary>What a type that is only read, or one below it, tells; null where it has no tree here either.</summary>
    public static TypeNode? OfProvider(string type)
        => Nodes.Value.FirstOrDefault(entry => JsonReading.Same(entry.Key, type) || type.StartsWith(entry.Key + "/", StringComparison.OrdinalIgnoreCase)).Value;

    private static TypeNode? Find(string key) => Nodes.Value.TryGetValue(key, out var node) ? node : null;
}
