using System.Text;
using AzImageTools.Services.Upload.Transfer;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class Crc64NvmeTests
{
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 5000];

    [Fact]
    public void The_check_value_of_the_catalogue_comes_out()
        => Assert.Equal(0xAE8B14860A799888UL, Crc64Nvme.Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Any_bytes_have_the_sum_that_the_definition_gives()
        => Bytes.Sample(bytes => Crc64Nvme.Compute(bytes) == BitByBit(bytes));

    [Fact]
    public void Tables_alone_give_the_same_sum()
        => Bytes.Sample(bytes => Crc64Nvme.AppendByTables(Crc64Nvme.Empty, bytes) == BitByBit(bytes));

    [Fact]
    public void Bytes_may_be_appended()
        => Gen.Select(Bytes, Bytes).Sample((a, b) => Crc64Nvme.Append(Crc64Nvme.Compute(a), b) == BitByBit([.. a, .. b]));

    [Fact]
    public void Sums_may_be_combined()
        => Gen.Select(Bytes, Bytes).Sample((a, b) => (Crc64Nvme.Shift(Crc64Nvme.Compute(a), b.Length) ^ Crc64Nvme.Compute(b)) == BitByBit([.. a, .. b]));

    [Fact]
    public void Zeros_may_be_appended_by_their_number()
        => Gen.Select(Bytes, Gen.Int[0, 3000]).Sample((a, count) => ~Crc64Nvme.Shift(~Crc64Nvme.Compute(a), count) == BitByBit([.. a, .. new byte[count]]));

    [Fact]
    public void A_disk_is_summed_from_parts_in_any_order_with_zeros_between()
        => Gen.Select(Gen.Byte[1, 255].Array[1, 300], Gen.Int[0, 400], Gen.Byte[1, 255].Array[1, 300], Gen.Int[0, 400]).Sample((a, gap, b, tail) =>
        {
            byte[] disk = [.. a, .. new byte[gap], .. b, .. new byte[tail]];
            DiskChecksum sum = new(disk.Length);
            sum.Add(a.Length + gap, b.Length, Crc64Nvme.Compute(b));
            sum.Add(0, a.Length, Crc64Nvme.Compute(a));
            return sum.Value == BitByBit(disk);
        });

    [Fact]
    public void An_empty_disk_of_eight_tebibytes_is_summed_without_reading_it()
        => Assert.Equal(~Crc64Nvme.Shift(~Crc64Nvme.Empty, 8L << 40), new DiskChecksum(8L << 40).Value);

    private static ulong BitByBit(byte[] bytes)
    {
        ulong register = ulong.MaxValue;
        foreach (byte value in bytes)
        {
            register ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register & 1) != 0 ? (register >> 1) ^ 0x9A6C9329AC4BC9B5 : register >> 1;
            }
        }

        return ~register;
    }
}
