namespace AzImageTools.Disks.Containers;

/// <summary>A disk whose content is kept in blocks of one size, each anywhere in the file or nowhere (then it is zero).</summary>
internal abstract class BlockDisk : VirtualDisk
{
    private readonly long _blockSize;

    private protected BlockDisk(DiskFile file, DiskFormat format, DiskSubFormat subFormat, long capacity, int logicalSectorSize, long blockSize)
        : base(file, format, subFormat, capacity, logicalSectorSize)
    {
        _blockSize = blockSize;
    }

    /// <summary>Finds a block's data in the file.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="length">How many bytes of it lie within the disk: all of them must lie within the file.</param>
    /// <param name="fileOffset">The data's first byte.</param>
    /// <returns>False where the block is not kept: it is zero.</returns>
    private protected abstract bool TryLocate(long block, long length, out long fileOffset);

    private protected sealed override void ReadContent(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int length = (int)LocateRun(offset, destination.Length, out long? fileOffset);
            if (fileOffset is { } start)
            {
                File.Read(start, destination.Slice(0, length));
            }
            else
            {
                destination.Slice(0, length).Clear();
            }

            offset += length;
            destination = destination.Slice(length);
        }
    }

    /// <summary>What the file holds of the blocks kept: a block that is kept may still lie in a hole of a sparse file.</summary>
    private protected sealed override IEnumerable<DiskExtent> GetContentExtents(long offset, long length)
    {
        long end = offset + length;
        DiskExtent pending = new(offset, 0);
        for (long position = offset; position < end;)
        {
            long run = LocateRun(position, end - position, out long? fileOffset);
            if (fileOffset is { } start)
            {
                foreach (DiskExtent range in File.GetDataRanges(start, run))
                {
                    long rangeOffset = position + (range.Offset - start);
                    if (rangeOffset == pending.End)
                    {
                        pending = pending with { Length = pending.Length + range.Length };
                        continue;
                    }

                    if (pending.Length > 0)
                    {
                        yield return pending;
                    }

                    pending = new DiskExtent(rangeOffset, range.Length);
                }
            }

            position += run;
        }

        if (pending.Length > 0)
        {
            yield return pending;
        }
    }

    /// <summary>Finds how far the disk goes on in one piece: in blocks that stand behind one another in the file, or in none.</summary>
    /// <param name="offset">Where on the disk.</param>
    /// <param name="length">How far to look.</param>
    /// <param name="fileOffset">Where the piece begins in the file; null where it is not kept.</param>
    /// <returns>The piece's length in bytes.</returns>
    private long LocateRun(long offset, long length, out long? fileOffset)
    {
        long block = offset / _blockSize;
        long end = offset + length;
        fileOffset = Locate(block) + (offset % _blockSize);
        long position = (block + 1) * _blockSize;
        while (position < end)
        {
            block++;
            if (Locate(block) != fileOffset + (position - offset))
            {
                return position - offset;
            }

            position += _blockSize;
        }

        return length;
    }

    private long? Locate(long block)
        => TryLocate(block, Math.Min(_blockSize, Capacity - (block * _blockSize)), out long fileOffset) ? fileOffset : null;
}
