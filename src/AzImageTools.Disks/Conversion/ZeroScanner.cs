#if !NET
using System.Numerics;
using System.Runtime.InteropServices;
#endif

namespace AzImageTools.Disks.Conversion;

/// <summary>Tells zeros from data, so that only data need be written or sent.</summary>
public static class ZeroScanner
{
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
}
