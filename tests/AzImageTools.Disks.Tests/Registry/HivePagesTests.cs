using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry;

public sealed class HivePagesTests
{
    [Fact]
    public void Nothing_is_told_to_be_wanted_that_lies_behind_the_file_s_end()
    {
        const int length = 40_000;
        using HintedStream content = new(length);
        using HivePages pages = new(content, "hive", overlay: null);

        pages.Prefetch([new DiskExtent(100, 16), new DiskExtent(length - 4, 16), new DiskExtent(1 << 20, 16), new DiskExtent(long.MaxValue - 16, 16)]);

        Assert.Equal([new DiskExtent(0, 16 * 1024), new DiskExtent(32 * 1024, length - (32 * 1024))], content.Hints);
    }

    private sealed class HintedStream(long length) : ReadOnlyStream(length)
    {
        public List<DiskExtent> Hints { get; } = [];

        public override ReadBudget Budget { get; } = new("hive");

        public override void Prefetch(IEnumerable<DiskExtent> ranges) => Hints.AddRange(ranges);

        protected override void ReadAt(long position, Span<byte> destination) => destination.Clear();
    }
}
