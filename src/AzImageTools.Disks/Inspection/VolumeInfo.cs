using System.Globalization;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>A volume with a file system that was recognised.</summary>
public sealed record VolumeInfo
{
    /// <summary>The partition that it is in; null where it is the whole disk or a logical volume.</summary>
    public required int? PartitionNumber { get; init; }

    /// <summary>The name of a logical volume (LVM2) behind that of its group, such as "system/root"; null for all others.</summary>
    public string? LogicalVolumeName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its first byte on the disk; null for a logical volume, whose parts may lie anywhere.</summary>
    public required long? Offset { get; init; }

    /// <summary>The length of its partition or logical volume in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The file system.</summary>
    public required FileSystemKind FileSystem { get; init; }

    /// <summary>Its label, also where its files are not read; empty where it has none or can't be read. It is the guest's text.</summary>
    public required string Label { get; init => field = PrintableText.Of(value); }

    /// <summary>The capacity in bytes, as the file system knows it; the volume's length where it can't be read.</summary>
    public required long Capacity { get; init; }

    /// <summary>Free bytes; null where the file system does not tell.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Bytes in use; null where the file system does not tell what is free.</summary>
    public long? UsedBytes => Capacity - FreeBytes;

    /// <summary>Whether all of it is encrypted, by BitLocker or LUKS, so that no file system can be seen.</summary>
    public bool IsEncrypted => FileSystem is FileSystemKind.BitLocker or FileSystemKind.Luks;

    /// <summary>Whether it was left in need of repair; null where it does not tell.</summary>
    public bool? IsDirty { get; init; }

    /// <summary>Why the volume or its file system could not be opened; null where it could, or where it is of a kind that is not read.</summary>
    public string? Problem { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Why its files are not read, as part of a sentence; null where they are, or it could not be opened.</summary>
    public string? NotReadBecause { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Why it needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    public string? DirtyReason { get; init => field = PrintableText.OfOptional(value); }

    /// <inheritdoc/>
    public override string ToString()
        => ((LogicalVolumeName ?? PartitionNumber?.ToString(CultureInfo.InvariantCulture)) is { } name ? name + ": " : string.Empty)
            + FileSystem.ToString()
            + (Label.Length > 0 ? " " + Label : string.Empty);
}
