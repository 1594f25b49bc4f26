using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
#if NET
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
#endif

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// The CRC-64 that Azure Storage checks (<c>x-ms-content-crc64</c>), known as CRC-64/NVME: polynomial 0xAD93D23594C93659,
/// reflected, begun with and ended by an inversion (NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4).
/// <see cref="DiskChecksum"/> puts the sums of parts together.
/// </summary>
internal static class Crc64Nvme
{
    /// <summary>The polynomial with its bits reversed: bit 63 stands for x^0.</summary>
    public const ulong Polynomial = 0x9A6C9329AC4BC9B5;

    /// <summary>The sum of no bytes.</summary>
    public const ulong Empty = 0;

    private const ulong One = 1UL << 63;
    private const int Slices = 16;
    private static readonly ulong[] PowersOfTwo = ComputePowersOfTwo();
    private static readonly ulong[] Tables = ComputeTables();

    /// <summary>The sum of the bytes.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes) => Append(Empty, bytes);

    /// <summary>The sum of some bytes followed by others.</summary>
    /// <param name="crc">The sum of the first.</param>
    /// <param name="bytes">The others.</param>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        ulong register = ~crc;
#if NET
        if (Pclmulqdq.IsSupported && BitConverter.IsLittleEndian && bytes.Length >= Folding.ShortestInput)
        {
            register = Folding.Update(register, ref bytes);
        }
#endif
        return ~UpdateByTables(register, bytes);
    }

    /// <summary>The same as <see cref="Append"/>, by tables alone.</summary>
    public static ulong AppendByTables(ulong crc, ReadOnlySpan<byte> bytes) => ~UpdateByTables(~crc, bytes);

    /// <summary>The polynomial multiplied by x^(8 · bytes), modulo the generator: what a register becomes by that many zeros.</summary>
    public static ulong Shift(ulong register, long bytes) => Multiply(register, PowerOfX((ulong)bytes, 3));

    /// <summary>x^(exponent · 2^scale) modulo the generator.</summary>
    private static ulong PowerOfX(ulong exponent, int scale)
    {
        ulong power = One;
        for (int bit = scale; exponent != 0; exponent >>= 1, bit++)
        {
            if ((exponent & 1) != 0)
            {
                power = Multiply(power, PowersOfTwo[bit]);
            }
        }

        return power;
    }

    private static ulong Multiply(ulong a, ulong b)
    {
        ulong product = 0;
        for (ulong bit = One; bit != 0; bit >>= 1)
        {
            product ^= b & (0UL - ((a & bit) != 0 ? 1UL : 0UL));
            b = (b >> 1) ^ (Polynomial & (0UL - (b & 1)));
        }

        return product;
    }

    private static ulong UpdateByTables(ulong register, ReadOnlySpan<byte> bytes)
    {
        // Written out, without looking whether an index is within the tables, which a byte is, and with few steps between one register and the next.
        ref ulong tables = ref Tables[0];
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(0, bytes.Length / Slices * Slices));
        bytes = bytes.Slice(words.Length * sizeof(ulong));
        for (int i = 0; i < words.Length; i += 2)
        {
            ulong low = register ^ LittleEndian(words[i]);
            ulong high = LittleEndian(words[i + 1]);
            ulong behind = ((At(ref tables, 7, high) ^ At(ref tables, 6, high >> 8)) ^ (At(ref tables, 5, high >> 16) ^ At(ref tables, 4, high >> 24)))
                ^ ((At(ref tables, 3, high >> 32) ^ At(ref tables, 2, high >> 40)) ^ (At(ref tables, 1, high >> 48) ^ At(ref tables, 0, high >> 56)));
            register = ((At(ref tables, 15, low) ^ At(ref tables, 14, low >> 8)) ^ (At(ref tables, 13, low >> 16) ^ At(ref tables, 12, low >> 24)))
                ^ ((At(ref tables, 11, low >> 32) ^ At(ref tables, 10, low >> 40)) ^ (At(ref tables, 9, low >> 48) ^ At(ref tables, 8, low >> 56)))
                ^ behind;
        }

        foreach (byte value in bytes)
        {
            register = (register >> 8) ^ At(ref tables, 0, register ^ value);
        }

        return register;
    }

    /// <summary>What the lowest byte of a word does to the register, followed by so many zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong At(ref ulong tables, int zeros, ulong word) => Unsafe.Add(ref tables, (zeros << 8) + (int)(byte)word);

    private static ulong LittleEndian(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    /// <summary>x^(2^n) for each n that a length in bits may have.</summary>
    private static ulong[] ComputePowersOfTwo()
    {
        ulong[] powers = new ulong[64 + 3];
        powers[0] = One >> 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        }

        return powers;
    }

    /// <summary>What each byte does to the register, followed by 0 to 15 zeros.</summary>
    private static ulong[] ComputeTables()
    {
        ulong[] tables = new ulong[Slices * 256];
        for (int value = 0; value < 256; value++)
        {
            ulong register = (ulong)value;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ (Polynomial & (0UL - (register & 1)));
            }

            tables[value] = register;
        }

        for (int i = 256; i < tables.Length; i++)
        {
            ulong previous = tables[i - 256];
            tables[i] = (previous >> 8) ^ tables[(byte)previous];
        }

        return tables;
    }

#if NET
    /// <summary>
    /// Folds 128 bytes at a time by carry-less multiplication: a 128-bit block stands for low · x^64 + high, and moving it
    /// over D bits costs two products with x^(D+64-1) and x^(D-1); the -1 because a product of reflected polynomials
    /// comes out multiplied by x.
    /// </summary>
    private static class Folding
    {
        public const int ShortestInput = 2 * Stride;
        private const int Lanes = 8;
        private const int BlockBytes = 16;
        private const int Stride = Lanes * BlockBytes;
        private static readonly Vector128<ulong> OverStride = Constants(8 * Stride);
        private static readonly Vector128<ulong> OverBlock = Constants(8 * BlockBytes);

        /// <summary>Takes as many whole strides as there are from the input, and returns the register behind them.</summary>
        public static ulong Update(ulong register, ref ReadOnlySpan<byte> bytes)
        {
            // By reference: what is compiled ahead calls the framework for each slice of a span, and saves its registers for that.
            int length = bytes.Length / Stride * Stride;
            ref Vector128<ulong> blocks = ref Unsafe.As<byte, Vector128<ulong>>(ref MemoryMarshal.GetReference(bytes));
            bytes = bytes[length..];

            Vector128<ulong> fold = OverStride;
            Vector128<ulong> a = blocks ^ Vector128.Create(register, 0UL);
            Vector128<ulong> b = Unsafe.Add(ref blocks, 1);
            Vector128<ulong> c = Unsafe.Add(ref blocks, 2);
            Vector128<ulong> d = Unsafe.Add(ref blocks, 3);
            Vector128<ulong> e = Unsafe.Add(ref blocks, 4);
            Vector128<ulong> f = Unsafe.Add(ref blocks, 5);
            Vector128<ulong> g = Unsafe.Add(ref blocks, 6);
            Vector128<ulong> h = Unsafe.Add(ref blocks, 7);
            for (int stride = length / Stride; stride > 1; stride--)
            {
                blocks = ref Unsafe.Add(ref blocks, Lanes);
                a = Fold(a, fold) ^ blocks;
                b = Fold(b, fold) ^ Unsafe.Add(ref blocks, 1);
                c = Fold(c, fold) ^ Unsafe.Add(ref blocks, 2);
                d = Fold(d, fold) ^ Unsafe.Add(ref blocks, 3);
                e = Fold(e, fold) ^ Unsafe.Add(ref blocks, 4);
                f = Fold(f, fold) ^ Unsafe.Add(ref blocks, 5);
                g = Fold(g, fold) ^ Unsafe.Add(ref blocks, 6);
                h = Fold(h, fold) ^ Unsafe.Add(ref blocks, 7);
            }

            fold = OverBlock;
            a = Fold(a, fold) ^ b;
            a = Fold(a, fold) ^ c;
            a = Fold(a, fold) ^ d;
            a = Fold(a, fold) ^ e;
            a = Fold(a, fold) ^ f;
            a = Fold(a, fold) ^ g;
            a = Fold(a, fold) ^ h;

            Span<byte> rest = stackalloc byte[BlockBytes];
            MemoryMarshal.Write(rest, in a);
            return UpdateByTables(0, rest);
        }

        private static Vector128<ulong> Fold(Vector128<ulong> block, Vector128<ulong> constants)
            => Pclmulqdq.CarrylessMultiply(block, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(block, constants, 0x11);

        private static Vector128<ulong> Constants(int bits) => Vector128.Create(PowerOfX((ulong)bits + 63, 0), PowerOfX((ulong)bits - 1, 0));
    }
#endif
}
