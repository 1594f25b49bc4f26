#if !NET
using System.Numerics;
using System.Runtime.InteropServices;
#endif

namespace AzImageTools.Disks.Conversion;

/// <summary>Finds what is not zero, so that only that need be written or sent.</summary>
public static class ZeroScanner
{
    /// <summary>The unit, in bytes, in which data and zeros are told apart: smaller ones find little more and cost more requests.</summary>
    public const int Grain = 64 * 1024;

    /// <summary>Whether all bytes are zero.</summary>
    public static bool IsZero(ReadOnlySpan<byte> bytes)
    {
#if NET
        return !bytes.ContainsAnyExcept((byte)0);
#else
        const int VectorsAtOnce = 8;
        ReadOnlySpan<Vector<ulong>> vectors = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
        int i = 0;
        for (; i <= vectors.Length - VectorsAtOnce; i += VectorsAtOnce)
        {
            Vector<ulong> any = vectors[i] | vectors[i + 1] | vectors[i + 2] | vectors[i + 3]
                | vectors[i + 4] | vectors[i + 5] | vectors[i + 6] | vectors[i + 7];
            if (any != Vector<ulong>.Zero)
            {
                return false;
            }
        }

        foreach (byte b in bytes.Slice(i * Vector<byte>.Count))
        {
            if (b != 0)
            {
                return false;
            }
        }

        return true;
#endif
    }

    /// <summary>Finds the next run of grains that are not zero.</summary>
    /// <param name="bytes">What to search; its first byte begins a grain. The last grain may be short.</param>
    /// <param name="from">Where to begin: a multiple of <see cref="Grain"/>, such as 0 or the end of the run before.</param>
    /// <param name="start">The run's first byte.</param>
    /// <param name="length">The run's length in bytes: whole grains, but for a short last one.</param>
    /// <returns>False where all that is left is zero.</returns>
    public static bool TryFindData(ReadOnlySpan<byte> bytes, int from, out int start, out int length)
    {
        if (from < 0 || from % Grain != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(from), "A search begins at a grain.");
        }

        start = from;
        while (start < bytes.Length && IsZero(GrainAt(bytes, start)))
        {
            start += Grain;
        }

        int end = start;
        while (end < bytes.Length && !IsZero(GrainAt(bytes, end)))
        {
            end += Grain;
        }

        start = Math.Min(start, bytes.Length);
        length = Math.Min(end, bytes.Length) - start;
        return length > 0;
    }

    private static ReadOnlySpan<byte> GrainAt(ReadOnlySpan<byte> bytes, int start) => bytes.Slice(start, Math.Min(Grain, bytes.Length - start));
}
