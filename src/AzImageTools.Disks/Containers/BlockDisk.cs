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
            long block = offset / _blockSize;
            long start = offset % _blockSize;
            Span<byte> part = destination.Slice(0, (int)Math.Min(destination.Length, _blockSize - start));
            if (TryLocate(block, LengthOf(block), out long fileOffset))
            {
                File.Read(fileOffset + start, part);
            }
            else
            {
                part.Clear();
            }

            offset += part.Length;
            destination = destination.Slice(part.Length);
        }
    }

    private protected sealed override IEnumerable<DiskExtent> GetContentExtents(long offset, long length)
    {
        long end = offset + length;
        long runStart = -1;
        for (long position = offset; position < end;)
        {
            long block = position / _blockSize;
            bool isPresent = TryLocate(block, LengthOf(block), out _);
            if (isPresent && runStart < 0)
            {
                runStart = position;
            }
            else if (!isPresent && runStart >= 0)
            {
                yield return new DiskExtent(runStart, position - runStart);
                runStart = -1;
            }

            position = Math.Min((block + 1) * _blockSize, end);
        }

        if (runStart >= 0)
        {
            yield return new DiskExtent(runStart, end - runStart);
        }
    }

    private long LengthOf(long block) => Math.Min(_blockSize, Capacity - (block * _blockSize));
}
