using System.Text;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class Crc64Tests
{
    [Fact]
    public void The_check_value_of_the_algorithm_comes_out()
    {
        // "Check" of CRC-64/NVME in the catalogue of parametrised CRC algorithms.
        Assert.Equal(0xAE8B14860A799888, Crc64.Compute(Encoding.ASCII.GetBytes("123456789")));
    }

    [Fact]
    public void Every_length_agrees_with_bit_by_bit_division()
    {
        var data = new byte[100];
        new Random(5).NextBytes(data);
        for (var length = 0; length <= data.Length; length++)
        {
            Assert.Equal(Slow(data.AsSpan(0, length)), Crc64.Compute(data.AsSpan(0, length)));
        }
    }

    [Fact]
    public void The_header_holds_the_least_significant_byte_first()
    {
        Assert.Equal(Convert.ToBase64String([8, 7, 6, 5, 4, 3, 2, 1]), Crc64.Format(0x0102030405060708));
    }

    private static ulong Slow(ReadOnlySpan<byte> data)
    {
        var crc = ulong.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x9A6C9329AC4BC9B5;
            }
        }

        return ~crc;
    }
}
