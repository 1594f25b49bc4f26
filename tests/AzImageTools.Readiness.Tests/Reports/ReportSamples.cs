using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Reports;

/// <summary>Reports to write: of real disks, and one of a guest that says hostile things wherever it can.</summary>
internal static class ReportSamples
{
    /// <summary>What would do harm in a page, in a table, in a terminal, or in XML, if it came through as it is.</summary>
    public const string Hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><style>*{display:none}</style>&amp;]]>\u001b[2J\u202e\ufffe\0";

    private static readonly string[] Disks = ["notready.vhdx", "ready-dynamic.vhd", "no-os.vhd", "generalized.vhdx"];

    public static List<ReadinessReport> OfDisks()
    {
        using TempFolder folder = new();
        return [.. Disks.Select(name => Judge(TestFile.Unpack($"disks/{name}", folder)))];
    }

    public static ReadinessReport OfHostileGuest()
    {
        MemoryGuest guest = MemoryGuest.Ready()
            .WithIdentity(Sample.Windows with { Product = Hostile, HostName = Hostile, Version = Hostile, Edition = Hostile })
            .WithProblem(Hostile)
            .With(@"SYSTEM\CurrentControlSet\Services\cdrom", "Start", Hostile)
            .With(@"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\PersistentRoutes", Hostile, Hostile)
            .WithFile(@"Windows\System32\Sysprep\Panther\setuperr.log", $"2026-03-20 15:23:14, Error SYSPRP {Hostile}\n")
            .WithDisk(disk => disk with
            {
                Partitions = [.. disk.Partitions.Select(partition => partition with { Name = Hostile })],
                Volumes = [new VolumeInfo { PartitionNumber = 3, Offset = 36L << 20, Length = 24L << 20, FileSystem = FileSystemKind.Ntfs, Label = Hostile, Capacity = 24L << 20, FreeBytes = 21L << 20 }],
            });
        return ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Disks whose numbers make no sense.</summary>
    public static IEnumerable<ReadinessReport> OfOddDisks()
    {
        Partition vast = new() { Number = 1, Offset = long.MaxValue - 10, Length = long.MaxValue, TypeCode = 7 };
        VolumeInfo fuller = new() { PartitionNumber = 1, Offset = 0, Length = 1, FileSystem = FileSystemKind.Ntfs, Label = string.Empty, Capacity = 1, FreeBytes = long.MaxValue };
        foreach (DiskInfo disk in new[]
        {
            Sample.Disk with { Capacity = 0 },
            Sample.Disk with { Partitions = [] },
            Sample.Disk with { AllocatedBytes = long.MaxValue },
            Sample.Disk with { Partitions = [vast, vast], Volumes = [fuller] },
            Sample.Disk with { Partitions = [.. Enumerable.Range(1, 500).Select(number => vast with { Number = number, Offset = number, Length = 0 })] },
        })
        {
            yield return ReadinessCheck.Run(MemoryGuest.Ready().WithDisk(_ => disk), cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private static ReadinessReport Judge(string path)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(disk));
        return ReadinessCheck.Run(guest, new ReadinessOptions { Exclude = ["RdpTuning"] }, TestContext.Current.CancellationToken);
    }
}
