using System.Buffers.Binary;
using AzImageTools.Disks.Containers.Vhd;

namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>
/// A dynamic VHD (VHD specification 1.0, "Dynamic Hard Disk Image"): a copy of the footer, the header, the block allocation table,
/// the blocks, each behind its sector bitmap, and the footer.
/// </summary>
internal sealed class DynamicVhdLayout : ImageLayout
{
    /// <summary>The size that the specification gives as the usual one.</summary>
    private const int BlockSize = 2 << 20;

    /// <summary>2040 GiB: what Hyper-V takes (Microsoft Learn, "Hyper-V scalability": virtual hard disk size of the VHD format).</summary>
    private const long LargestCapacity = 2040L << 30;

    private const int Sector = 512;

    /// <summary>A bit for each sector of a block.</summary>
    private const int BitmapSize = BlockSize / Sector / 8;

    private const uint Unused = uint.MaxValue;

    private readonly BlockRuns _blocks;
    private readonly byte[] _footer;
    private readonly long _tableLength;

    public DynamicVhdLayout(long capacity, IEnumerable<DiskExtent> data, Guid id, DateTimeOffset created)
        : base(capacity)
    {
        if (capacity > LargestCapacity)
        {
            throw new DiskFormatException("dynamic VHD", null, $"The disk's capacity of {capacity} bytes is more than the {LargestCapacity} of a VHD. Make a VHDX.");
        }

        _blocks = new BlockRuns(data, BlockSize);
        long entries = (capacity + BlockSize - 1) / BlockSize;
        _tableLength = ((entries * sizeof(uint)) + Sector - 1) / Sector * Sector;
        _footer = new Footer
        {
            // Readers that go by the geometry cut disks of other creators short: these two are known for exact sizes.
            CreatorApplication = "win ",
            CreatorHostOS = "Wi2k",
            CreatorVersion = 0x000A0000,
            DataOffset = Footer.Size,
            TimeStamp = created,
            OriginalSize = capacity,
            CurrentSize = capacity,
            Geometry = DiskGeometry.FromCapacity(capacity),
            Type = DiskType.Dynamic,
            UniqueId = id,
        }.ToBytes();
    }

    public override DiskFormat Format => DiskFormat.Vhd;

    public override DiskSubFormat SubFormat => DiskSubFormat.Dynamic;

    public override long FileLength => PositionOf(_blocks.Count) + Footer.Size;

    internal override IEnumerable<FilePart> Structures
    {
        get
        {
            yield return new FilePart(0, _footer);
            yield return new FilePart(Footer.Size, DynamicHeader.Create(TableOffset, (uint)((Capacity + BlockSize - 1) / BlockSize), BlockSize));
            yield return new FilePart(TableOffset, CreateTable());

            // All of a block counts as written, as Hyper-V and qemu-img have it.
            byte[] bitmap = new byte[BitmapSize];
            bitmap.AsSpan().Fill(0xFF);
            for (long index = 0; index < _blocks.Count; index++)
            {
                yield return new FilePart(PositionOf(index), bitmap);
            }

            yield return new FilePart(PositionOf(_blocks.Count), _footer);
        }
    }

    private static long TableOffset => Footer.Size + DynamicHeader.Size;

    internal override long Locate(long offset, out long length)
    {
        long within = offset % BlockSize;
        length = Math.Min(BlockSize - within, Capacity - offset);
        long index = _blocks.IndexOf(offset / BlockSize);
        return index < 0 ? -1 : PositionOf(index) + BitmapSize + within;
    }

    /// <summary>Where a stored block begins, with its bitmap.</summary>
    private long PositionOf(long index) => TableOffset + _tableLength + (index * (BitmapSize + BlockSize));

    private byte[] CreateTable()
    {
        byte[] table = new byte[_tableLength];
        table.AsSpan().Fill(unchecked((byte)Unused));
        foreach ((long block, long index) in _blocks.All)
        {
            BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan((int)block * sizeof(uint)), (uint)(PositionOf(index) / Sector));
        }

        return table;
    }
}
