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
    public void Nothing_is_zero() => Assert.True(ZeroScanner.IsZero([]));
}
