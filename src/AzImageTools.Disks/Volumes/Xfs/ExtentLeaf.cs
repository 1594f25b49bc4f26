using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>Extents of a file in the order of its blocks, as an inode or a leaf of a tree holds them ("Extent List").</summary>
/// <param name="first">The first block of the file that they tell of.</param>
/// <param name="end">The block behind the last one.</param>
/// <param name="records">The extents: 16 bytes each.</param>
internal sealed class ExtentLeaf(long first, long end, ReadOnlyMemory<byte> records)
{
    public const int RecordSize = 16;

    private const ulong UnwrittenFlag = 1UL << 63;
    private const int CountBits = 21;
    private const int StartBits = 9;

    /// <summary>Whether they tell of a block of the file.</summary>
    public bool Covers(long block) => block >= first && block < end;

    /// <summary>The run that a block lies in. Blocks that were never written are as those that do not exist.</summary>
    public BlockRun Find(long block)
    {
        int count = records.Length / RecordSize;
        int behind = (int)Bisection.FindFirst(count, index => StartOf((int)index) > block);
        long next = behind < count ? Math.Min(end, StartOf(behind)) : end;
        if (behind == 0)
        {
            return new BlockRun(block, next - block, BlockRun.Hole);
        }

        long start = StartOf(behind - 1);
        ulong head = Head(behind - 1);
        ulong tail = BinaryPrimitives.ReadUInt64BigEndian(records.Span.Slice(((behind - 1) * RecordSize) + sizeof(ulong)));
        long extentEnd = Math.Min(next, start + (long)(tail & ((1UL << CountBits) - 1)));
        if (block >= extentEnd)
        {
            return new BlockRun(block, next - block, BlockRun.Hole);
        }

        long place = (long)(((head & ((1UL << StartBits) - 1)) << (64 - CountBits)) | (tail >> CountBits));
        return new BlockRun(start, extentEnd - start, (head & UnwrittenFlag) == 0 ? place : BlockRun.Hole);
    }

    private long StartOf(int index) => (long)((Head(index) & ~UnwrittenFlag) >> StartBits);

    private ulong Head(int index) => BinaryPrimitives.ReadUInt64BigEndian(records.Span.Slice(index * RecordSize));
}
