using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>
/// Writes dynamic and differencing VHDXs by [MS-VHDX]: identifier, two headers, two region tables, log, metadata, block
/// allocation table, payload blocks and sector bitmap blocks.
/// </summary>
public sealed class VhdxBuilder(long capacity, int blockSize = 1 << 20, int sectorSize = 512)
{
    public const int LogOffset = 1 << 20;
    public const int LogLength = 1 << 20;
    public const int MetadataOffset = 2 << 20;
    public const int TableOffset = 3 << 20;
    public const int FirstBlockOffset = 4 << 20;

    private const int NotPresent = 0;
    private const int FullyPresent = 6;
    private const int PartiallyPresent = 7;
    private const int BitmapSize = 1 << 20;

    private readonly SortedDictionary<long, (int State, byte[] Data, Func<long, bool>? IsInChild)> _blocks = [];

    /// <summary>The header's DataWriteGuid.</summary>
    public Guid Identifier { get; init; } = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01");

    /// <summary>Keys and values of the parent locator; the disk is differencing where it is not null.</summary>
    public (string Key, string Value)[]? Locator { get; init; }

    /// <summary>What the log holds, and the identifier its entries carry.</summary>
    public (Guid Id, byte[] Content)? Log { get; init; }

    private long ChunkRatio => (1L << 23) * sectorSize / blockSize;

    /// <summary>The locator of a parent beside the child.</summary>
    public static (string Key, string Value)[] LocatorOf(string relativePath, Guid parent)
        => [("parent_linkage", parent.ToString("B")), ("relative_path", relativePath)];

    public VhdxBuilder Block(long block, byte[] data) => Put(block, FullyPresent, data);

    /// <summary>Keeps a block of which only some sectors are the child's; the others are given as garbage.</summary>
    public VhdxBuilder PartialBlock(long block, byte[] data, Func<long, bool> isInChild) => Put(block, PartiallyPresent, data, isInChild);

    public VhdxBuilder State(long block, int state) => Put(block, state, []);

    /// <summary>Where the entry of a block is in the file.</summary>
    public long EntryOffset(long block) => TableOffset + ((block + (block / ChunkRatio)) * 8);

    public string Save(string path)
    {
        using FileStream file = File.Create(path);
        Write(file, 0, "vhdxfile"u8);
        Write(file, 64 * 1024, MakeHeader(1));
        Write(file, 128 * 1024, MakeHeader(2));
        Write(file, 192 * 1024, MakeRegionTable());
        Write(file, 256 * 1024, MakeRegionTable());
        Write(file, LogOffset, Log?.Content ?? []);
        Write(file, MetadataOffset, MakeMetadata());
        long next = FirstBlockOffset;
        Dictionary<long, long> bitmaps = [];
        foreach ((long block, (int state, byte[] data, Func<long, bool>? isInChild)) in _blocks)
        {
            bool isStored = state is FullyPresent or PartiallyPresent;
            Write(file, EntryOffset(block), (isStored ? (ulong)next : 0) | (uint)state);
            if (isStored)
            {
                Write(file, next, data);
                next += blockSize;
            }

            if (isInChild is not null)
            {
                WriteBits(file, block, isInChild, bitmaps, ref next);
            }
        }

        file.SetLength(next);
        return path;
    }

    private static byte[] Checked(byte[] structure)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(structure.AsSpan(4), StructureChecksum.Crc32COf(structure, 4));
        return structure;
    }

    private static void Write(FileStream file, long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(file.SafeFileHandle, bytes, offset);

    private static void Write(FileStream file, long offset, ulong value) => Write(file, offset, BitConverter.GetBytes(value));

    private VhdxBuilder Put(long block, int state, byte[] data, Func<long, bool>? isInChild = null)
    {
        _blocks[block] = (state, data, isInChild);
        return this;
    }

    /// <summary>Writes a block's bits into the sector bitmap block of its chunk, which is made when it is first needed (2.4, 2.5).</summary>
    private void WriteBits(FileStream file, long block, Func<long, bool> isInChild, Dictionary<long, long> bitmaps, ref long next)
    {
        long chunk = block / ChunkRatio;
        if (!bitmaps.TryGetValue(chunk, out long bitmap))
        {
            bitmap = next;
            bitmaps.Add(chunk, bitmap);
            Write(file, TableOffset + (((chunk + 1) * (ChunkRatio + 1) * 8) - 8), (ulong)bitmap | 6);
            next += BitmapSize;
        }

        int sectors = blockSize / sectorSize;
        byte[] bits = new byte[sectors / 8];
        for (int sector = 0; sector < sectors; sector++)
        {
            if (isInChild(sector))
            {
                bits[sector / 8] |= (byte)(1 << (sector % 8));
            }
        }

        Write(file, bitmap + (block % ChunkRatio * bits.Length), bits);
    }

    private byte[] MakeHeader(ulong sequenceNumber)
    {
        byte[] bytes = new byte[4096];
        Span<byte> header = bytes;
        "head"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], sequenceNumber);
        new Guid("11111111-2222-3333-4444-555555555555").TryWriteBytes(header[16..]);
        Identifier.TryWriteBytes(header[32..]);
        (Log?.Id ?? Guid.Empty).TryWriteBytes(header[48..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[66..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[68..], LogLength);
        BinaryPrimitives.WriteUInt64LittleEndian(header[72..], LogOffset);
        return Checked(bytes);
    }

    private byte[] MakeRegionTable()
    {
        byte[] bytes = new byte[64 * 1024];
        Span<byte> table = bytes;
        "regi"u8.CopyTo(table);
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], 2);
        WriteRegion(table[16..], new Guid("2DC27766-F623-4200-9D64-115E9BFD4A08"), TableOffset);
        WriteRegion(table[48..], new Guid("8B7CA206-4790-4B9A-B8FE-575F050F886E"), MetadataOffset);
        return Checked(bytes);

        static void WriteRegion(Span<byte> entry, Guid id, long offset)
        {
            id.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], 1 << 20);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[28..], 1);
        }
    }

    private byte[] MakeMetadata()
    {
        List<(Guid Id, byte[] Value, uint Flags)> items =
        [
            (new Guid("CAA16737-FA36-4D43-B3B6-33F0AA44E76B"), [.. BitConverter.GetBytes(blockSize), .. BitConverter.GetBytes(Locator is null ? 0 : 2)], 4),
            (new Guid("2FA54224-CD1B-4876-B211-5DBED83BF4B8"), BitConverter.GetBytes(capacity), 6),
            (new Guid("BECA12AB-B2E6-4523-93EF-C309E000C746"), new Guid("99999999-2222-3333-4444-555555555555").ToByteArray(), 6),
            (new Guid("8141BF1D-A96F-4709-BA47-F233A8FAAB5F"), BitConverter.GetBytes(sectorSize), 6),
            (new Guid("CDA348C7-445D-4471-9CC9-E9885251C556"), BitConverter.GetBytes(4096), 6),
        ];
        if (Locator is not null)
        {
            items.Add((new Guid("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C"), MakeLocator(Locator), 4));
        }

        byte[] bytes = new byte[128 * 1024];
        Span<byte> region = bytes;
        "metadata"u8.CopyTo(region);
        BinaryPrimitives.WriteUInt16LittleEndian(region[10..], (ushort)items.Count);
        int offset = 64 * 1024;
        for (int i = 0; i < items.Count; i++)
        {
            Span<byte> entry = region[(32 + (i * 32))..];
            items[i].Id.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], offset);
            BinaryPrimitives.WriteInt32LittleEndian(entry[20..], items[i].Value.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], items[i].Flags);
            items[i].Value.CopyTo(region[offset..]);
            offset += items[i].Value.Length;
        }

        return bytes;
    }

    private static byte[] MakeLocator((string Key, string Value)[] pairs)
    {
        List<byte> bytes = [.. new Guid("B04AEFB7-D19E-4A81-B789-25B8E9445913").ToByteArray(), 0, 0, .. BitConverter.GetBytes((ushort)pairs.Length)];
        List<byte> texts = [];
        int start = bytes.Count + (pairs.Length * 12);
        foreach ((string key, string value) in pairs)
        {
            byte[] keyBytes = Encoding.Unicode.GetBytes(key);
            byte[] valueBytes = Encoding.Unicode.GetBytes(value);
            bytes.AddRange(BitConverter.GetBytes(start + texts.Count));
            bytes.AddRange(BitConverter.GetBytes(start + texts.Count + keyBytes.Length));
            bytes.AddRange(BitConverter.GetBytes((ushort)keyBytes.Length));
            bytes.AddRange(BitConverter.GetBytes((ushort)valueBytes.Length));
            texts.AddRange([.. keyBytes, .. valueBytes]);
        }

        return [.. bytes, .. texts];
    }
}
