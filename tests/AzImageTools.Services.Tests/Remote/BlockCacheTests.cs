using AzImageTools.Disks;
using AzImageTools.Services.Remote;

namespace AzImageTools.Services.Tests.Remote;

public sealed class BlockCacheTests
{
    private const int Block = BlockCache.BlockSize;
    private static readonly long Length = (1L << 30) + 100;

    private readonly List<IReadOnlyList<DiskExtent>> _fetched = [];
    private readonly Dictionary<long, TaskCompletionSource> _held = [];
    private readonly List<WeakReference> _made = [];
    private Func<DiskExtent, bool> _hasData = _ => true;
    private bool _holds;

    [Fact]
    public void What_was_read_is_not_fetched_again()
    {
        BlockCache cache = Create();
        AssertReads(cache, 10, 100);
        AssertReads(cache, 50, 500);

        Assert.Equal([[new DiskExtent(0, Block)]], _fetched);
    }

    [Fact]
    public void What_goes_on_is_fetched_ahead_the_more_the_longer_it_goes_on()
    {
        BlockCache cache = Create();
        for (int block = 0; block < 256; block++)
        {
            AssertReads(cache, (long)block * Block, Block);
        }

        Assert.InRange(_fetched.Count, 2, 32);
        Assert.Single(_fetched[0]);
        Assert.Equal(BlockCache.LargestRun / Block / 2, _fetched.Max(run => run.Count));
        Assert.Equal(_fetched.Sum(run => run.Count), _fetched.SelectMany(run => run).Distinct().Count());
    }

    [Fact]
    public void What_lies_apart_is_fetched_alone()
    {
        BlockCache cache = Create();
        for (int block = 0; block < 100; block++)
        {
            AssertReads(cache, block * 7L * Block, 10);
        }

        Assert.Equal(100, _fetched.Sum(run => run.Count));
    }

    [Fact]
    public void What_holds_nothing_is_zero_and_not_fetched()
    {
        _hasData = _ => false;
        byte[] bytes = new byte[3 * Block];
        bytes.AsSpan().Fill(1);
        Create().Read(100, bytes);

        Assert.DoesNotContain(bytes, one => one != 0);
        Assert.Empty(_fetched);
    }

    [Fact]
    public void The_last_block_ends_where_the_bytes_end()
    {
        AssertReads(Create(), Length - 60, 60);
        Assert.Equal([[new DiskExtent(Length - 100, 100)]], _fetched);
    }

    [Fact]
    public void No_more_is_kept_than_fits()
    {
        BlockCache cache = Create();
        for (int block = 0; block < 4 * BlockCache.MostBlocks; block++)
        {
            AssertReads(cache, block * 3L * Block, 1);
        }

        GC.Collect();
        Assert.InRange(_made.Count(block => block.IsAlive), 1, BlockCache.MostBlocks + 1);

        // The one read last is there, the one read first is not.
        int before = _fetched.Count;
        AssertReads(cache, (4 * BlockCache.MostBlocks - 1) * 3L * Block, 1);
        Assert.Equal(before, _fetched.Count);
        AssertReads(cache, 0, 1);
        Assert.Equal(before + 1, _fetched.Count);
    }

    [Fact]
    public void Hints_are_fetched_without_waiting_and_never_more_than_half_of_what_fits()
    {
        _holds = true;
        BlockCache cache = Create();
        cache.Prefetch([new DiskExtent(0, 2 * Block), new DiskExtent(10 * Block, 1), new DiskExtent(-5, 3), new DiskExtent(Length, 1)]);
        Assert.Equal([new DiskExtent(0, Block), new DiskExtent(Block, Block), new DiskExtent(10 * Block, Block)], Assert.Single(_fetched));

        cache.Prefetch([new DiskExtent(0, Length)]);
        cache.Prefetch([new DiskExtent(Length / 2, Length / 2)]);
        Assert.InRange(_fetched.Sum(run => run.Count), BlockCache.MostBlocks / 4, (BlockCache.MostBlocks / 2) + 3);
        Assert.Equal(0, cache.Waits);
    }

    [Fact]
    public async Task Readers_of_a_block_on_its_way_wait_for_it_together()
    {
        _holds = true;
        BlockCache cache = Create();
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => AssertReads(cache, 5, 5), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        while (cache.Waits < 4)
        {
            await Task.Delay(5);
        }

        _held[0].SetResult();
        await Task.WhenAll(readers);
        Assert.Single(_fetched);
    }

    private static byte Expected(long position) => (byte)(1 + (position / 3 % 255));

    private static void AssertReads(BlockCache cache, long offset, int count)
    {
        byte[] bytes = new byte[count];
        cache.Read(offset, bytes);
        for (int index = 0; index < count; index++)
        {
            Assert.True(Expected(offset + index) == bytes[index]);
        }
    }

    private BlockCache Create() => new(Length, range => _hasData(range), Fetch, CancellationToken.None);

    private void Fetch(IReadOnlyList<CachedBlock> blocks)
    {
        _fetched.Add([.. blocks.Select(block => block.Extent)]);
        foreach (CachedBlock block in blocks)
        {
            _made.Add(new WeakReference(block));
            byte[] content = new byte[block.Extent.Length];
            for (int index = 0; index < content.Length; index++)
            {
                content[index] = Expected(block.Extent.Offset + index);
            }

            // As answers come: in pieces.
            block.Fill(block.Extent.Offset, content.AsSpan(0, content.Length / 2));
            block.Fill(block.Extent.Offset + (content.Length / 2), content.AsSpan(content.Length / 2));
            block.Loading = _holds ? (_held[block.Extent.Offset / Block] = new TaskCompletionSource()).Task : Task.CompletedTask;
        }
    }
}
