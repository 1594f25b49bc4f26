using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class ChunkPlannerTests
{
    private const int DiskLength = 24 << 20;

    /// <summary>Ascending extents with gaps, of any alignment.</summary>
    private static readonly Gen<List<DiskExtent>> Extents = Gen.Select(Gen.Int[1, 900_000], Gen.Int[1, 6_000_000]).List[0, 30].Select(steps =>
    {
        List<DiskExtent> extents = [];
        long position = 0;
        foreach ((int gap, int length) in steps)
        {
            long start = position + gap;
            if (start + length > DiskLength)
            {
                break;
            }

            extents.Add(new DiskExtent(start, length));
            position = start + length;
        }

        return extents;
    });

    [Fact]
    public void Chunks_are_ascending_of_whole_pages_small_and_cover_all_that_the_disk_may_hold()
        => Extents.Sample(extents =>
        {
            List<Chunk> chunks = [.. ChunkPlanner.Plan(new MemoryDisk([], extents), DiskLength)];

            long position = 0;
            foreach (Chunk chunk in chunks)
            {
                Assert.True(chunk.Offset >= position);
                Assert.InRange(chunk.Length, 512, ChunkPlanner.ChunkSize);
                Assert.True(chunk.Offset % 512 == 0 && chunk.Length % 512 == 0);
                long inside = chunk.Offset;
                foreach (DiskExtent part in chunk.Extents)
                {
                    Assert.True(part.Offset >= inside && part.End <= chunk.End && part.Length > 0);
                    Assert.True(part.Offset % 512 == 0 && part.Length % 512 == 0);
                    inside = part.End;
                }

                position = chunk.End;
            }

            List<DiskExtent> parts = [.. chunks.SelectMany(chunk => chunk.Extents)];
            foreach (DiskExtent extent in extents)
            {
                long covered = parts.Sum(part => Math.Max(0, Math.Min(part.End, extent.End) - Math.Max(part.Offset, extent.Offset)));
                Assert.Equal(extent.Length, covered);
            }

            // Nothing is read for no reason: at most a sector's rest at either end of each extent.
            Assert.True(parts.Sum(part => part.Length) <= extents.Sum(extent => extent.Length) + (extents.Count * 1022L));
        });

    [Fact]
    public void A_disk_that_holds_nothing_has_no_chunks()
        => Assert.Empty(ChunkPlanner.Plan(new MemoryDisk([], []), DiskLength));

    [Fact]
    public void A_chunk_begins_where_data_does_so_that_less_of_it_is_cut()
        => Assert.Equal(
            [((3L << 20) + 512, 4 << 20), ((7L << 20) + 512, 512), (20L << 20, 4096)],
            ChunkPlanner.Plan(new MemoryDisk([], [new DiskExtent((3L << 20) + 600, 4 << 20), new DiskExtent(20L << 20, 4096)]), DiskLength)
                .Select(chunk => (chunk.Offset, chunk.Length)));

    [Fact]
    public void A_page_that_two_extents_share_is_read_once()
    {
        Chunk chunk = Assert.Single(ChunkPlanner.Plan(new MemoryDisk([], [new DiskExtent(0, 600), new DiskExtent(700, 400), new DiskExtent(1200, 100)]), DiskLength));

        Assert.Equal((0L, 1536), (chunk.Offset, chunk.Length));
        Assert.Equal([new DiskExtent(0, 1024), new DiskExtent(1024, 512)], chunk.Extents);
    }

    [Fact]
    public void A_disk_of_one_extent_is_cut_at_every_four_mebibytes()
        => Assert.Equal(
            [(0L, 4 << 20), (4L << 20, 4 << 20), (8L << 20, 1 << 20)],
            ChunkPlanner.Plan(new MemoryDisk([], [new DiskExtent(0, 9 << 20)]), 9 << 20).Select(chunk => (chunk.Offset, chunk.Length)));
}
