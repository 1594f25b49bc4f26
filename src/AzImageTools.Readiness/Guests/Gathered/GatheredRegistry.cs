using AzImageTools.Disks.Items;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>The registry keys of which evidence was gathered. What was not looked at is unavailable, never absent.</summary>
/// <param name="keys">By path below HKLM; null for those that are not there.</param>
internal sealed class GatheredRegistry(IReadOnlyDictionary<string, GatheredKey?> keys)
{
    private const int LongestPath = 4096;

    /// <inheritdoc cref="Guest.KeyExists"/>
    public bool KeyExists(string key)
        => keys.TryGetValue(key, out GatheredKey? found) ? Require(found) is not null : Look(key) ?? throw NotGathered(key);

    /// <inheritdoc cref="Guest.GetValue"/>
    public object? GetValue(string key, string name)
        => Find(key) is not { } found ? null
            : found.Values.TryGetValue(name, out object? data) ? data
            : found.ValueNames is { } pattern && new Wildcard(pattern, ignoresCase: true).Matches(name) ? null
            : throw NotGathered($@"{key}\{name}");

    /// <inheritdoc cref="Guest.GetValueNames"/>
    public IReadOnlyList<string> GetValueNames(string key)
        => Find(key) is not { } found ? []
            : found.ValueNames is not null ? [.. found.Values.Where(static value => value.Value is not null).Select(static value => value.Key)]
            : throw NotGathered($"Which values are in {key}");

    /// <inheritdoc cref="Guest.GetSubkeyNames"/>
    public IReadOnlyList<string> GetSubkeyNames(string key)
        => Find(key) is not { } found ? [] : found.Keys ?? throw NotGathered($"Which keys are in {key}");

    private GatheredKey? Find(string key)
        => keys.TryGetValue(key, out GatheredKey? found) ? Require(found)
            : Look(key) == false ? null
            : throw NotGathered(key);

    private static GatheredKey? Require(GatheredKey? key)
        => key is { Unreadable: { } reason } ? throw new EvidenceUnavailableException(reason) : key;

    /// <summary>Whether a key exists, by what is known of those above it; null where that does not tell.</summary>
    private bool? Look(string key)
    {
        string place = key;
        while (place.LastIndexOf('\\') is var end and >= 0 && key.Length <= LongestPath)
        {
            string name = place.Substring(end + 1);
            bool isAsked = place.Length == key.Length;
            place = place.Substring(0, end);
            if (!keys.TryGetValue(place, out GatheredKey? parent))
            {
                continue;
            }

            if (Require(parent) is null)
            {
                return false;
            }

            bool isListed = parent!.Keys?.Contains(name, StringComparer.OrdinalIgnoreCase) == true;
            return isListed && isAsked ? true
                : !isListed && parent.KeyNames is { } pattern && new Wildcard(pattern, ignoresCase: true).Matches(name) ? false
                : null;
        }

        return null;
    }

    private static EvidenceUnavailableException NotGathered(string what) => new($"{what} was not gathered.");
}

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
