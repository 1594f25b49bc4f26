using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests;

/// <summary>What a disk's own source says of cost, cancelling and what comes next reaches it from every view above it.</summary>
public sealed class ReadBudgetTests : IDisposable
{
    private static readonly ReadLimits Limits = ReadLimits.Least;

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _folder.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx", 3)]
    [InlineData("lvm.vhd", 3)]
    public void Every_volume_has_the_budget_of_its_disk(string name, int leastVolumes)
    {
        ReadBudget budget = new("disk");
        IReadOnlyList<DiskVolume> volumes = OpenVolumes(new DistantSource(ReadDisk(name), budget));
        Assert.InRange(volumes.Count, leastVolumes, 20);
        Assert.All(volumes, volume => Assert.Same(budget, volume.Content.Budget));
        Assert.True(budget.BytesRead > 0);
    }

    [Fact]
    public void Cancelling_stops_what_is_read_through_partition_file_system_and_hive_also_where_all_is_cached()
    {
        IFileSystem files = OpenWindows(new DistantSource(ReadDisk("ready-dynamic.vhdx"), new ReadBudget("disk", _stop.Token)));
        using WindowsHives hives = WindowsHives.Open(files)!;
        RegistryKey key = hives.OpenKey(@"SYSTEM\Select")!;
        Assert.NotNull(key.GetValue("Current"));
        Assert.NotNull(files.GetEntry("Windows"));
        _stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => key.GetValue("Current"));
        Assert.Throws<OperationCanceledException>(() => files.GetEntry("Windows"));
        Assert.Throws<OperationCanceledException>(() => files.Enumerate("Windows").Count());
        Assert.Throws<OperationCanceledException>(() => files.GetFreeExtents().Count());
    }

    [Fact]
    public void Cancelling_stops_what_is_read_through_a_logical_volume()
    {
        DiskVolume root = OpenVolumes(new DistantSource(ReadDisk("lvm.vhd"), new ReadBudget("disk", _stop.Token)))
            .First(static volume => volume.LogicalVolumeName is not null && volume.FileSystem is not null);
        Assert.NotEmpty(root.FileSystem!.Enumerate(string.Empty));
        _stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => root.FileSystem!.Enumerate(string.Empty).Count());
        Assert.Throws<OperationCanceledException>(() => root.Content.Read(0, new byte[512]));
    }

    [Fact]
    public void A_disk_that_was_opened_with_a_token_is_no_longer_read_once_it_is_cancelled()
    {
        string path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        using VirtualDisk disk = DiskOpener.Open(path, new VirtualDiskOptions(), _stop.Token);
        disk.Read(0, new byte[512]);
        _stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => disk.Read(1 << 20, new byte[512]));
        Assert.Throws<OperationCanceledException>(() => DiskOpener.Open(path, new VirtualDiskOptions(), _stop.Token));
    }

    [Fact]
    public void More_structures_than_any_disk_needs_are_an_error_that_names_them()
    {
        DistantSource disk = new(ReadDisk("ready-dynamic.vhdx"), new ReadBudget("disk", Limits with { Visited = 40 }, CancellationToken.None));
        IFileSystem files = OpenWindows(disk);
        ReadLimitException error = Assert.Throws<ReadLimitException>(() =>
        {
            using WindowsHives hives = WindowsHives.Open(files)!;
            CountKeys(hives.OpenKey("SOFTWARE")!);
        });
        Assert.Equal(("disk", "a cell of a registry hive", 40), (error.File, error.Structure, error.Limit));
        Assert.Contains("More than 40 structures were gone through, the last for a cell of a registry hive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_memory_than_any_disk_needs_is_an_error_that_names_what_it_was_for()
    {
        DistantSource disk = new(ReadDisk("ready-dynamic.vhdx"), new ReadBudget("disk", Limits with { Allocated = 2 * 128 * 128 }, CancellationToken.None));
        Assert.Contains("a file record", Assert.Throws<ReadLimitException>(() => WindowsHives.Open(OpenWindows(disk))).Structure, StringComparison.Ordinal);
        disk = new(ReadDisk("ready-dynamic.vhdx"), new ReadBudget("disk", Limits with { Structure = 8192 }, CancellationToken.None));
        ReadLimitException error = Assert.Throws<ReadLimitException>(() => PartitionTable.Read(disk));
        Assert.Equal("disk: the entries of a GUID partition table is said to take 16384 bytes of memory, and 8192 are the most that one structure may. " + error.Remedy, error.Message);
    }

    [Fact]
    public void A_disk_may_cost_the_more_the_more_it_holds_and_is_asked_for_that_only_when_the_least_is_reached()
    {
        int asked = 0;
        ReadBudget budget = new("disk");
        budget.Holds(() => ++asked * 3200L);
        for (long i = 0; i < Limits.Visited; i++)
        {
            budget.Visit("a thing");
        }

        Assert.Equal(0, asked);
        for (int i = 0; i < 100; i++)
        {
            budget.Visit("a thing");
        }

        ReadLimitException error = Assert.Throws<ReadLimitException>(() => budget.Visit("a thing", 7));
        Assert.Equal((1, Limits.Visited + 100), (asked, error.Limit));
        Assert.Contains("the last for a thing (7)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Libraries", "net8.0")]
    public void Holes_of_a_disk_image_do_not_let_it_cost_more()
    {
        string path = _folder.File("sparse.raw");
        using (FileStream file = new(path, FileMode.Create))
        {
            file.SetLength(1L << 40);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        ReadLimitException error = Assert.Throws<ReadLimitException>(() => disk.Budget.Work(Limits.Worked * 2, "a bitmap"));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a hole may have to be asked for");
        Assert.Equal(Limits.Worked, error.Limit);
    }

    [Fact]
    public void More_work_than_any_disk_needs_is_an_error()
    {
        DistantSource disk = new(ReadDisk("ready-dynamic.vhdx"), new ReadBudget("disk", Limits with { Worked = 100 }, CancellationToken.None));
        IFileSystem files = OpenWindows(disk);
        Assert.Equal(100, Assert.Throws<ReadLimitException>(() => files.GetFreeExtents().Count()).Limit);
    }

    [Fact]
    public void Listing_a_large_folder_takes_fewer_round_trips_with_hints_and_tells_the_same()
    {
        byte[] volume = File.ReadAllBytes(TestFile.Unpack("volumes/ntfs.img", _folder));
        (string[] Names, DistantSource Source) List(bool takesHints)
        {
            DistantSource source = new(volume, new ReadBudget("volume"), takesHints);
            IFileSystem files = FileSystem.TryOpen(new ByteSourceSlice(source, 0, source.Length, "slice"))!;
            source.RoundTrips = 0;
            return ([.. files.Enumerate("Many").Select(static entry => entry.Name)], source);
        }

        (string[] expected, DistantSource without) = List(takesHints: false);
        (string[] actual, DistantSource with) = List(takesHints: true);
        Assert.Equal(expected, actual);
        Assert.Equal(without.Reads, with.Reads);
        Assert.InRange(with.RoundTrips, 1, without.RoundTrips / 2);
    }

    [Fact]
    public void Reading_a_key_with_many_values_takes_few_round_trips_to_where_the_hive_lies()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 12);
        uint[] values = [.. Enumerable.Range(0, 12).Select(number =>
        {
            builder.Add(new byte[40_000]);
            return builder.AddValue($"value {number}", 4, 0x8000_0004, (uint)number);
        })];
        builder.Patch(root, 40, builder.AddNumbers(values));
        byte[] hive = builder.Build(root);
        const int PartitionOffset = 1 << 20;
        const int Fragment = 128 * 1024;
        byte[] bytes = new byte[4 << 20];
        List<FileRun> runs = [];
        for (int at = 0; at < hive.Length; at += Fragment)
        {
            // Each fragment but the first lies before the one that precedes it in the file.
            int place = (2 << 20) - (2 * at);
            int length = Math.Min(Fragment, hive.Length - at);
            hive.AsSpan(at, length).CopyTo(bytes.AsSpan(PartitionOffset + place));
            runs.Add(new FileRun(at, place, length));
        }

        int Read(bool takesHints)
        {
            DistantSource disk = new(bytes, new ReadBudget("disk"), takesHints);
            ByteSourceSlice partition = new(disk, PartitionOffset, bytes.Length - PartitionOffset, "partition");
            using RegistryHive opened = RegistryHive.Open(new FileContentStream(new FileContent(partition, "HIVE", runs, hive.Length, hive.Length)), "HIVE");
            Assert.Equal(values.Length, opened.Root.GetValues().Count());
            return disk.RoundTrips;
        }

        Assert.InRange(Read(takesHints: false), 10, 40);
        Assert.InRange(Read(takesHints: true), 1, 5);
    }

    [Fact]
    public void A_hint_beyond_a_view_is_left_out()
    {
        DistantSource disk = new(ReadDisk("lvm.vhd"), new ReadBudget("disk"));
        foreach (DiskVolume volume in OpenVolumes(disk).Where(static volume => volume.FileSystem is not null))
        {
            disk.Hints.Clear();
            volume.Content.Prefetch([new DiskExtent(-1, 10), new DiskExtent(volume.Content.Length, 1), new DiskExtent(long.MaxValue, long.MaxValue), new DiskExtent(0, -1)]);
            Assert.Empty(disk.Hints);
            volume.Content.Prefetch([new DiskExtent(volume.Content.Length - 100, 100)]);
            Assert.Equal(100, Assert.Single(disk.Hints).Length);
        }
    }

    private static int CountKeys(RegistryKey key) => 1 + key.GetSubKeys().Sum(CountKeys);

    private static IReadOnlyList<DiskVolume> OpenVolumes(IByteSource disk) => new OpenedImage(disk).Volumes;

    private static IFileSystem OpenWindows(IByteSource disk) => OpenVolumes(disk).First(static volume => volume.Kind == FileSystemKind.Ntfs).FileSystem!;

    private byte[] ReadDisk(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));
        return DiskContent.Read(disk, 0, (int)disk.Capacity);
    }
}
