using System.Globalization;

namespace AzImageTools.Disks.Repair;

/// <summary>A change of a file within a disk image.</summary>
public sealed record FileChange : DiskChange
{
    private const int LongestShown = 1000;

    /// <summary>The file, by its path from the root of the guest's operating system.</summary>
    public required string File { get; init; }

    /// <summary>What was done with it.</summary>
    public required FileAction Action { get; init; }

    /// <summary>How many bytes it had; null where it was not there.</summary>
    public long? LengthBefore { get; init; }

    /// <summary>How many bytes it has; null where it is not there.</summary>
    public long? Length { get; init; }

    /// <summary>The lines that are no longer there or different; empty where the content is told to nobody, or was deleted.</summary>
    public IReadOnlyList<string> LinesBefore { get; init; } = [];

    /// <summary>The lines that are new or different; empty where the content is told to nobody.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <inheritdoc/>
    public override string Subject => PrintableText.Of(File);

    /// <inheritdoc/>
    public override string Before => Describe(LengthBefore, LinesBefore, LinesBefore.Count + Lines.Count > 0);

    /// <inheritdoc/>
    public override string After => Describe(Length, Lines, LinesBefore.Count + Lines.Count > 0);

    private static string Describe(long? length, IReadOnlyList<string> lines, bool showsLines)
        => length is not { } bytes ? "not there"
            : lines.Count > 0 ? PrintableText.Clean(string.Join(" | ", lines), LongestShown, keepsLines: false)
            : showsLines ? "no such line"
            : string.Format(CultureInfo.InvariantCulture, "{0} bytes", bytes);
}
