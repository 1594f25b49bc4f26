using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// Where a grammar lays out an image. Each number it writes may be a lie: a boundary, a neighbour, or, most telling, a number
/// that is true elsewhere in the image, which makes circles, overlaps and things listed twice. How often it lies is drawn for
/// each image, so that there are whole ones, and ones with a single lie behind many truths.
/// </summary>
internal sealed class Canvas
{
    private const int Remembered = 16;

    private static readonly int[] Intervals = [int.MaxValue, 1000, 300, 100, 40, 12];

    private static readonly ulong[] Boundaries =
    [
        0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0xFFFFF, 0xFFFFFF,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue,
    ];

    private readonly ulong[] _true = new ulong[Remembered];
    private readonly int _interval;

    /// <param name="length">The image's length in bytes.</param>
    /// <param name="random">What chooses.</param>
    /// <param name="isSound">Whether nothing is to be a lie.</param>
    public Canvas(long length, FuzzRandom random, bool isSound = false)
    {
        Image = new MutableImage(length);
        Random = random;
        _interval = isSound ? int.MaxValue : random.Pick(Intervals);
    }

    public MutableImage Image { get; }

    public FuzzRandom Random { get; }

    /// <summary>A number, or a lie.</summary>
    public ulong Lie(ulong truth)
    {
        ulong told = _interval == int.MaxValue || !Random.OneIn(_interval)
            ? truth
            : Random.Below(6) switch
            {
                0 => Random.Pick(Boundaries),
                1 => truth + (ulong)Random.Below(9) - 4,
                2 => truth << Random.Below(12),
                _ => _true[Random.Below(Remembered)],
            };
        _true[Random.Below(Remembered)] = truth;
        return told;
    }

    public void Bytes(long offset, ReadOnlySpan<byte> bytes) => Image.Write(offset, bytes);

    public void Byte(long offset, int value) => Bytes(offset, [(byte)Lie((ulong)value)]);

    public void Little16(long offset, long value) => Little(offset, (ulong)value, sizeof(ushort));

    public void Little32(long offset, long value) => Little(offset, (ulong)value, sizeof(uint));

    public void Little64(long offset, ulong value) => Little(offset, value, sizeof(ulong));

    public void Big16(long offset, long value) => Big(offset, (ulong)value, sizeof(ushort));

    public void Big32(long offset, long value) => Big(offset, (ulong)value, sizeof(uint));

    public void Big64(long offset, ulong value) => Big(offset, value, sizeof(ulong));

    private void Little(long offset, ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Lie(value));
        Bytes(offset, bytes[..width]);
    }

    private void Big(long offset, ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Lie(value));
        Bytes(offset, bytes[(sizeof(ulong) - width)..]);
    }
}
