using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>What the other layer tells of a disk, for guests made in memory, and what whole guests are asked.</summary>
internal static class Sample
{
    /// <summary>Asks the rules that the test guests were made for, so that a newer rule changes nothing of what is expected of them.</summary>
    public static ReadinessOptions Options { get; } = new() { Include = TestRules.Ids };

    public static GuestIdentity Windows => new() { Family = GuestFamily.Windows };

    public static GuestIdentity Linux => new()
    {
        Family = GuestFamily.Linux,
        Distribution = "debian",
        Version = "12",
        Architecture = "x64",
        KernelVersions = ["6.1.0-28-amd64", "6.1.0-1-amd64"],
    };

    public static DiskInfo Disk => new()
    {
        Name = "memory.vhd",
        Path = "memory.vhd",
        Format = DiskFormat.Vhd,
        SubFormat = DiskSubFormat.Fixed,
        Capacity = 61L << 20,
        AllocatedBytes = 61L << 20,
        FileSize = (61L << 20) + 512,
        LogicalSectorSize = 512,
        IsAligned = true,
        SupportedGenerations = VmGenerations.V2,
        PartitionStyle = PartitionStyle.Gpt,
        Partitions =
        [
            new Partition { Number = 1, Offset = 1L << 20, Length = 34L << 20, TypeId = new Guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B") },
            new Partition { Number = 2, Offset = 35L << 20, Length = 1L << 20, TypeId = new Guid("E3C9E316-0B5C-4DB8-817D-F92DF00215AE") },
            new Partition { Number = 3, Offset = 36L << 20, Length = 24L << 20, TypeId = new Guid("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7") },
        ],
        Volumes = [],
        Problems = [],
        UploadBlockers = [],
    };
}
