using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Tests.Containers;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

public sealed class FreeSpaceFilterTests
{
    private const int Size = 3 << 20;

    [Fact]
    public void Free_ranges_read_as_zeros_wherever_a_read_begins_and_ends()
    {
        Random random = new(11);
        byte[] content = new byte[Size];
        random.NextBytes(content);
        byte[] expected = [.. content];
        FreeRanges free = new();
        for (int offset = 512; offset < Size - 400_000; offset += 512 * random.Next(1, 300))
        {
            int length = 512 * random.Next(1, 200);
            free.Add(new DiskExtent(offset, length));
            expected.AsSpan(offset, length).Clear();
            offset += length;
        }

        FreeSpaceFilter filter = new(new MemorySource(content), [], free);
        for (int i = 0; i < 400; i++)
        {
            int offset = random.Next(Size);
            byte[] part = new byte[random.Next(Math.Min(200_000, Size - offset))];
            filter.Read(offset, part);
            Assert.True(expected.AsSpan(offset, part.Length).SequenceEqual(part));
        }

        DiskContent.AssertExtentsHoldAllData(filter, 0, Size);
        DiskContent.AssertExtentsHoldAllData(filter, 12_345, 1_000_000);
        Assert.Equal(free.All.Sum(static range => range.Length), filter.BytesSkipped);
        Assert.True(filter.GetExtents(0, Size).Sum(static extent => extent.Length) < Size);
    }

    [Fact]
    public void Small_free_ranges_do_not_cut_the_data_into_small_pieces()
    {
        FreeRanges free = new();
        for (int offset = 4096; offset < Size; offset += 8192)
        {
            free.Add(new DiskExtent(offset, 4096));
        }

        FreeSpaceFilter filter = new(new MemorySource(new byte[Size]), [], free);
        Assert.Equal([new DiskExtent(0, Size)], filter.GetExtents(0, Size));
        Assert.Equal(Size / 2, filter.BytesSkipped);
    }

    [Fact]
    public void Of_more_ranges_than_are_kept_the_smallest_are_given_up()
    {
        FreeRanges free = new(maximumCount: 10);
        for (int i = 0; i < 100; i++)
        {
            free.Add(new DiskExtent(i * 1_000_000L, i % 10 == 9 ? 65536 : 512));
        }

        Assert.Equal(10, free.All.Count);
        Assert.All(free.All, static range => Assert.Equal(65536, range.Length));
    }
}
