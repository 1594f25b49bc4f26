using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

/// <summary>File systems that tell of free space what can't be, and the borders of what may be left out.</summary>
public sealed class FreeSpaceSurveyTests
{
    private const int Size = 1 << 20;
    private static readonly MemorySource Disk = new(new byte[Size]);

    [Theory]
    [InlineData(512, 4096, 8192, 4096, true)]
    [InlineData(512, 4096, Size - 512, 512, true)]
    [InlineData(0, 4096, 8192, 4096, false)]
    [InlineData(4096, 8192, 8192, 4096, false)]
    [InlineData(8192, 4096, 4096, 512, false)]
    [InlineData(4096, 0, 8192, 4096, false)]
    [InlineData(4096, 4096, Size - 512, 1024, false)]
    [InlineData(4096, 4096, long.MaxValue - 512, 1024, false)]
    public void Free_ranges_count_only_where_all_of_a_volumes_are_in_order_within_it_and_behind_its_first_byte(long first, long firstLength, long second, long secondLength, bool counts)
    {
        DiskVolume volume = new(null, Disk, FileSystemKind.Ext4, new Files(false, [new(first, firstLength), new(second, secondLength)]), null);

        FreeSpaceFilter filter = FreeSpaceSurvey.Run(Disk, PartitionTable.Read(Disk), [volume]);

        FreeSpaceVolume found = Assert.Single(filter.Volumes);
        Assert.Equal((counts, counts ? firstLength + secondLength : 0), (found.IsSkipped, found.FreeBytes));
        Assert.Equal(found.FreeBytes, filter.BytesSkipped);
        Assert.True(counts || found.WholeBecause!.StartsWith("it is damaged", StringComparison.Ordinal), found.WholeBecause);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "it needs repair")]
    [InlineData(null, "it does not say whether it needs repair")]
    public void A_volume_that_does_not_say_that_it_is_in_order_is_left_whole(bool? isDirty, string? reason)
    {
        DiskVolume volume = new(null, Disk, FileSystemKind.Fat32, new Files(isDirty, [new(4096, 4096)]), null);

        Assert.Equal(reason, Assert.Single(FreeSpaceSurvey.Run(Disk, PartitionTable.Read(Disk), [volume]).Volumes).WholeBecause);
    }

    [Theory]
    [InlineData(Size / 2, Size / 4, null)]
    [InlineData(0, Size / 4, null)]
    [InlineData((Size / 2) - 512, Size / 4, "it overlaps the partition table")]
    [InlineData(0, (Size / 4) + 512, "it overlaps the partition table")]
    public void A_partition_may_touch_the_partition_table_but_not_reach_into_it(long placeOffset, long placeLength, string? reason)
    {
        Partition partition = new() { Number = 1, Offset = Size / 4, Length = Size / 4, TypeId = PartitionTypes.BasicData };
        PartitionTable table = new(PartitionStyle.Gpt, 512, [partition], null, []) { Places = [new DiskExtent(placeOffset, placeLength)] };
        DiskVolume volume = new(partition, new MemorySource(new byte[Size / 4]), FileSystemKind.Fat32, new Files(false, [new(4096, 4096)]), null);

        FreeSpaceFilter filter = FreeSpaceSurvey.Run(Disk, table, [volume]);

        Assert.Equal(reason, Assert.Single(filter.Volumes).WholeBecause);
        Assert.Equal(reason is null ? 4096 : 0, filter.BytesSkipped);
    }

    [Theory]
    [InlineData(Size / 8)]
    [InlineData(Size / 2)]
    public void A_volume_that_is_not_as_long_as_its_partition_is_left_whole(int length)
    {
        Partition partition = new() { Number = 1, Offset = Size / 4, Length = Size / 4, TypeId = PartitionTypes.BasicData };
        PartitionTable table = new(PartitionStyle.Gpt, 512, [partition], null, []);
        DiskVolume volume = new(partition, new MemorySource(new byte[length]), FileSystemKind.Fat32, new Files(false, [new(4096, 4096)]), null);

        Assert.Equal("its place on the disk is not one range", Assert.Single(FreeSpaceSurvey.Run(Disk, table, [volume]).Volumes).WholeBecause);
    }

    [Fact]
    public void Of_a_free_range_only_what_the_image_keeps_is_counted()
    {
        FreeRanges free = new();
        free.Add(new DiskExtent(Size / 4, Size / 2));
        IslandDisk disk = new(Size, [new DiskExtent(0, Size / 2), new DiskExtent(Size * 5L / 8, Size / 4)]);

        FreeSpaceFilter filter = new(disk, [], free);

        Assert.Equal((Size / 4) + (Size / 8), filter.BytesSkipped);
        Assert.Equal([new DiskExtent(0, Size / 4), new DiskExtent(Size * 3L / 4, Size / 8)], filter.GetExtents(0, Size));
    }

    /// <summary>A file system of which nothing is known but its free space.</summary>
    private sealed class Files(bool? isDirty, IReadOnlyList<DiskExtent> free) : IFileSystem
    {
        public FileSystemKind Kind => FileSystemKind.Ext4;

        public string Label => string.Empty;

        public long Capacity => Size;

        public long? FreeBytes => null;

        public bool? IsDirty => isDirty;

        public FileSystemEntry? GetEntry(string path) => null;

        public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

        public Stream OpenFile(string path) => throw new FileNotFoundException(path);

        public IEnumerable<DiskExtent> GetFreeExtents() => free;
    }

    /// <summary>A disk of zeros that keeps only some of its ranges.</summary>
    private sealed class IslandDisk(long length, IReadOnlyList<DiskExtent> kept) : IByteSource
    {
        public string Name => "islands";

        public long Length => length;

        public int LogicalSectorSize => 512;

        public ReadBudget Budget { get; } = new("islands");

        public void Read(long offset, Span<byte> destination) => destination.Clear();

        public IEnumerable<DiskExtent> GetExtents(long offset, long count) => kept.Where(extent => extent.Offset < offset + count && extent.End > offset);

        public void Prefetch(IEnumerable<DiskExtent> ranges)
        {
            // There is nothing to wait for.
        }
    }
}
