using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>Decodes LZNT1 ([MS-XCA] 2.5, "LZNT1 Algorithm Details").</summary>
internal static class Lznt1
{
    /// <summary>The decoded bytes of every chunk but the last.</summary>
    public const int ChunkSize = 4096;

    private const int HeaderSize = 2;
    private const int TokenSize = 2;
    private const int MinimumMatch = 3;
    private const int Signature = 3;

    /// <summary>Decodes chunks until there are no more or the destination is full; what is left of it becomes zero.</summary>
    /// <returns>False where the source is damaged; the destination is undefined then.</returns>
    public static bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        while (destination.Length > 0 && source.Length >= HeaderSize)
        {
            // 0 ends the chunks. Otherwise: a flag for "compressed", three bits of signature, the chunk's bytes less 3.
            int header = BinaryPrimitives.ReadUInt16LittleEndian(source);
            if (header == 0)
            {
                break;
            }

            int length = (header & 0xFFF) + 1;
            if (((header >> 12) & 7) != Signature || length > source.Length - HeaderSize)
            {
                return false;
            }

            ReadOnlySpan<byte> chunk = source.Slice(HeaderSize, length);
            Span<byte> target = destination.Slice(0, Math.Min(ChunkSize, destination.Length));
            int written = (header & 0x8000) != 0 ? DecodeChunk(chunk, target) : CopyChunk(chunk, target);
            if (written < 0)
            {
                return false;
            }

            target.Slice(written).Clear();
            source = source.Slice(HeaderSize + length);
            destination = destination.Slice(target.Length);
        }

        destination.Clear();
        return true;
    }

    private static int CopyChunk(ReadOnlySpan<byte> chunk, Span<byte> target)
    {
        if (chunk.Length > target.Length)
        {
            return -1;
        }

        chunk.CopyTo(target);
        return chunk.Length;
    }

    /// <summary>Decodes a chunk; -1 where it is damaged.</summary>
    private static int DecodeChunk(ReadOnlySpan<byte> chunk, Span<byte> target)
    {
        int read = 0;
        int written = 0;
        while (read < chunk.Length)
        {
            // Each bit tells of one thing that follows, from the lowest on: a byte as it is, or a match.
            int flags = chunk[read++] | 0x100;
            for (; flags > 1 && read < chunk.Length; flags >>= 1)
            {
                if ((flags & 1) == 0)
                {
                    if (written == target.Length)
                    {
                        return -1;
                    }

                    target[written++] = chunk[read++];
                    continue;
                }

                if (read > chunk.Length - TokenSize || written == 0)
                {
                    return -1;
                }

                // The more bytes there are to go back to, the more bits of the token tell how far.
                int token = BinaryPrimitives.ReadUInt16LittleEndian(chunk.Slice(read));
                int lengthBits = LengthBits(written);
                int distance = (token >> lengthBits) + 1;
                int length = (token & ((1 << lengthBits) - 1)) + MinimumMatch;
                if (!MatchCopier.TryCopy(target, written, distance, length))
                {
                    return -1;
                }

                read += TokenSize;
                written += length;
            }
        }

        return written;
    }

    private static int LengthBits(int written)
    {
        int bits = 12;
        for (int rest = (written - 1) >> 4; rest > 0; rest >>= 1)
        {
            bits--;
        }

        return bits;
    }
}
