namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>What was gathered of a registry key.</summary>
internal sealed record GatheredKey
{
    /// <summary>Why it can't be read; null where it can.</summary>
    public string? Unreadable { get; init; }

    /// <summary>The values that were looked for, by name; null for those that are not there.</summary>
    public required IReadOnlyDictionary<string, object?> Values { get; init; }

    /// <summary>The pattern of the names of values that were listed; null where none were.</summary>
    public string? ValueNames { get; init; }

    /// <summary>The keys below it that were listed; null where none were.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>The pattern of the names of keys that were all listed; null where only some were.</summary>
    public string? KeyNames { get; init; }
}
