using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Inspection;

/// <summary>What can be told of a disk image without starting it. Sizes are in bytes.</summary>
public sealed record DiskInfo
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The path by the name that a file has it by: what takes files by that name takes this too.</summary>
    public string FullName => Path;

    /// <summary>The container.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>How the container keeps the content.</summary>
    public required DiskSubFormat SubFormat { get; init; }

    /// <summary>The disk's capacity, as its guest sees it.</summary>
    public required long Capacity { get; init; }

    /// <summary>How much of the capacity the image keeps; the rest is zero.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The length of the file, holes included.</summary>
    public required long FileSize { get; init; }

    /// <summary>Bytes in a logical sector: 512 or 4096.</summary>
    public required int LogicalSectorSize { get; init; }

    /// <summary>Whether the capacity is a whole number of MiB, as Azure wants it.</summary>
    public required bool IsAligned { get; init; }

    /// <summary>The generations of virtual machines that can start from it.</summary>
    public required VmGenerations SupportedGenerations { get; init; }

    /// <summary>Why a generation that the disk is laid out for can't start from it after all, a sentence each.</summary>
    public IReadOnlyList<string> BootObstacles { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The kind of partition table.</summary>
    public required PartitionStyle PartitionStyle { get; init; }

    /// <summary>The partitions.</summary>
    public required IReadOnlyList<Partition> Partitions { get; init => field = PrintableList.Of(value); }

    /// <summary>Whether a partition is there for an operating system: to start it from (EFI system, BIOS boot code, an MBR's active one), or as the root of a Linux.</summary>
    public bool HasSystemPartition => Partitions.Any(static partition => partition.IsActive || PartitionTypes.IsForSystem(partition));

    /// <summary>The volumes whose file system was recognised, and all logical volumes.</summary>
    public required IReadOnlyList<VolumeInfo> Volumes { get; init => field = PrintableList.Of(value); }

    /// <summary>The operating system on it; null where none was recognised.</summary>
    public GuestIdentity? Guest { get; init; }

    /// <summary>The path of the disk that a differencing disk goes back to; null for all others.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// A checkpoint (.avhd, .avhdx) in the same folder that goes back to this disk: it holds the newer state, which this
    /// disk lacks. Null where there is none.
    /// </summary>
    public string? NewerCheckpoint { get; init; }

    /// <summary>What is wrong with the image without keeping it from being read, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init => field = PrintableText.OfAll(value); }

    /// <summary>Whether it can be uploaded: converted and rounded up on the way where that is needed.</summary>
    public bool IsUploadable => UploadBlockers.Count == 0;

    /// <summary>Why it can't be uploaded, a sentence each.</summary>
    public required IReadOnlyList<string> UploadBlockers { get; init => field = PrintableText.OfAll(value); }

    /// <summary>The file's full path: what is made of a disk where a command takes text.</summary>
    public override string ToString() => Path;
}
