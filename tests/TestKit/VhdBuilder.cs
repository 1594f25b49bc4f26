using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>
/// Writes dynamic and differencing VHDs by the specification (Virtual Hard Disk Image Format Specification 1.0):
/// footer, header, block allocation table, blocks with their sector bitmaps, parent locators, footer.
/// </summary>
public sealed class VhdBuilder(long capacity, int blockSize = 1 << 20)
{
    private const int SectorSize = 512;
    private const int HeaderOffset = 512;
    private const int TableOffset = 1536;
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly SortedDictionary<int, (byte[] Data, Func<int, bool> IsInChild)> _blocks = [];

    public Guid UniqueId { get; init; } = new("6C9F2B1E-4E4F-4A0B-9D53-0A6C1C6F4D01");

    public Guid ParentId { get; init; }

    /// <summary>The parent's name in the header; the disk is differencing where it is not null.</summary>
    public string? ParentName { get; init; }

    /// <summary>The parent's time stamp; null for 0, which says nothing.</summary>
    public DateTime? ParentTime { get; init; }

    /// <summary>Paths in parent locators by their platform codes.</summary>
    public Dictionary<string, string> Locators { get; } = [];

    /// <summary>Keeps a block. Its sectors are the child's where the function says so; the others are given as garbage.</summary>
    public VhdBuilder Block(int block, byte[] data, Func<int, bool>? isInChild = null)
    {
        _blocks[block] = (data, isInChild ?? (_ => true));
        return this;
    }

    public string Save(string path)
    {
        int blocks = (int)((capacity + blockSize - 1) / blockSize);
        byte[] table = new byte[RoundUp(blocks * 4)];
        table.AsSpan().Fill(0xFF);
        byte[] footer = MakeFooter();
        using FileStream file = File.Create(path);
        file.Write(footer);
        file.Position = TableOffset + table.Length;
        Dictionary<string, long> locators = [];
        foreach ((string platform, string name) in Locators)
        {
            locators[platform] = file.Position;
            file.Write(Encoding.Unicode.GetBytes(name));
            file.Position = RoundUp(file.Position);
        }

        foreach ((int block, (byte[] data, Func<int, bool> isInChild)) in _blocks)
        {
            BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * 4), (uint)(file.Position / SectorSize));
            byte[] bitmap = new byte[RoundUp(blockSize / SectorSize / 8)];
            for (int sector = 0; sector < blockSize / SectorSize; sector++)
            {
                if (isInChild(sector))
                {
                    bitmap[sector / 8] |= (byte)(0x80 >> (sector % 8));
                }
            }

            file.Write(bitmap);
            file.Write(data);
            file.Position += blockSize - data.Length;
        }

        file.Write(footer);
        file.Position = HeaderOffset;
        file.Write(MakeHeader(blocks, locators));
        file.Write(table);
        return path;
    }

    private static long RoundUp(long value) => (value + SectorSize - 1) / SectorSize * SectorSize;

    private byte[] MakeFooter()
    {
        byte[] bytes = new byte[512];
        Span<byte> footer = bytes;
        "conectix"u8.CopyTo(footer);
        BinaryPrimitives.WriteUInt32BigEndian(footer[8..], 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer[12..], 0x00010000);
        BinaryPrimitives.WriteUInt64BigEndian(footer[16..], HeaderOffset);
        BinaryPrimitives.WriteUInt32BigEndian(footer[24..], 700_000_000);
        "win "u8.CopyTo(footer[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(footer[32..], 0x000A0000);
        "Wi2k"u8.CopyTo(footer[36..]);
        BinaryPrimitives.WriteInt64BigEndian(footer[40..], capacity);
        BinaryPrimitives.WriteInt64BigEndian(footer[48..], capacity);
        BinaryPrimitives.WriteUInt32BigEndian(footer[60..], ParentName is null ? 3u : 4u);
        UniqueId.TryWriteBytes(footer[68..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(footer[64..], StructureChecksum.SumOf(footer, 64));
        return bytes;
    }

    private byte[] MakeHeader(int blocks, Dictionary<string, long> locators)
    {
        byte[] bytes = new byte[1024];
        Span<byte> header = bytes;
        "cxsparse"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt64BigEndian(header[16..], TableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], 0x00010000);
        BinaryPrimitives.WriteInt32BigEndian(header[28..], blocks);
        BinaryPrimitives.WriteInt32BigEndian(header[32..], blockSize);
        ParentId.TryWriteBytes(header[40..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(header[56..], ParentTime is { } time ? (uint)(time - Epoch).TotalSeconds : 0);
        Encoding.BigEndianUnicode.GetBytes(ParentName ?? string.Empty).CopyTo(header[64..]);
        int entry = 576;
        foreach ((string platform, long offset) in locators)
        {
            Encoding.ASCII.GetBytes(platform).CopyTo(header[entry..]);
            BinaryPrimitives.WriteUInt32BigEndian(header[(entry + 4)..], 1);
            BinaryPrimitives.WriteInt32BigEndian(header[(entry + 8)..], Encoding.Unicode.GetByteCount(Locators[platform]));
            BinaryPrimitives.WriteInt64BigEndian(header[(entry + 16)..], offset);
            entry += 24;
        }

        BinaryPrimitives.WriteUInt32BigEndian(header[36..], StructureChecksum.SumOf(header, 36));
        return bytes;
    }
}
