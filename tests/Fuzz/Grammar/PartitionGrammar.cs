using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Partition tables: GPT with its backup, of few or of thousands of entries that overlap; MBR with chains of logical partitions, long, or in circles.</summary>
internal static class PartitionGrammar
{
    private const int HeaderSize = 92;
    private const int MostEntries = 8192;
    private const long DiskLength = 8L << 20;

    public static MutableImage Make(FuzzRandom random)
    {
        Canvas canvas = new(DiskLength, random);
        if (random.OneIn(3))
        {
            MakeMaster(canvas);
        }
        else
        {
            MakeGuid(canvas, random.OneIn(4) ? 4096 : 512);
        }

        return canvas.Image;
    }

    private static void MakeGuid(Canvas canvas, int sector)
    {
        FuzzRandom random = canvas.Random;
        long last = (canvas.Image.Length / sector) - 1;
        int count = random.Below(12) switch
        {
            0 => random.Below(MostEntries),
            1 => MostEntries,
            _ => 128,
        };
        int entrySize = random.OneIn(10) ? 256 : 128;
        long size = ((count * (long)entrySize) + sector - 1) / sector;
        WriteMaster(canvas, 0, 0, 0xEE, 1, last);
        byte[] entries = MakeEntries(canvas, Math.Min(count, random.OneIn(8) ? count : 1 + random.Below(6)), count, entrySize, last, size);
        WriteHeader(canvas, sector, 1, last, 2, count, entrySize, entries);
        WriteHeader(canvas, sector, last, 1, random.OneIn(10) ? 2 : last - size, count, entrySize, random.OneIn(10) ? [] : entries);
    }

    private static byte[] MakeEntries(Canvas canvas, int used, int count, int entrySize, long last, long size)
    {
        FuzzRandom random = canvas.Random;
        byte[] entries = new byte[count * entrySize];
        long first = 2 + size;
        bool overlaps = random.OneIn(3);
        for (int i = 0; i < used; i++)
        {
            Span<byte> entry = entries.AsSpan(i * entrySize, entrySize);
            random.Pick([new Guid("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"), new Guid("0FC63DAF-8483-4772-8E79-3D69D8477DE4"), new Guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B"), new Guid("E6D6D379-F507-44C2-A23C-238F2A3DF928")]).TryWriteBytes(entry);
            BitConverter.TryWriteBytes(entry[16..], canvas.Lie((ulong)i + 1));
            long length = overlaps ? last - first : Math.Max(1, (last - first) / (used + 1));
            long start = overlaps ? first : first + (i * length);
            BitConverter.TryWriteBytes(entry[32..], canvas.Lie((ulong)start));
            BitConverter.TryWriteBytes(entry[40..], canvas.Lie((ulong)(start + length - 1)));
            BitConverter.TryWriteBytes(entry[48..], canvas.Lie(0));
            entry.Slice(56, 72).Fill((byte)(random.OneIn(8) ? random.Next() : 'x'));
        }

        return entries;
    }

    private static void WriteHeader(Canvas canvas, int sector, long lba, long other, long entriesLba, int count, int entrySize, byte[] entries)
    {
        long place = lba * sector;
        canvas.Bytes(entriesLba * sector, entries);
        canvas.Bytes(place, "EFI PART"u8);
        canvas.Little32(place + 8, 0x00010000);
        canvas.Little32(place + 12, HeaderSize);
        canvas.Little64(place + 24, (ulong)lba);
        canvas.Little64(place + 32, (ulong)other);
        canvas.Little64(place + 40, 34);
        canvas.Little64(place + 48, (ulong)Math.Max(lba, other) - 34);
        canvas.Little64(place + 72, (ulong)entriesLba);
        canvas.Little32(place + 80, count);
        canvas.Little32(place + 84, entrySize);
        canvas.Little32(place + 88, Checksum.ComputeIeee(entries));
        Checksum.UpdateIeee(canvas.Image, place, HeaderSize, 16);
    }

    private static void MakeMaster(Canvas canvas)
    {
        FuzzRandom random = canvas.Random;
        long last = (canvas.Image.Length / 512) - 1;
        WriteMaster(canvas, 0, 0, random.Pick([0x07, 0x0C, 0x83, 0x8E]), 64, 900);
        WriteMaster(canvas, 0, 1, 0x83, random.OneIn(3) ? 100 : 1000, 500);
        if (random.OneIn(4))
        {
            return;
        }

        const int Extended = 2000;
        WriteMaster(canvas, 0, 2, random.Pick([0x05, 0x0F, 0x85]), Extended, last - Extended);
        int count = random.OneIn(4) ? 1000 : random.Below(20);
        long record = Extended;
        for (int i = 0; i < count && record < last; i++)
        {
            WriteMaster(canvas, record, 0, 0x83, 1, 1);
            long next = random.OneIn(200) ? Extended + random.Below((int)(record - Extended) + 1) : record + 2;
            if (i < count - 1)
            {
                WriteMaster(canvas, record, 1, 0x05, next - Extended, 2);
            }

            record = next <= record ? last : next;
        }
    }

    private static void WriteMaster(Canvas canvas, long sector, int number, int type, long start, long count)
    {
        long entry = (sector * 512) + 446 + (number * 16);
        canvas.Byte(entry, 0);
        canvas.Byte(entry + 4, type);
        canvas.Little32(entry + 8, start);
        canvas.Little32(entry + 12, count);
        canvas.Bytes((sector * 512) + 510, [0x55, 0xAA]);
    }
}
