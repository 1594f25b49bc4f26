using System.Buffers.Binary;
using System.Numerics;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Encodes a block of LZ77+Huffman as [MS-XCA] 2.1 describes it.</summary>
internal static class XpressHuffmanEncoder
{
    private const int SymbolCount = 512;
    private const int MaximumCodeLength = 15;

    public static byte[] Encode(byte[] content)
    {
        List<LzToken> tokens = LzToken.Find(content, maximumDistance: ushort.MaxValue, maximumLength: ushort.MaxValue);
        long[] counts = new long[SymbolCount];
        foreach (LzToken token in tokens)
        {
            counts[Symbol(token)]++;
        }

        // The end-of-file symbol of the specification's examples; a code needs two symbols in any case.
        counts[256]++;
        counts[0]++;
        byte[] lengths = HuffmanLengths.Make(counts, MaximumCodeLength);
        int[] codes = HuffmanLengths.Codes(lengths, MaximumCodeLength);
        BitWriter writer = new();
        foreach (LzToken token in tokens)
        {
            int symbol = Symbol(token);
            writer.WriteBits(codes[symbol], lengths[symbol]);
            if (token.Distance == 0)
            {
                continue;
            }

            WriteLongLength(writer, token.Length - 3);
            int bits = BitOperations.Log2((uint)token.Distance);
            writer.WriteBits(token.Distance & ((1 << bits) - 1), bits);
        }

        writer.WriteBits(codes[256], lengths[256]);
        byte[] table = [.. Enumerable.Range(0, SymbolCount / 2).Select(i => (byte)(lengths[2 * i] | (lengths[(2 * i) + 1] << 4)))];
        return [.. table, .. writer.Finish()];
    }

    private static int Symbol(LzToken token)
        => token.Distance == 0 ? token.Literal : 256 + (BitOperations.Log2((uint)token.Distance) * 16) + Math.Min(15, token.Length - 3);

    private static void WriteLongLength(BitWriter writer, int length)
    {
        if (length < 15)
        {
            return;
        }

        if (length < 15 + 255)
        {
            writer.WriteByte((byte)(length - 15));
            return;
        }

        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)length);
        writer.WriteByte(255);
        writer.WriteByte(bytes[0]);
        writer.WriteByte(bytes[1]);
    }
}
