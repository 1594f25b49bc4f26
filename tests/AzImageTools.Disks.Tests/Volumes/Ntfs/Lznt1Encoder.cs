using System.Buffers.Binary;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Encodes LZNT1 as [MS-XCA] 2.5 describes it.</summary>
internal static class Lznt1Encoder
{
    private const int ChunkSize = 4096;

    public static byte[] Encode(byte[] content) => [.. content.Chunk(ChunkSize).SelectMany(EncodeChunk)];

    private static byte[] EncodeChunk(byte[] content)
    {
        List<LzToken> tokens = LzToken.Find(content, static place => 1 << DistanceBits(place), static place => (1 << (16 - DistanceBits(place))) + 2);
        List<byte> packed = [];
        int position = 0;
        foreach (LzToken[] group in tokens.Chunk(8))
        {
            int flags = 0;
            List<byte> bytes = [];
            for (int i = 0; i < group.Length; i++)
            {
                LzToken token = group[i];
                if (token.Distance == 0)
                {
                    bytes.Add(token.Literal);
                }
                else
                {
                    flags |= 1 << i;
                    int word = ((token.Distance - 1) << (16 - DistanceBits(position))) | (token.Length - 3);
                    bytes.AddRange([(byte)word, (byte)(word >> 8)]);
                }

                position += token.Length;
            }

            packed.AddRange([(byte)flags, .. bytes]);
        }

        bool isSmaller = packed.Count < content.Length;
        byte[] body = isSmaller ? [.. packed] : content;
        byte[] header = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)((isSmaller ? 0xB000 : 0x3000) | (body.Length - 1)));
        return [.. header, .. body];
    }

    // The specification: the largest M of 4 to 12 with 2^(M-1) below the bytes so far, or 4.
    private static int DistanceBits(int place)
    {
        int bits = 12;
        while (bits > 4 && 1 << (bits - 1) >= place)
        {
            bits--;
        }

        return bits;
    }
}
