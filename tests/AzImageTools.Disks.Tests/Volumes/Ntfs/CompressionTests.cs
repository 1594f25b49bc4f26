using System.Text;
using AzImageTools.Disks.Volumes.Ntfs.Compression;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>The decoders alone: the examples of [MS-XCA] 3, encoders that follow its text, and noise.</summary>
public class CompressionTests
{
    private const int XpressTableSize = 256;

    // Text, runs and noise of lengths around those where formats change.
    private static readonly Gen<byte[]> Content = Gen.Select(Gen.Int[1, 20], Gen.Int[1, 16384], Gen.Int[0, 1 << 30]).Select(static (alphabet, length, seed) =>
    {
        Random random = new(seed);
        byte[] content = new byte[length];
        int position = 0;
        while (position < length)
        {
            int run = Math.Min(length - position, random.Next(10) == 0 ? random.Next(1, 5000) : random.Next(1, 40));
            if (position > 0 && random.Next(2) == 0)
            {
                int from = random.Next(position);
                for (int i = 0; i < run; i++)
                {
                    content[position + i] = content[from + i];
                }
            }
            else
            {
                for (int i = 0; i < run; i++)
                {
                    content[position + i] = (byte)random.Next(1 << Math.Min(8, alphabet));
                }
            }

            position += run;
        }

        return content;
    });

    [Fact]
    public void The_specifications_example_of_LZNT1_is_decoded()
    {
        byte[] packed = Convert.FromHexString(
            "38b088462320002047204100"
            + "10a24701a045204400084501"
            + "507900c04520052413880"
            + "5b4024a44ef0358028c0916"
            + "01484500be009e0004011890"
            + "00");
        const string Text = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0";
        byte[] content = new byte[Lznt1.ChunkSize];
        content.AsSpan().Fill(0xEE);
        Assert.True(Lznt1.TryDecompress(packed, content));
        Assert.Equal(Text, Encoding.ASCII.GetString(content, 0, Text.Length));
        Assert.Equal(-1, content.AsSpan(Text.Length).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void The_specifications_example_of_literals_is_decoded()
    {
        byte[] packed = new byte[XpressTableSize + 20];
        Convert.FromHexString("5055555555555555555555454404").CopyTo(packed, 48);
        packed[128] = 0x04;
        Convert.FromHexString("d8523ed794115be9195ff9d67cdf8d0400000000").CopyTo(packed, XpressTableSize);
        AssertXpress("abcdefghijklmnopqrstuvwxyz", packed);
    }

    [Fact]
    public void The_specifications_example_of_a_long_match_is_decoded()
    {
        byte[] packed = new byte[XpressTableSize + 7];
        Convert.FromHexString("3023").CopyTo(packed, 48);
        packed[128] = 0x02;
        packed[143] = 0x20;
        Convert.FromHexString("a8dc0000ff2601").CopyTo(packed, XpressTableSize);
        AssertXpress(string.Concat(Enumerable.Repeat("abc", 100)), packed);
    }

    [Fact]
    public void Uncompressed_blocks_of_LZX_are_copied()
    {
        // The example of [MS-PATCH] 3 as WIM archives have it: no bit for the translation of calls, a size of 16 bits. Type
        // 3 and size 3, padding, three distances, the bytes, one byte to the word's end; the same once more.
        string block = "00600030" + "010000000100000001000000" + "61626300";
        byte[] content = new byte[6];
        Assert.True(new LzxDecoder().TryDecompress(Convert.FromHexString(block + block), content));
        Assert.Equal("abcabc"u8, content);
        Assert.False(new LzxDecoder().TryDecompress(Convert.FromHexString(block), content));
        Assert.False(new LzxDecoder().TryDecompress(Convert.FromHexString(block), content.AsSpan(0, 2)));
    }

    [Fact]
    public void What_is_encoded_in_LZNT1_is_decoded_again()
        => Content.Sample(
            content =>
            {
                byte[] decoded = new byte[(content.Length + Lznt1.ChunkSize - 1) / Lznt1.ChunkSize * Lznt1.ChunkSize];
                return Lznt1.TryDecompress(Lznt1Encoder.Encode(content), decoded) && decoded.AsSpan(0, content.Length).SequenceEqual(content);
            },
            seed: "0000dvMmt0p2",
            iter: 300,
            threads: 1);

    [Fact]
    public void What_is_encoded_in_XPRESS_is_decoded_again()
        => Content.Sample(
            content =>
            {
                byte[] decoded = new byte[content.Length];
                return new XpressHuffmanDecoder().TryDecompress(XpressHuffmanEncoder.Encode(content), decoded) && decoded.AsSpan().SequenceEqual(content);
            },
            seed: "0000dvMmt0p2",
            iter: 300,
            threads: 1);

    [Fact]
    public void A_block_of_XPRESS_that_is_cut_short_is_refused()
        => Gen.Select(Content, Gen.Int[5, 64]).Sample(
            (content, cut) =>
            {
                byte[] packed = XpressHuffmanEncoder.Encode(content);
                int kept = Math.Max(0, packed.Length - cut);
                byte[] decoded = new byte[content.Length];
                return !new XpressHuffmanDecoder().TryDecompress(packed.AsSpan(0, kept), decoded);
            },
            seed: "0000dvMmt0p2",
            iter: 200,
            threads: 1);

    [Fact]
    public void Damaged_input_neither_throws_nor_reaches_beyond_the_destination()
    {
        XpressHuffmanDecoder xpress = new();
        Gen.Select(Content, Gen.Select(Gen.Int[0, 1 << 30], Gen.Byte).Array[1, 20], Gen.Int[0, 70_000]).Sample(
            (content, changes, length) =>
            {
                byte[] guarded = new byte[length + 32];
                guarded.AsSpan().Fill(0xA5);
                foreach (byte[] packed in new[] { Lznt1Encoder.Encode(content), XpressHuffmanEncoder.Encode(content), content })
                {
                    foreach ((int place, byte value) in changes)
                    {
                        packed[place % packed.Length] = value;
                    }

                    _ = Lznt1.TryDecompress(packed, guarded.AsSpan(16, length));
                    _ = xpress.TryDecompress(packed, guarded.AsSpan(16, length));
                }

                return guarded.AsSpan(0, 16).IndexOfAnyExcept((byte)0xA5) < 0 && guarded.AsSpan(16 + length).IndexOfAnyExcept((byte)0xA5) < 0;
            },
            seed: "0000dvMmt0p2",
            iter: 500,
            threads: 1);
    }

    private static void AssertXpress(string expected, byte[] packed)
    {
        byte[] content = new byte[expected.Length];
        Assert.True(new XpressHuffmanDecoder().TryDecompress(packed, content));
        Assert.Equal(expected, Encoding.ASCII.GetString(content));
    }
}
