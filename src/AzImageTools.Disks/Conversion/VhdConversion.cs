using AzImageTools.Disks.Conversion.FreeSpace;

namespace AzImageTools.Disks.Conversion;

/// <summary>What a conversion to a fixed VHD did. Sizes are in bytes.</summary>
public sealed record VhdConversion
{
    /// <summary>The file name of the VHD.</summary>
    public required string Name { get; init; }

    /// <summary>The VHD's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The full path of the disk image that was converted.</summary>
    public required string SourcePath { get; init; }

    /// <summary>Its container.</summary>
    public required DiskFormat SourceFormat { get; init; }

    /// <summary>How its container keeps the content.</summary>
    public required DiskSubFormat SourceSubFormat { get; init; }

    /// <summary>Its capacity.</summary>
    public required long SourceCapacity { get; init; }

    /// <summary>The VHD's capacity: the source's, rounded up to whole MiBs.</summary>
    public required long Capacity { get; init; }

    /// <summary>The VHD file's length, holes included: the capacity and the footer.</summary>
    public required long FileSize { get; init; }

    /// <summary>How many bytes were read from the source's file.</summary>
    public required long BytesRead { get; init; }

    /// <summary>How many bytes were written; the rest of the file was left a hole where the file system has holes.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Whether the free space of volumes was left out: then the VHD reads as zeros there, and is not identical to the disk.</summary>
    public bool FreeSpaceSkipped => FreeSpace.Any(static volume => volume.IsSkipped);

    /// <summary>How many bytes that the source's image keeps were left out as free space.</summary>
    public long BytesSkippedAsFree { get; init; }

    /// <summary>The volumes whose free space was left out, and those left whole with why; empty where leaving it out was not asked for.</summary>
    public IReadOnlyList<FreeSpaceVolume> FreeSpace { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>How long it took, until the VHD had its name.</summary>
    public required TimeSpan Duration { get; init; }
}
