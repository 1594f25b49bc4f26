using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class DataRangesTests
{
    private static readonly Gen<byte[]> Buffers = Gen.Select(Gen.Int[1, 400], Gen.Select(Gen.Int[0, 399], Gen.Int[1, 40]).List[0, 8], (blocks, islands) =>
    {
        byte[] buffer = new byte[blocks * 4096];
        foreach ((int start, int length) in islands)
        {
            for (int block = start; block < Math.Min(start + length, blocks); block++)
            {
                buffer[(block * 4096) + (block % 4096)] = 1;
            }
        }

        return buffer;
    });

    [Fact]
    public void What_lies_outside_the_runs_is_zero_and_long_gaps_are_left_out()
        => Buffers.Sample(buffer =>
        {
            List<DiskExtent> runs = Find(buffer);

            int position = 0;
            foreach (DiskExtent run in runs)
            {
                Assert.False(buffer.AsSpan(position, (int)run.Offset - position).ContainsAnyExcept((byte)0));
                Assert.True(position == 0 || run.Offset - position >= DataRanges.ShortestGap);
                Span<byte> bytes = buffer.AsSpan((int)run.Offset, (int)run.Length);
                Assert.True(bytes[..4096].ContainsAnyExcept((byte)0) && bytes[^4096..].ContainsAnyExcept((byte)0));
                Assert.True(bytes.IndexOf(new byte[DataRanges.ShortestGap + 8192]) < 0);
                position = (int)run.End;
            }

            Assert.False(buffer.AsSpan(position).ContainsAnyExcept((byte)0));
        });

    [Fact]
    public void A_buffer_of_zeros_has_no_runs() => Assert.Empty(Find(new byte[1 << 20]));

    [Fact]
    public void A_short_last_block_counts()
    {
        byte[] buffer = new byte[(1 << 20) + 512];
        buffer[^1] = 1;

        Assert.Equal([new DiskExtent(1 << 20, 512)], Find(buffer));
    }

    [Theory]
    [InlineData(DataRanges.ShortestGap - 512, 1)]
    [InlineData(DataRanges.ShortestGap, 2)]
    public void What_was_not_looked_at_counts_as_zeros(int gap, int runs)
    {
        byte[] buffer = new byte[1 << 20];
        buffer.AsSpan().Fill(1);
        DataRanges found = new();
        found.Look(buffer, 512, 4096);
        found.Look(buffer, 512 + 4096 + gap, 1024);

        List<DiskExtent> all = found.End();
        Assert.Equal(runs, all.Count);
        Assert.Equal((512L, 512L + 4096 + gap + 1024), (all[0].Offset, all[^1].End));
    }

    private static List<DiskExtent> Find(byte[] buffer)
    {
        DataRanges runs = new();
        runs.Look(buffer, 0, buffer.Length);
        return runs.End();
    }
}
