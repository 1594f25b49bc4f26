using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Tests.Volumes;
using CsCheck;

namespace AzImageTools.Disks.Tests.Overlay;

public class DiskOverlayTests
{
    private const int Capacity = (64 * 1024) + 512;

    private static readonly byte[] Content = [.. Enumerable.Range(0, Capacity).Select(static i => (byte)(i * 7))];

    [Theory]
    [InlineData(1000)]
    [InlineData(2)]
    public void What_is_written_is_read_and_the_disk_stays_as_it_is(int blocksInMemory)
        => Gen.Select(Gen.Int[0, Capacity - 1], Gen.Byte.Array[1, 9000]).Array[0, 12].Sample(
            writes =>
            {
                byte[] disk = [.. Content];
                byte[] expected = [.. Content];
                using DiskOverlay overlay = new(new MemoryByteSource(disk), blocksInMemory);
                foreach ((int offset, byte[] bytes) in writes)
                {
                    byte[] fitting = [.. bytes.Take(Capacity - offset)];
                    fitting.CopyTo(expected, offset);
                    overlay.Write(offset, fitting);
                }

                byte[] actual = new byte[Capacity];
                overlay.Read(0, actual);
                Assert.Equal(expected, actual);
                foreach (int start in (int[])[1, 4095, 4096, 30_001])
                {
                    byte[] part = new byte[5000];
                    overlay.Read(start, part);
                    Assert.Equal(expected.AsSpan(start, part.Length).ToArray(), part);
                }

                byte[] rebuilt = [.. Content];
                foreach (OverlayChange change in overlay.EnumerateChanges())
                {
                    Assert.Equal(rebuilt.AsSpan((int)change.Offset, change.Before.Length), change.Before.Span);
                    change.After.Span.CopyTo(rebuilt.AsSpan((int)change.Offset));
                }

                Assert.Equal(expected, rebuilt);
                Assert.Equal(Content, disk);
            },
            seed: "0000KN0sn2u3",
            iter: 300,
            threads: 1);

    [Fact]
    public void Changes_within_holes_are_among_the_ranges_with_data()
    {
        using DiskOverlay overlay = new(new HoleySource(1 << 20, new DiskExtent(0, 8192), new DiskExtent(65536, 4096)));
        overlay.Write(4095, [1]);
        overlay.Write(8192, [1]);
        overlay.Write(65535, [1, 2]);
        overlay.Write((1 << 20) - 1, [1]);
        Assert.Equal([new DiskExtent(0, 12288), new DiskExtent(61440, 8192), new DiskExtent((1 << 20) - 4096, 4096)], overlay.GetExtents(0, 1 << 20));
        Assert.Equal([new DiskExtent(5000, 7288)], overlay.GetExtents(5000, 20_000));
        Assert.Empty(overlay.GetExtents(100_000, 1000));
    }

    [Fact]
    public void Nothing_is_written_beyond_the_disk()
    {
        using DiskOverlay overlay = new(new MemoryByteSource([.. Content]));
        Assert.Throws<ArgumentOutOfRangeException>(() => overlay.Write(Capacity - 1, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => overlay.Write(-1, [1]));
        Assert.Empty(overlay.EnumerateChanges());
    }

    [Fact]
    public async Task Many_threads_read_while_one_writes()
    {
        using DiskOverlay overlay = new(new MemoryByteSource(new byte[Capacity]), blocksInMemory: 1);
        using CancellationTokenSource done = new();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            byte[] read = new byte[8192];
            while (!done.IsCancellationRequested)
            {
                overlay.Read(4096, read);
                Assert.All(read, static value => Assert.True(value is 0 or 0xAA));
            }
        }, TestContext.Current.CancellationToken))];
        for (int i = 0; i < 200; i++)
        {
            overlay.Write(4096 + (i * 37), [0xAA, 0xAA, 0xAA]);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    private sealed class HoleySource(long length, params DiskExtent[] data) : IByteSource
    {
        public string Name => "disk";

        public long Length => length;

        public int LogicalSectorSize => 512;

        public ReadBudget Budget { get; } = new("disk");

        public void Read(long offset, Span<byte> destination) => destination.Clear();

        public IEnumerable<DiskExtent> GetExtents(long offset, long length)
            => data.Select(extent => new DiskExtent(Math.Max(extent.Offset, offset), Math.Min(extent.End, offset + length) - Math.Max(extent.Offset, offset))).Where(static extent => extent.Length > 0);

        public void Prefetch(IEnumerable<DiskExtent> ranges)
        {
            // Nothing is stored.
        }
    }
}
