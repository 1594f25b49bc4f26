namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A volume with the blocks of its journal laid over it.</summary>
internal sealed class RecoveredByteSource(IByteSource volume, IReadOnlyDictionary<long, JournalledBlock> blocks, FileContent journal, int blockSize) : IByteSource
{
    public string Name => volume.Name;

    public long Length => volume.Length;

    public int LogicalSectorSize => volume.LogicalSectorSize;

    public ReadBudget Budget => volume.Budget;

    public void Read(long offset, Span<byte> destination)
    {
        volume.Read(offset, destination);
        long end = offset + destination.Length;
        for (long block = offset / blockSize; block * blockSize < end; block++)
        {
            if (!blocks.TryGetValue(block, out JournalledBlock journalled))
            {
                continue;
            }

            long start = Math.Max(offset, block * blockSize);
            Span<byte> piece = destination.Slice((int)(start - offset), (int)(Math.Min(end, (block + 1) * blockSize) - start));
            int within = (int)(start % blockSize);
            journal.Read(((long)journalled.JournalBlock * blockSize) + within, piece);
            if (journalled.IsEscaped && within < sizeof(uint))
            {
                ReadOnlySpan<byte> missing = JournalSuperblock.MagicBytes.Slice(within);
                missing.Slice(0, Math.Min(missing.Length, piece.Length)).CopyTo(piece);
            }
        }
    }

    // The journal may fill what the volume leaves empty.
    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    public void Prefetch(IEnumerable<DiskExtent> ranges) => volume.Prefetch(ranges);
}
