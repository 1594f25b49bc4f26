namespace AzImageTools.Readiness.Guests;

/// <summary>What a search for files that are encrypted with EFS found, outside the folders of Windows and of programs.</summary>
public sealed record EncryptedFileSearch
{
    /// <summary>How many files and folders were looked at.</summary>
    public required int EntriesSeen { get; init; }

    /// <summary>Whether all were looked at.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Those that are encrypted, each with what it is: the first ten.</summary>
    public required IReadOnlyList<Evidence> Found { get; init; }
}
