using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The hash of names in folders' indexes (ext4, "Hash Tree Directories"): the first three rounds of MD4 (RFC 1320), shortened to half of its input.</summary>
internal static class HalfMd4Hash
{
    private const int ChunkSize = 32;
    private const uint EndOfFolder = 0xFFFF_FFFE;

    // RFC 1320, 3.4: the constants of the second and third round.
    private const uint Second = 0x5A82_7999;
    private const uint Third = 0x6ED9_EBA1;

    private static readonly int[][] Order = [[0, 1, 2, 3, 4, 5, 6, 7], [1, 3, 5, 7, 0, 2, 4, 6], [3, 7, 2, 6, 1, 5, 0, 4]];
    private static readonly int[][] Shifts = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]];

    /// <summary>A name's hash.</summary>
    /// <param name="name">The name.</param>
    /// <param name="seed">The volume's seed, of 16 bytes; zeros for MD4's own beginning.</param>
    /// <param name="isUnsigned">Whether its bytes are taken as unsigned numbers: a processor's way when the volume was made.</param>
    public static uint Compute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> seed, bool isUnsigned)
    {
        uint[] state = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
        uint[] given = new uint[state.Length];
        for (int i = 0; i < given.Length; i++)
        {
            given[i] = BinaryPrimitives.ReadUInt32LittleEndian(seed.Slice(i * sizeof(uint)));
        }

        if (Array.Exists(given, static word => word != 0))
        {
            state = given;
        }

        for (int start = 0; start < name.Length; start += ChunkSize)
        {
            Transform(state, Pack(name.Slice(start), isUnsigned));
        }

        uint hash = state[1] & ~1u;
        return hash == EndOfFolder ? EndOfFolder - 2 : hash;
    }

    /// <summary>The next 32 bytes as eight numbers; where there are fewer, what is left stands for the rest.</summary>
    private static uint[] Pack(ReadOnlySpan<byte> rest, bool isUnsigned)
    {
        uint padding = (uint)rest.Length | ((uint)rest.Length << 8);
        padding |= padding << 16;
        int length = Math.Min(rest.Length, ChunkSize);
        uint[] words = new uint[ChunkSize / sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            uint word = padding;
            for (int j = i * sizeof(uint); j < Math.Min(length, (i + 1) * sizeof(uint)); j++)
            {
                word = (isUnsigned ? rest[j] : (uint)(sbyte)rest[j]) + (word << 8);
            }

            words[i] = word;
        }

        return words;
    }

    private static void Transform(uint[] state, uint[] input)
    {
        uint[] work = [.. state];
        for (int round = 0; round < Order.Length; round++)
        {
            for (int step = 0; step < input.Length; step++)
            {
                // The four words take turns: a, d, c, b.
                int a = (4 - (step % 4)) % 4;
                uint b = work[(a + 1) % 4];
                uint c = work[(a + 2) % 4];
                uint d = work[(a + 3) % 4];
                uint mixed = round switch
                {
                    0 => d ^ (b & (c ^ d)),
                    1 => (b & c) + ((b ^ c) & d) + Second,
                    _ => (b ^ c ^ d) + Third,
                };
                uint sum = work[a] + mixed + input[Order[round][step]];
                int shift = Shifts[round][step % 4];
                work[a] = (sum << shift) | (sum >> (32 - shift));
            }
        }

        for (int i = 0; i < state.Length; i++)
        {
            state[i] += work[i];
        }
    }
}
