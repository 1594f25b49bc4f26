namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A resource's id taken apart: subscription, group, type and names.</summary>
/// <param name="SubscriptionId">The subscription's GUID as written.</param>
/// <param name="ResourceGroup">The group's name as written.</param>
/// <param name="Type">Namespace and types, as in <c>Microsoft.Compute/galleries/images</c>.</param>
/// <param name="Names">One a type.</param>
internal sealed record ResourceId(string SubscriptionId, string ResourceGroup, string Type, IReadOnlyList<string> Names)
{
    /// <summary>The last of the names.</summary>
    public string Name => Names[Names.Count - 1];

    public static ResourceId? TryParse(string? text)
    {
        var parts = (text ?? "").Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        var isResource = parts.Length >= 8 && parts.Length % 2 == 0
            && Is(parts[0], "subscriptions") && Is(parts[2], "resourceGroups") && Is(parts[4], "providers");
        return isResource ? Take(parts, 1, 3, 5) : null;

        static bool Is(string part, string name) => string.Equals(part, name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Types and names in turn, as in <c>Microsoft.Compute/galleries/g/images/i</c>.</summary>
    public string Path
    {
        get
        {
            var slash = Type.IndexOf('/');
            var types = Type.Substring(slash + 1).Split('/');
            return Type.Substring(0, slash) + string.Concat(types.Zip(Names, (type, name) => "/" + type + "/" + name));
        }
    }

    public string ToId() => "/subscriptions/" + SubscriptionId + "/resourceGroups/" + ResourceGroup + "/providers/" + Path;

    /// <summary>Whether the other lies in this one, at whatever depth: both of one subscription and group.</summary>
    public bool Holds(ResourceId other)
        => other.Names.Count > Names.Count
            && string.Equals(SubscriptionId, other.SubscriptionId, StringComparison.OrdinalIgnoreCase)
            && string.Equals(ResourceGroup, other.ResourceGroup, StringComparison.OrdinalIgnoreCase)
            && other.Type.StartsWith(Type + "/", StringComparison.OrdinalIgnoreCase)
            && Names.SequenceEqual(other.Names.Take(Names.Count), StringComparer.OrdinalIgnoreCase);

    /// <summary>The id of what this one lies in; null for a top-level resource.</summary>
    public ResourceId? Parent()
        => Names.Count < 2 ? null : this with { Type = Type.Substring(0, Type.LastIndexOf('/')), Names = [.. Names.Take(Names.Count - 1)] };

    private static ResourceId Take(string[] parts, int subscription, int group, int provider)
    {
        var types = parts.Skip(provider + 1).Where((_, index) => index % 2 == 0);
        var names = parts.Skip(provider + 1).Where((_, index) => index % 2 == 1);
        return new ResourceId(parts[subscription], parts[group], parts[provider] + "/" + string.Join("/", types), [.. names]);
    }
}
