using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhdx;

namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>
/// A dynamic VHDX ([MS-VHDX] 2.1), closed cleanly: headers, an empty log, the metadata, the block allocation table, and the blocks.
/// </summary>
internal sealed class VhdxLayout : ImageLayout
{
    private const long Mebibyte = 1 << 20;

    /// <summary>Small, so that little of the file is empty; Hyper-V's 32 MiB are meant for disks that grow.</summary>
    private const int BlockSize = 2 << 20;

    /// <summary>Payload blocks for each sector bitmap block ([MS-VHDX] 2.5): 2^23 sectors of 512 bytes.</summary>
    private const long ChunkRatio = (1L << 23) * SectorSize / BlockSize;

    private const int SectorSize = 512;
    private const long LogOffset = Mebibyte;
    private const long MetadataOffset = 2 * Mebibyte;
    private const long TableOffset = 3 * Mebibyte;

    private readonly BlockRuns _blocks;
    private readonly Guid _id;
    private readonly long _tableLength;

    public VhdxLayout(long capacity, IEnumerable<DiskExtent> data, Guid id)
        : base(capacity)
    {
        if (capacity > VirtualDisk.MaximumCapacity)
        {
            throw new DiskFormatException("VHDX", null, $"The disk's capacity of {capacity} bytes is more than the {VirtualDisk.MaximumCapacity} of a VHDX.", "[MS-VHDX] 2.6.2.2");
        }

        _id = id;
        _blocks = new BlockRuns(data, BlockSize);
        long blocks = (capacity + BlockSize - 1) / BlockSize;
        long entries = blocks + ((blocks - 1) / ChunkRatio);
        _tableLength = ((entries * sizeof(ulong)) + Mebibyte - 1) / Mebibyte * Mebibyte;
    }

    public override DiskFormat Format => DiskFormat.Vhdx;

    public override DiskSubFormat SubFormat => DiskSubFormat.Dynamic;

    public override long FileLength => PositionOf(_blocks.Count);

    internal override IEnumerable<FilePart> Structures =>
    [
        new FilePart(0, VhdxDisk.CreateIdentifier("AzImageTools")),
        new FilePart(Header.FirstOffset, CreateHeader(1)),
        new FilePart(Header.SecondOffset, CreateHeader(2)),
        new FilePart(RegionTable.FirstOffset, Regions.ToBytes()),
        new FilePart(RegionTable.SecondOffset, Regions.ToBytes()),
        new FilePart(MetadataOffset, VhdxMetadata.CreateRegion(new VhdxMetadata { BlockSize = BlockSize, Capacity = Capacity, LogicalSectorSize = SectorSize, HasParent = false, LeavesBlocksAllocated = false }, _id)),
        new FilePart(TableOffset, CreateTable()),
    ];

    private RegionTable Regions => new() { BlockAllocationTable = new DiskExtent(TableOffset, _tableLength), Metadata = new DiskExtent(MetadataOffset, Mebibyte) };

    internal override long Locate(long offset, out long length)
    {
        long within = offset % BlockSize;
        length = Math.Min(BlockSize - within, Capacity - offset);
        long index = _blocks.IndexOf(offset / BlockSize);
        return index < 0 ? -1 : PositionOf(index) + within;
    }

    private long PositionOf(long index) => TableOffset + _tableLength + (index * BlockSize);

    private byte[] CreateHeader(ulong sequenceNumber) => new Header
    {
        SequenceNumber = sequenceNumber,
        DataWriteGuid = _id,
        LogGuid = Guid.Empty,
        LogVersion = 0,
        Version = 1,
        LogLength = (uint)Mebibyte,
        LogOffset = (ulong)LogOffset,
    }.ToBytes(_id);

    private byte[] CreateTable()
    {
        byte[] table = new byte[_tableLength];
        foreach ((long block, long index) in _blocks.All)
        {
            long entry = block + (block / ChunkRatio);
            BinaryPrimitives.WriteUInt64LittleEndian(
                table.AsSpan((int)(entry * sizeof(ulong))), ((ulong)(PositionOf(index) / Mebibyte) << 20) | (ulong)PayloadBlockState.FullyPresent);
        }

        return table;
    }
}
