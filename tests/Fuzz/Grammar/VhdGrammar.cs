using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Dynamic and fixed VHDs: blocks that are one, overlap, or lie in the table; tables for far more than the file holds.</summary>
internal static class VhdGrammar
{
    private const int Sector = 512;
    private const int Header = 512;
    private const int Table = 1536;

    public static MutableImage Make(FuzzRandom random)
    {
        int blockBits = random.Pick([9, 12, 16, 21]);
        int blocks = random.OneIn(10) ? 20_000 : 1 + random.Below(30);
        int tableSize = ((blocks * 4) + Sector - 1) / Sector * Sector;
        int stored = Math.Min(blocks, random.Below(8));
        long blockLength = Sector * Math.Max(1, (1L << blockBits) / Sector / 8 / Sector) + (1L << blockBits);
        long length = Table + tableSize + (stored * blockLength) + Sector;
        Canvas canvas = new(length, random);
        bool isFixed = random.OneIn(10);
        ulong capacity = isFixed ? (ulong)length - Sector : (ulong)blocks << blockBits;
        if (!isFixed)
        {
            WriteFooter(canvas, 0, capacity, isFixed);
            WriteHeader(canvas, blocks, blockBits);
            canvas.Image.Write(Table, Enumerable.Repeat((byte)0xFF, tableSize).ToArray());
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

        WriteFooter(canvas, length - Sector, capacity, isFixed);
        return canvas.Image;
    }

    private static void WriteFooter(Canvas canvas, long place, ulong capacity, bool isFixed)
    {
        canvas.Bytes(place, "conectix"u8);
        canvas.Big32(place + 8, 2);
        canvas.Big32(place + 12, 0x00010000);
        canvas.Big64(place + 16, isFixed ? ulong.MaxValue : Header);
        canvas.Bytes(place + 28, "win "u8);
        canvas.Big64(place + 40, capacity);
        canvas.Big64(place + 48, capacity);
        canvas.Big32(place + 60, isFixed ? 2 : 3);
        canvas.Bytes(place + 68, "0123456789abcdef"u8);
        if (!canvas.Random.OneIn(20))
        {
            Checksum.UpdateVhd(canvas.Image, place, 512, 64);
        }
    }

    private static void WriteHeader(Canvas canvas, int blocks, int blockBits)
    {
        canvas.Bytes(Header, "cxsparse"u8);
        canvas.Big64(Header + 8, ulong.MaxValue);
        canvas.Big64(Header + 16, Table);
        canvas.Big32(Header + 24, 0x00010000);
        canvas.Big32(Header + 28, blocks);
        canvas.Big32(Header + 32, 1L << blockBits);
        Checksum.UpdateVhd(canvas.Image, Header, 1024, 36);
    }
}
