using System.Globalization;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Conversion.FreeSpace;

/// <summary>What leaving out free space means for a volume of a disk. Sizes are in bytes.</summary>
public sealed record FreeSpaceVolume
{
    /// <summary>The partition that it is in; null where it is the whole disk.</summary>
    public required int? PartitionNumber { get; init; }

    /// <summary>The name of a logical volume, such as "vg/root"; null for others.</summary>
    public string? LogicalVolumeName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its first byte on the disk; 0 for a logical volume.</summary>
    public required long Offset { get; init; }

    /// <summary>The length of its partition.</summary>
    public required long Length { get; init; }

    /// <summary>The file system.</summary>
    public required FileSystemKind FileSystem { get; init; }

    /// <summary>How much of it counts as zero, since its file system has it as free; 0 where it is left whole.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Why it is left whole, as part of a sentence; null where its free space counts as zero.</summary>
    public string? WholeBecause { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Whether its free space counts as zero.</summary>
    public bool IsSkipped => WholeBecause is null;

    /// <summary>What to call it: its partition and its file system.</summary>
    public string Name => string.Format(
        CultureInfo.InvariantCulture, "{0} ({1})", LogicalVolumeName is { } logical ? $"Volume {logical}" : PartitionNumber is { } number ? $"Partition {number.ToString(CultureInfo.InvariantCulture)}" : "The disk", FileSystem);

    /// <inheritdoc/>
    public override string ToString() => IsSkipped ? $"{Name}: {ByteSize.Format(FreeBytes)} free" : $"{Name}: left whole, {WholeBecause}";
}
