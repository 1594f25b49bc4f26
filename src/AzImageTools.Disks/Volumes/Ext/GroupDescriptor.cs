using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Where a block group keeps its bitmap and inodes (ext4, "Block Group Descriptors"). Places are block numbers.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct GroupDescriptor(ReadOnlySpan<byte> bytes)
{
    private const int NarrowSize = 32;
    private const int BlockBitmapUninitialized = 0x2;

    public long BlockBitmap { get; } = Place(bytes, 0x0);

    public long InodeBitmap { get; } = Place(bytes, 0x4);

    public long InodeTable { get; } = Place(bytes, 0x8);

    /// <summary>How many clusters are free.</summary>
    public long FreeClusters { get; } = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(0xC))
        | (bytes.Length > NarrowSize ? (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(0x2C)) << 16 : 0);

    /// <summary>Whether the bitmap of blocks was never written: nothing of the group is used but by its own structures.</summary>
    public bool IsBlockBitmapUninitialized { get; } = (BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(0x12)) & BlockBitmapUninitialized) != 0;

    private static long Place(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset))
            | (bytes.Length > NarrowSize ? (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset + NarrowSize)) << 32 : 0);
}
