using System.Buffers.Binary;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz;

/// <summary>Damages an image: blindly, or at its structures with the values that readers get wrong.</summary>
internal static class Mutator
{
    private const int LargestDamageCount = 6;
    private const int TruncationInterval = 40;
    private const int LargestRange = 512;
    private const int TailSize = 512;

    private static readonly ulong[] Boundaries =
    [
        0, 1, 2, 3, 7, 0x10, 0x1F, 0x20, 0x7F, 0x80, 0xFF, 0x100, 0x1FF, 0x200, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000,
        0xFFFFFF, 0x1000000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF, 0x100000000,
        0x7FFFFFFFFFFFFE00, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFF00000, 0xFFFFFFFFFFFFFFFE, ulong.MaxValue,
    ];

    private static readonly string[] Words =
    [
        "0", "1", "-1", "7", "4294967295", "9223372036854775807", "18014398509481984", "137438953472", "ffffffff", "SPARSE", "FLAT", "ZERO",
        "VMFS", "RW 8 ZERO\n", "RW 8 FLAT \"", "\"", "\n", "=", "\0", "../../x", "/etc/passwd", "\\\\server\\share\\x", "parentCID=1\n", "createType=",
    ];

    /// <summary>Damages an image in up to a few places; most of the time its checksums are made right afterwards.</summary>
    public static void Damage(MutableImage image, Layout layout, FuzzRandom random)
    {
        if (random.OneIn(TruncationInterval))
        {
            Truncate(image, layout, random);
        }

        int count = 1 + random.Below(LargestDamageCount);
        for (int i = 0; i < count; i++)
        {
            DamageRegion(image, layout.Pick(random), random);
        }

        if (!random.OneIn(5))
        {
            layout.UpdateChecksums(image);
        }
    }

    private static void Truncate(MutableImage image, Layout layout, FuzzRandom random)
    {
        Region region = layout.Pick(random);
        byte[] tail = image.Read(Math.Max(0, image.Length - TailSize), (int)Math.Min(TailSize, image.Length));
        image.Truncate(region.Offset + random.Below(region.Length));

        // What is read from a file's end stays there, and only the middle is missing.
        if (random.OneIn(2) && image.Length >= tail.Length)
        {
            image.Write(image.Length - tail.Length, tail);
        }
    }

    private static void DamageRegion(MutableImage image, Region region, FuzzRandom random)
    {
        long place = region.Offset + random.Below(region.Length);
        if (region.IsText && random.OneIn(2))
        {
            ReplaceWord(image, region, place, random);
            return;
        }

        switch (random.Below(12))
        {
            case 0:
                image.Write(place, [(byte)(image.Read(place, 1)[0] ^ (1 << random.Below(8)))]);
                break;
            case 1:
                image.Write(place, [(byte)random.Next()]);
                break;
            case 2:
                Fill(image, region, place, random);
                break;
            case 3:
                Copy(image, region, place, random);
                break;
            case 4:
                Swap(image, region, place, random);
                break;
            case 5 or 6:
                AddToInteger(image, region, place, random);
                break;
            default:
                SetInteger(image, region, place, random);
                break;
        }
    }

    private static void Fill(MutableImage image, Region region, long place, FuzzRandom random)
    {
        byte[] bytes = new byte[LengthWithin(region, place, random)];
        if (!random.OneIn(3))
        {
            bytes.AsSpan().Fill(random.OneIn(2) ? (byte)0xFF : (byte)0);
        }
        else
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)random.Next();
            }
        }

        image.Write(place, bytes);
    }

    private static void Copy(MutableImage image, Region region, long place, FuzzRandom random)
        => image.Write(place, image.Read(region.Offset + random.Below(region.Length), LengthWithin(region, place, random)));

    /// <summary>Text from a place up to the next blank gives way to a word; what follows moves up or is overwritten.</summary>
    private static void ReplaceWord(MutableImage image, Region region, long place, FuzzRandom random)
    {
        byte[] rest = image.Read(place, (int)Math.Min(1024, region.Offset + region.Length - place));
        int start = rest.AsSpan().IndexOfAny((byte)' ', (byte)'=', (byte)'"') + 1;
        int end = rest.AsSpan(start).IndexOfAny(" \"\n"u8);
        byte[] word = Encoding.ASCII.GetBytes(random.Pick(Words));
        byte[] tail = random.OneIn(3) || end < 0 ? [] : rest[(start + end)..];
        byte[] changed = [.. word, .. tail];
        image.Write(place + start, changed.AsSpan(0, Math.Min(changed.Length, rest.Length - start)));
    }

    /// <summary>Two pieces of one length change places: entries of a table, records, blocks.</summary>
    private static void Swap(MutableImage image, Region region, long place, FuzzRandom random)
    {
        int size = 1 << random.Below(10);
        long first = region.Offset + ((place - region.Offset) / size * size);
        long second = region.Offset + (random.Below(region.Length) / size * size);
        byte[] bytes = image.Read(first, size);
        image.Write(first, image.Read(second, size));
        image.Write(second, bytes);
    }

    private static void AddToInteger(MutableImage image, Region region, long place, FuzzRandom random)
    {
        int width = 1 << random.Below(4);
        long offset = Align(region, place, width);
        byte[] bytes = new byte[sizeof(ulong)];
        image.Read(offset, bytes.AsSpan(0, width));
        long delta = 1L << random.Below(random.OneIn(4) ? width * 8 : 5);
        delta = random.OneIn(2) ? delta : -delta;
        if (random.OneIn(2))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(BinaryPrimitives.ReadInt64LittleEndian(bytes) + delta));
        }
        else
        {
            Span<byte> value = stackalloc byte[sizeof(ulong)];
            value.Clear();
            bytes.AsSpan(0, width).CopyTo(value[(sizeof(ulong) - width)..]);
            BinaryPrimitives.WriteInt64BigEndian(value, BinaryPrimitives.ReadInt64BigEndian(value) + delta);
            value[(sizeof(ulong) - width)..].CopyTo(bytes);
        }

        image.Write(offset, bytes.AsSpan(0, width));
    }

    private static void SetInteger(MutableImage image, Region region, long place, FuzzRandom random)
    {
        int width = 1 << random.Below(4);
        ulong value = random.Below(6) switch
        {
            0 => (ulong)image.Length >> (random.OneIn(2) ? 9 : 0),
            1 => (ulong)(region.Offset + random.Below(region.Length)) >> (random.OneIn(2) ? 9 : 0),
            _ => random.Pick(Boundaries) + (random.OneIn(4) ? (ulong)random.Below(16) - 8 : 0),
        };
        byte[] bytes = new byte[sizeof(ulong)];
        if (random.OneIn(2))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            image.Write(Align(region, place, width), bytes.AsSpan(0, width));
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
            image.Write(Align(region, place, width), bytes.AsSpan(sizeof(ulong) - width));
        }
    }

    private static long Align(Region region, long place, int width) => region.Offset + ((place - region.Offset) / width * width);

    private static int LengthWithin(Region region, long place, FuzzRandom random)
        => 1 + random.Below((int)Math.Min(region.Offset + region.Length - place, 1 << random.Below(10)) is var length && length > LargestRange ? LargestRange : length);
}
