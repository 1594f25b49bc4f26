namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>The reference counts that a QCOW2 keeps of its clusters (QCOW2 specification, Host cluster management).</summary>
internal sealed class ReferenceCounts
{
    // What qemu takes, too.
    private const long LargestTable = 8L << 20;
    private const ulong OffsetMask = 0xFFFF_FFFF_FFFF_FE00;
    private const uint LargestOrder = 6;

    private readonly PagedTable _table;
    private readonly PagedTable _blocks;
    private readonly long _fileLength;
    private readonly int _clusterSize;
    private readonly int _order;

    private ReferenceCounts(DiskFile file, Qcow2Header header)
    {
        _table = new PagedTable(file, (long)header.RefcountTableOffset, (long)header.RefcountTableClusters * header.ClusterSize);
        _blocks = new PagedTable(file, 0, file.Length);
        _fileLength = file.Length;
        _clusterSize = header.ClusterSize;
        _order = (int)header.RefcountOrder;
        BlockCount = (long)header.RefcountTableClusters * header.ClusterSize / sizeof(ulong);
    }

    /// <summary>How many blocks of counts the table may lead to.</summary>
    public long BlockCount { get; }

    private long CountsInBlock => ((long)_clusterSize * 8) >> _order;

    /// <summary>The reference counts of an image; null where there can be none.</summary>
    public static ReferenceCounts? TryOpen(DiskFile file, Qcow2Header header)
    {
        long length = (long)header.RefcountTableClusters * header.ClusterSize;
        return header.RefcountOrder <= LargestOrder
            && length is > 0 and <= LargestTable
            && header.RefcountTableOffset > 0
            && header.RefcountTableOffset % (ulong)header.ClusterSize == 0
            && header.RefcountTableOffset <= (ulong)Math.Max(0, file.Length - length)
            ? new ReferenceCounts(file, header)
            : null;
    }

    /// <summary>What the table says of a block's place.</summary>
    public ulong ReadEntry(long block) => _table.ReadUInt64BigEndian(block);

    /// <summary>Whether a block can be where the table says it is.</summary>
    public bool IsPlace(ulong entry) => entry % (ulong)_clusterSize == 0 && entry <= (ulong)Math.Max(0, _fileLength - _clusterSize);

    /// <summary>A cluster's reference count; 0 where its block is missing or can't be where it is said to be.</summary>
    public ulong Read(long cluster)
    {
        long block = cluster / CountsInBlock;
        ulong entry = block < BlockCount ? ReadEntry(block) & OffsetMask : 0;
        if (entry == 0 || !IsPlace(entry))
        {
            return 0;
        }

        // Counts of less than a byte begin with its lowest bit.
        long bit = cluster % CountsInBlock << _order;
        long position = (long)entry + (bit / 8);
        ulong word = _blocks.ReadUInt64BigEndian(position / sizeof(ulong));
        int width = 1 << _order;
        int shift = width < 8
            ? (int)((7 - (position % 8)) * 8 + (bit % 8))
            : 64 - (int)(position % 8 * 8) - width;
        ulong mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        return (word >> shift) & mask;
    }
}
