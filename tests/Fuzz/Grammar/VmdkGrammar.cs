using System.Globalization;
using System.IO.Compression;
using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Sparse VMDKs: directories whose tables are one, grains that overlap or share, compressed grains with markers that lie, descriptors of many or of odd lines.</summary>
internal static class VmdkGrammar
{
    private const int Sector = 512;
    private const int DescriptorSectors = 20;
    private const int FileSectors = 1000;

    public static MutableImage Make(FuzzRandom random)
    {
        Canvas canvas = new(FileSectors * Sector, random);
        bool isCompressed = random.OneIn(3);
        int grain = random.Pick([1, 8, 16, 128]);
        int perTable = random.OneIn(4) ? random.Pick([1, 16, 128]) : 512;
        long tables = random.OneIn(8) ? 1 + random.Below(8000) : 1 + random.Below(4);
        long capacity = Math.Max(1, (tables * perTable * grain) - random.Below(grain));
        long directory = 1 + DescriptorSectors;
        long next = directory + (((tables * 4) + Sector - 1) / Sector);
        WriteHeader(canvas, capacity, grain, perTable, directory, isCompressed);
        WriteDescriptor(canvas, capacity, isCompressed);
        bool isOneTable = random.OneIn(5);
        long table = 0;
        for (int i = 0; i < tables; i++)
        {
            if (next >= FileSectors - 8 && table == 0)
            {
                break;
            }

            if (table == 0 || (!isOneTable && random.OneIn(2) && next < FileSectors - 200))
            {
                table = next;
                next += ((perTable * 4) + Sector - 1) / Sector;
                next = FillTable(canvas, table * Sector, perTable, grain, next, isCompressed);
            }
            else if (!isOneTable)
            {
                continue;
            }

            canvas.Little32((directory * Sector) + (i * 4L), table);
        }

        return canvas.Image;
    }

    private static void WriteHeader(Canvas canvas, long capacity, int grain, int perTable, long directory, bool isCompressed)
    {
        canvas.Bytes(0, "KDMV"u8);
        canvas.Little32(4, isCompressed ? 3 : 1);
        canvas.Little32(8, 1 | (isCompressed ? 3 << 16 : canvas.Random.OneIn(3) ? 6 : 2));
        canvas.Little64(12, (ulong)capacity);
        canvas.Little64(20, (ulong)grain);
        canvas.Little64(28, 1);
        canvas.Little64(36, DescriptorSectors);
        canvas.Little32(44, perTable);
        canvas.Little64(48, (ulong)directory);
        canvas.Little64(56, (ulong)directory);
        canvas.Little64(64, 128);
        canvas.Bytes(73, "\n \r\n"u8);
        canvas.Little16(77, isCompressed ? 1 : 0);
    }

    private static void WriteDescriptor(Canvas canvas, long capacity, bool isCompressed)
    {
        FuzzRandom random = canvas.Random;
        StringBuilder text = new("# Disk DescriptorFile\nversion=1\nCID=7d1b2c3a\nparentCID=ffffffff\n");
        text.Append(CultureInfo.InvariantCulture, $"createType=\"{(isCompressed ? "streamOptimized" : "monolithicSparse")}\"\n");
        int extents = random.OneIn(8) ? random.Below(100) : 1;
        for (int i = 0; i < extents; i++)
        {
            string kind = random.OneIn(10) ? random.Pick(["ZERO", "FLAT", "VMFS", "x"]) : "SPARSE";
            string name = random.OneIn(20) ? random.Pick(["made2.vmdk", "../x", "/etc/passwd", ""]) : "made.vmdk";
            text.Append(CultureInfo.InvariantCulture, $"RW {canvas.Lie((ulong)capacity)} {kind} \"{name}\"\n");
        }

        text.Append(random.OneIn(20) ? new string(random.Pick([' ', '"', '=', '#', '\n']), 5000) : "ddb.adapterType = \"ide\"\n");
        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        canvas.Bytes(Sector, bytes.AsSpan(0, Math.Min(bytes.Length, DescriptorSectors * Sector)));
    }

    /// <summary>Fills a table with grains, and tells the first sector behind them.</summary>
    private static long FillTable(Canvas canvas, long table, int entries, int grain, long next, bool isCompressed)
    {
        FuzzRandom random = canvas.Random;
        int every = random.Pick([1, 3, 40]);
        long shared = random.OneIn(4) ? next : 0;
        byte[] packed = isCompressed ? Pack(random.OneIn(8) ? grain * 64 : grain) : [];
        for (int i = 0; i < entries; i += every)
        {
            long place = shared != 0 ? shared : next;
            canvas.Little32(table + (i * 4L), random.OneIn(12) ? random.Below(2) : place);
            if (place + grain >= FileSectors)
            {
                continue;
            }

            if (isCompressed)
            {
                canvas.Little64(place * Sector, (ulong)(i * grain));
                canvas.Little32((place * Sector) + 8, packed.Length);
                canvas.Bytes((place * Sector) + 12, packed);
                next = place + ((12 + packed.Length + Sector - 1) / Sector);
            }
            else
            {
                canvas.Bytes(place * Sector, "data"u8);
                next = place + grain;
            }
        }

        return next;
    }

    private static byte[] Pack(int sectors)
    {
        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(new byte[sectors * Sector]);
        }

        return packed.ToArray();
    }
}
