using AzImageTools.Disks.Items;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>What was listed of a folder.</summary>
/// <param name="Self">The folder itself.</param>
/// <param name="Names">The patterns of the names that were listed, with spaces between them.</param>
/// <param name="Entries">What was found.</param>
/// <param name="Unreadable">Why it could not be listed; null where it could.</param>
internal sealed record GatheredFolder(GatheredFile Self, string Names, IReadOnlyList<GatheredFile> Entries, string? Unreadable)
{
    /// <summary>Whether a name would have been listed if it were there.</summary>
    public bool Covers(string name) => Names.Split(' ').Any(pattern => new Wildcard(pattern, ignoresCase: true).Matches(name));
}
