using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// Dynamic, differencing and fixed VHDs: blocks that are one, overlap, or lie in the table; tables for far more than the file holds; parents
/// that are the disk itself, or named by what is no name.
/// </summary>
internal static class VhdGrammar
{
    private const int Sector = 512;
    private const int Header = 512;
    private const int Table = 1536;
    private const int ParentBlockBits = 16;
    private const int FixedType = 2;
    private const int DynamicType = 3;
    private const int DifferencingType = 4;

    /// <summary>How many bytes a block has of the disk that differencing ones go back to.</summary>
    public static int ParentBlockSize => 1 << ParentBlockBits;

    /// <summary>How many blocks that disk has.</summary>
    public static int ParentBlocks => 9;

    /// <summary>What that disk is known by.</summary>
    public static Guid ParentId { get; } = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C02");

    public static MutableImage Make(FuzzRandom random)
    {
        int type = random.Below(10) switch { 0 => FixedType, 1 or 2 => DifferencingType, _ => DynamicType };
        int blockBits = type == DifferencingType ? ParentBlockBits : random.Pick([9, 12, 16, 21]);
        int blocks = type == DifferencingType ? ParentBlocks : random.OneIn(10) ? 20_000 : 1 + random.Below(30);
        int tableSize = ((blocks * 4) + Sector - 1) / Sector * Sector;
        int stored = Math.Min(blocks, random.Below(8));
        long blockLength = Sector * Math.Max(1, (1L << blockBits) / Sector / 8 / Sector) + (1L << blockBits);
        long length = Table + tableSize + (stored * blockLength) + Sector;
        Canvas canvas = new(length, random);
        ulong capacity = type == FixedType ? (ulong)length - Sector : (ulong)blocks << blockBits;
        if (type != FixedType)
        {
            WriteFooter(canvas, 0, capacity, type);
            canvas.Image.Write(Table, Enumerable.Repeat((byte)0xFF, tableSize).ToArray());
            WriteHeader(canvas, blocks, blockBits, type == DifferencingType);
            bool isOne = random.OneIn(5);
            for (int i = 0; i < (isOne ? blocks : stored); i++)
            {
                long place = Table + tableSize + (isOne ? 0 : i * blockLength);
                canvas.Big32(Table + ((isOne ? i : random.Below(blocks)) * 4L), place / Sector);
                if (i < stored)
                {
                    canvas.Bytes(place, [0xFF, (byte)random.Next(), 0xFF]);
                }
            }
        }

        WriteFooter(canvas, length - Sector, capacity, type);
        return canvas.Image;
    }

    private static void WriteFooter(Canvas canvas, long place, ulong capacity, int type)
    {
        canvas.Bytes(place, "conectix"u8);
        canvas.Big32(place + 8, 2);
        canvas.Big32(place + 12, 0x00010000);
        canvas.Big64(place + 16, type == FixedType ? ulong.MaxValue : Header);
        canvas.Bytes(place + 28, "win "u8);
        canvas.Big64(place + 40, capacity);
        canvas.Big64(place + 48, capacity);
        canvas.Big32(place + 60, type);
        canvas.Bytes(place + 68, "0123456789abcdef"u8);
        if (!canvas.Random.OneIn(20))
        {
            Checksum.UpdateVhd(canvas.Image, place, 512, 64);
        }
    }

    private static void WriteHeader(Canvas canvas, int blocks, int blockBits, bool isDifferencing)
    {
        canvas.Bytes(Header, "cxsparse"u8);
        canvas.Big64(Header + 8, ulong.MaxValue);
        canvas.Big64(Header + 16, Table);
        canvas.Big32(Header + 24, 0x00010000);
        canvas.Big32(Header + 28, blocks);
        canvas.Big32(Header + 32, 1L << blockBits);
        if (isDifferencing)
        {
            WriteParent(canvas);
        }

        Checksum.UpdateVhd(canvas.Image, Header, 1024, 36);
    }

    /// <summary>The parent's name in the header, and locators whose texts lie somewhere in the file: in the table, or in the first block.</summary>
    private static void WriteParent(Canvas canvas)
    {
        FuzzRandom random = canvas.Random;
        string name = random.OneIn(3) ? random.Pick(["made.vhd", "..", "CON", "/etc/passwd", @"\\server\share\base.vhd", string.Empty, new string('a', 255)]) : "base.vhd";
        canvas.Bytes(Header + 40, ParentId.ToByteArray(bigEndian: true));
        canvas.Bytes(Header + 64, Encoding.BigEndianUnicode.GetBytes(name));
        byte[] text = Encoding.Unicode.GetBytes(random.OneIn(3) ? name : @".\base.vhd");
        for (int i = random.Pick([0, 1, 2, 8]) - 1; i >= 0; i--)
        {
            long entry = Header + 576 + (i * 24);
            canvas.Bytes(entry, random.OneIn(2) ? "W2ru"u8 : "W2ku"u8);
            canvas.Big32(entry + 4, 1);
            canvas.Big32(entry + 8, text.Length);
            canvas.Big64(entry + 16, Table + 256);
        }

        canvas.Bytes(Table + 256, text);
    }
}
