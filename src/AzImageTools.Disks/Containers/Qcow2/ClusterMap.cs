using System.Buffers;
using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>
/// Where a QCOW2 keeps its clusters: an L1 table of L2 tables, whose entries tell of a cluster each (QCOW2 specification,
/// Cluster mapping), or of its 32 subclusters too (Extended L2 Entries).
/// </summary>
internal sealed class ClusterMap : TwoLevelMap
{
    private const string Rule = "QCOW2 specification, Cluster mapping";
    private const int SectorSize = 512;
    private const int SubclusterBits = 5;
    private const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    private const ulong CompressedFlag = 1UL << 62;
    private const ulong ZeroFlag = 1;

    private readonly DiskFile _file;
    private readonly Qcow2Header _header;
    private readonly PagedTable _level1;

    // L2 tables are anywhere in the file: all of it is a table of entries, of which the pages used last are kept.
    private readonly PagedTable _level2;
    private readonly bool _isExtended;
    private readonly int _unitSize;

    public ClusterMap(DiskFile file, Qcow2Header header)
    {
        _file = file;
        _header = header;
        _level1 = new PagedTable(file, header.Level1Offset, (long)header.Level1Count * sizeof(ulong));
        _level2 = new PagedTable(file, 0, file.Length);
        _isExtended = header.HasExtendedEntries;
        _unitSize = _isExtended ? header.ClusterSize >> SubclusterBits : header.ClusterSize;
        CheckTables();
    }

    public override int ClusterSize => _header.ClusterSize;

    public override int LeastCompressed => _header.Compression == CompressionType.Zstd
        ? (ClusterSize / Decompressor.LargestZstandardRatio) + Decompressor.ZstandardFrameSize
        : (ClusterSize / Decompressor.LargestDeflateRatio) + 1;

    private protected override long TableSpan => 1L << (_header.ClusterBits + _header.Level2Bits);

    public override void Decompress(long clusterOffset, MappedRange range, Span<byte> cluster, int needed)
    {
        byte[] packed = ArrayPool<byte>.Shared.Rent(range.CompressedLength);
        try
        {
            _file.Read(range.FileOffset, packed.AsSpan(0, range.CompressedLength));
            ArraySegment<byte> source = new(packed, 0, range.CompressedLength);
            int count = _header.Compression == CompressionType.Zstd ? Decompressor.InflateZstd(source, cluster) : Decompressor.Inflate(source, cluster);
            if (count < needed)
            {
                throw Damage(range.FileOffset, $"The compressed cluster of the disk's byte {clusterOffset} is damaged.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    /// <summary>Within one L1 table no cluster is an L2 table twice; only snapshots share them.</summary>
    private void CheckTables()
    {
        long shared = FindShared(Enumerable.Range(0, _header.Level1Count).Select(i => (long)(_level1.ReadUInt64BigEndian(i) & OffsetMask)));
        if (shared != 0)
        {
            throw Damage(_header.Level1Offset, $"The L1 table leads to the L2 table at byte {shared} more than once: parts of the disk overlap.");
        }
    }

    /// <summary>The first byte of an L2 table; 0 where there is none.</summary>
    private protected override long FindTable(long number)
    {
        long table = (long)(_level1.ReadUInt64BigEndian(number) & OffsetMask);
        return (table & (ClusterSize - 1)) == 0 && table <= _file.Length - ClusterSize
            ? table
            : throw Damage(
                _header.Level1Offset + (number * sizeof(ulong)),
                $"L2 table {number} can't be at byte {table} of the file's {_file.Length}: the file is cut off or damaged.");
    }

    /// <summary>The rest of the cluster, or of the subcluster, that a position of the disk is in.</summary>
    private protected override MappedRange FindUnit(long table, long offset)
    {
        long index = (offset >> _header.ClusterBits) & ((1L << _header.Level2Bits) - 1);
        int start = (int)(offset & (ClusterSize - 1));
        long entryOffset = table + (index * (_isExtended ? 2 : 1) * sizeof(ulong));
        ulong entry = _level2.ReadUInt64BigEndian(entryOffset / sizeof(ulong));
        long length = Math.Min(_unitSize - (start & (_unitSize - 1)), _header.Capacity - offset);
        if ((entry & CompressedFlag) != 0)
        {
            return FindCompressed(entry, entryOffset, Math.Min(ClusterSize - start, _header.Capacity - offset));
        }

        RangeKind kind = _isExtended ? KindOfSubcluster(entryOffset, start / _unitSize) : KindOfCluster(entry, entryOffset);
        if (kind != RangeKind.Stored)
        {
            return new MappedRange(kind, length);
        }

        // The image's last cluster may be cut off behind the disk's end.
        long cluster = (long)(entry & OffsetMask);
        if (cluster == 0 || (cluster & (ClusterSize - 1)) != 0 || cluster > _file.Length - start - length)
        {
            throw Damage(entryOffset, $"The disk's byte {offset} can't be in a cluster at byte {cluster} of the file's {_file.Length}: the file is cut off or damaged.");
        }

        return new MappedRange(RangeKind.Stored, length, cluster + start);
    }

    private RangeKind KindOfCluster(ulong entry, long entryOffset)
    {
        if ((entry & ZeroFlag) != 0)
        {
            return _header.Version > 2 ? RangeKind.Zero : throw Damage(entryOffset, "An image of version 2 has no zero clusters.");
        }

        return (entry & OffsetMask) == 0 ? RangeKind.Absent : RangeKind.Stored;
    }

    private RangeKind KindOfSubcluster(long entryOffset, int subcluster)
    {
        ulong bitmap = _level2.ReadUInt64BigEndian((entryOffset / sizeof(ulong)) + 1) >> subcluster;
        bool isAllocated = (bitmap & 1) != 0;
        bool isZero = (bitmap >> 32 & 1) != 0;
        return isZero
            ? isAllocated ? throw Damage(entryOffset + sizeof(ulong), $"Subcluster {subcluster} is said to be both allocated and zero.") : RangeKind.Zero
            : isAllocated ? RangeKind.Stored : RangeKind.Absent;
    }

    /// <summary>Compressed Clusters Descriptor: the data's offset, and above it how many further sectors it reaches into.</summary>
    private MappedRange FindCompressed(ulong entry, long entryOffset, long length)
    {
        int offsetBits = 62 - (_header.ClusterBits - 8);
        long data = (long)(entry & ((1UL << offsetBits) - 1));
        long sectors = (long)((entry & (CompressedFlag - 1)) >> offsetBits) + 1;
        if (data == 0 || data >= _file.Length)
        {
            throw Damage(entryOffset, $"Compressed data can't be at byte {data} of the file's {_file.Length}: the file is cut off or damaged.");
        }

        // The last sector may be cut off: the data ends somewhere in it.
        long packed = Math.Min((sectors * SectorSize) - (data % SectorSize), _file.Length - data);
        return new MappedRange(RangeKind.Compressed, length, data, (int)packed);
    }

    private DiskFormatException Damage(long offset, string problem) => new(_file.Path, offset, problem, Rule);
}
