namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>
/// A map of blocks of one size, each anywhere in the file or not in it. Of a mixed block only some sectors are in the file,
/// and a bitmap tells which; the others are the parent's.
/// </summary>
/// <param name="file">The image.</param>
/// <param name="capacity">The disk's capacity in bytes.</param>
/// <param name="blockSize">Bytes in a block.</param>
internal abstract class BlockMap(DiskFile file, long capacity, long blockSize) : IDiskMap
{
    private SectorBitmap? _bitmap;

    /// <summary>How many blocks the disk has.</summary>
    public long BlockCount { get; } = (capacity + blockSize - 1) / blockSize;

    /// <summary>Bytes in a sector, of which a bitmap has a bit.</summary>
    private protected virtual int SectorSize => 512;

    /// <summary>Whether a byte of a sector bitmap has its first sector in its most significant bit.</summary>
    private protected virtual bool IsMostSignificantFirst => false;

    public MappedRange Find(long offset, long limit)
    {
        long block = offset / blockSize;
        long start = offset % blockSize;
        MappedRange range = FindBlock(block, out long bitmapOffset).Skip(start);
        if (bitmapOffset != 0)
        {
            return FindSectors(block, start, range with { Length = Math.Min(range.Length, limit) }, bitmapOffset);
        }

        while (range.Length < limit)
        {
            MappedRange next = FindBlock(++block, out bitmapOffset);
            if (bitmapOffset != 0 || !range.IsContinuedBy(next))
            {
                return range;
            }

            // Large disks are mostly empty: their tables are searched for the next block, not asked for each.
            long alike = range.Kind == RangeKind.Stored ? 0 : CountAlike(block + 1, range.Kind);
            range = range with { Length = range.Length + next.Length + (alike * blockSize) };
            block += alike;
        }

        return range with { Length = limit };
    }

    /// <summary>Finds a whole block.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="bitmapOffset">Where a mixed block's bitmap begins in the file; 0 where all of the block is kept in one way.</param>
    /// <returns>The block, of <see cref="LengthOf"/> bytes; a mixed one as if all its sectors were stored.</returns>
    private protected abstract MappedRange FindBlock(long block, out long bitmapOffset);

    /// <summary>How many blocks from one on are surely kept like others that are not stored; 0 says nothing. The number may reach beyond the disk's last block.</summary>
    private protected abstract long CountAlike(long block, RangeKind kind);

    /// <summary>How many bytes of a block lie within the disk.</summary>
    private protected long LengthOf(long block) => Math.Min(blockSize, capacity - (block * blockSize));

    /// <summary>Finds how far a mixed block goes on in the file, or in the parent.</summary>
    private MappedRange FindSectors(long block, long start, MappedRange range, long bitmapOffset)
    {
        int sector = (int)(start / SectorSize);
        int sectors = GetBitmap(block, bitmapOffset).CountAlike(sector, out bool isInFile);
        long length = Math.Min(range.Length, ((sector + (long)sectors) * SectorSize) - start);
        return isInFile ? range with { Length = length } : new MappedRange(RangeKind.Absent, length);
    }

    /// <summary>The bitmap of a block; that of the last block asked for is kept.</summary>
    private SectorBitmap GetBitmap(long block, long offset)
    {
        SectorBitmap? bitmap = Volatile.Read(ref _bitmap);
        if (bitmap is null || bitmap.Block != block)
        {
            long sectors = (blockSize + SectorSize - 1) / SectorSize;
            bitmap = new SectorBitmap(block, file.Read(offset, (int)((sectors + 7) / 8)), IsMostSignificantFirst);
            Volatile.Write(ref _bitmap, bitmap);
        }

        return bitmap;
    }
}
