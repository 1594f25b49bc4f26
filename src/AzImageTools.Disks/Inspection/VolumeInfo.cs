using System.Globalization;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>A volume with a file system that was recognised.</summary>
public sealed record VolumeInfo
{
    /// <summary>The partition that it is in; null where it is the whole disk.</summary>
    public required int? PartitionNumber { get; init; }

    /// <summary>Its first byte on the disk.</summary>
    public required long Offset { get; init; }

    /// <summary>The length of its partition in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The file system.</summary>
    public required FileSystemKind FileSystem { get; init; }

    /// <summary>Its label; empty where it has none or can't be read. It is the guest's text.</summary>
    public required string Label { get; init; }

    /// <summary>The capacity in bytes, as the file system knows it; the partition's length where it can't be read.</summary>
    public required long Capacity { get; init; }

    /// <summary>Free bytes; null where the file system does not tell.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Whether it was left in need of repair; null where it does not tell.</summary>
    public bool? IsDirty { get; init; }

    /// <summary>Why it needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    public string? DirtyReason { get; init; }

    /// <inheritdoc/>
    public override string ToString()
        => (PartitionNumber is { } number ? number.ToString(CultureInfo.InvariantCulture) + ": " : string.Empty)
            + FileSystem.ToString()
            + (Label.Length > 0 ? " " + Label : string.Empty);
}
