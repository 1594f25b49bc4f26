using AzImageTools.Disks.Items;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>A file, folder or link of which evidence was gathered.</summary>
internal sealed record GatheredFile
{
    /// <summary>What it is.</summary>
    public required FileSystemEntry Entry { get; init; }

    /// <summary>Why it can't be told what it is; null where it can.</summary>
    public string? Unreadable { get; init; }

    /// <summary>What of its content was gathered: lines that rules ask for, others empty; null where nothing was.</summary>
    public byte[]? Content { get; init; }

    /// <summary>The names in an archive that rules ask for; null where they were not gathered.</summary>
    public IReadOnlyList<string>? ArchiveNames { get; init; }

    /// <summary>A program's version; null where it tells none.</summary>
    public Version? Version { get; init; }

    /// <summary>Whether the version was looked for.</summary>
    public bool HasVersion { get; init; }
}

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
