using AzImageTools.Disks.Conversion;
using CsCheck;

namespace AzImageTools.Disks.Tests.Conversion;

public sealed class ZeroScannerTests
{
    private const string Seed = "0000KNZ7Bqf5";

    [Fact]
    public void One_byte_anywhere_is_data()
        => Gen.Int[1, 5000].SelectMany(length => Gen.Int[0, length - 1].Select(place => (length, place))).Sample(
            sample =>
            {
                byte[] bytes = new byte[sample.length];
                Assert.True(ZeroScanner.IsZero(bytes));
                bytes[sample.place] = 0x80;
                Assert.False(ZeroScanner.IsZero(bytes));
                Assert.True(ZeroScanner.IsZero(bytes.AsSpan(0, sample.place)));
                Assert.True(ZeroScanner.IsZero(bytes.AsSpan(sample.place + 1)));
            },
            seed: Seed,
            iter: 500);

    [Fact]
    public void Runs_cover_all_data_in_whole_grains_and_nothing_else()
        => Gen.Select(Gen.Bool.Array[1, 12], Gen.Int[1, ZeroScanner.Grain]).Sample(
            (isData, lastLength) =>
            {
                byte[] bytes = new byte[((isData.Length - 1) * ZeroScanner.Grain) + lastLength];
                for (int i = 0; i < isData.Length; i++)
                {
                    // One byte somewhere in the grain; the last grain may be as short as one byte.
                    int place = (i * ZeroScanner.Grain) + (i == isData.Length - 1 ? lastLength - 1 : i * 5003);
                    bytes[place] = isData[i] ? (byte)1 : (byte)0;
                }

                bool[] found = new bool[isData.Length];
                int from = 0;
                int previousEnd = -1;
                while (ZeroScanner.TryFindData(bytes, from, out int start, out int length))
                {
                    Assert.True(start > previousEnd, "adjacent runs are one");
                    Assert.True(start + length == bytes.Length || length % ZeroScanner.Grain == 0);
                    for (int grain = start / ZeroScanner.Grain; grain * ZeroScanner.Grain < start + length; grain++)
                    {
                        found[grain] = true;
                    }

                    previousEnd = start + length;
                    from = (previousEnd + ZeroScanner.Grain - 1) / ZeroScanner.Grain * ZeroScanner.Grain;
                }

                Assert.Equal(isData, found);
            },
            seed: Seed,
            iter: 200,
            threads: 1);

    [Fact]
    public void Nothing_is_found_in_nothing()
    {
        Assert.False(ZeroScanner.TryFindData([], 0, out _, out int length));
        Assert.Equal(0, length);
        Assert.Throws<ArgumentOutOfRangeException>(() => ZeroScanner.TryFindData([1, 2, 3], 1, out _, out _));
    }
}
