namespace AzImageTools.Disks.Containers;

/// <summary>
/// A disk whose content is kept in blocks of one size, each anywhere in the file, in the disk that this one goes back to,
/// or nowhere (then it is zero).
/// </summary>
internal abstract class BlockDisk : VirtualDisk
{
    private readonly long _blockSize;
    private SectorBitmap? _bitmap;

    private protected BlockDisk(
        DiskFile file, DiskFormat format, DiskSubFormat subFormat, long capacity, int logicalSectorSize, long blockSize, VirtualDisk? parent = null)
        : base(file, format, subFormat, capacity, logicalSectorSize, parent)
    {
        _blockSize = blockSize;
    }

    /// <summary>Whether a byte of a sector bitmap has its first sector in its most significant bit.</summary>
    private protected virtual bool IsMostSignificantFirst => false;

    /// <summary>Finds a block.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="length">How many bytes of it lie within the disk: all of them must lie within the file.</param>
    private protected abstract BlockPlace Locate(long block, long length);

    /// <summary>How many blocks from one on are surely zero; 0 says nothing. The number may reach beyond the disk's last block.</summary>
    private protected virtual long CountAbsent(long block) => 0;

    private protected sealed override void ReadContent(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int length = (int)LocateRun(offset, destination.Length, out BlockPlace place);
            Span<byte> part = destination.Slice(0, length);
            switch (place.Source)
            {
                case BlockSource.File:
                    File.Read(place.FileOffset, part);
                    break;
                case BlockSource.Parent when Parent is not null:
                    Parent.Read(offset, part);
                    break;
                default:
                    part.Clear();
                    break;
            }

            offset += length;
            destination = destination.Slice(length);
        }
    }

    private protected sealed override IEnumerable<DiskExtent> GetContentExtents(long offset, long length)
    {
        long end = offset + length;
        DiskExtent pending = new(offset, 0);
        for (long position = offset; position < end;)
        {
            long run = LocateRun(position, end - position, out BlockPlace place);
            foreach (DiskExtent range in GetRanges(place, position, run))
            {
                if (range.Offset == pending.End)
                {
                    pending = pending with { Length = pending.Length + range.Length };
                    continue;
                }

                if (pending.Length > 0)
                {
                    yield return pending;
                }

                pending = range;
            }

            position += run;
        }

        if (pending.Length > 0)
        {
            yield return pending;
        }
    }

    /// <summary>Where data may be in a run: a block that is in the file may still lie in a hole of it.</summary>
    private IEnumerable<DiskExtent> GetRanges(BlockPlace place, long position, long length) => place.Source switch
    {
        BlockSource.File => File.GetDataRanges(place.FileOffset, length)
            .Select(range => range with { Offset = position + (range.Offset - place.FileOffset) }),
        BlockSource.Parent when Parent is not null => Parent.GetExtents(position, length),
        _ => [],
    };

    /// <summary>Finds how far the disk goes on in one piece: in blocks that stand behind one another in the file, or in none.</summary>
    /// <param name="offset">Where on the disk.</param>
    /// <param name="length">How far to look.</param>
    /// <param name="place">Where the piece is; never mixed.</param>
    /// <returns>The piece's length in bytes.</returns>
    private long LocateRun(long offset, long length, out BlockPlace place)
    {
        long block = offset / _blockSize;
        long start = offset % _blockSize;
        place = Locate(block);
        if (place.Source == BlockSource.Mixed)
        {
            return LocateSectors(block, start, Math.Min(length, _blockSize - start), ref place);
        }

        long end = offset + length;
        place = place.Skip(start);
        long position = (block + 1) * _blockSize;
        while (position < end)
        {
            block++;
            if (Locate(block) != place.Skip(position - offset))
            {
                return position - offset;
            }

            position += _blockSize;
            if (place.Source == BlockSource.Zero)
            {
                // Large disks are mostly empty: their tables are searched for the next block, not asked for each.
                long absent = CountAbsent(block + 1);
                block += absent;
                position += absent * _blockSize;
            }
        }

        return length;
    }

    /// <summary>Finds how far a mixed block goes on in the file, or in the parent.</summary>
    private long LocateSectors(long block, long start, long length, ref BlockPlace place)
    {
        int sector = (int)(start / LogicalSectorSize);
        int sectors = GetBitmap(block, place.BitmapOffset).GetRun(sector, out bool isInFile);
        place = isInFile ? new BlockPlace(BlockSource.File, place.FileOffset + start) : new BlockPlace(BlockSource.Parent);
        return Math.Min(((sector + (long)sectors) * LogicalSectorSize) - start, length);
    }

    /// <summary>The bitmap of a block; that of the last block asked for is kept.</summary>
    private SectorBitmap GetBitmap(long block, long offset)
    {
        SectorBitmap? bitmap = Volatile.Read(ref _bitmap);
        if (bitmap is null || bitmap.Block != block)
        {
            long sectors = (_blockSize + LogicalSectorSize - 1) / LogicalSectorSize;
            bitmap = new SectorBitmap(block, File.Read(offset, (int)((sectors + 7) / 8)), IsMostSignificantFirst);
            Volatile.Write(ref _bitmap, bitmap);
        }

        return bitmap;
    }

    private BlockPlace Locate(long block) => Locate(block, Math.Min(_blockSize, Capacity - (block * _blockSize)));
}
