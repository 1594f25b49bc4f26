using System.Buffers;
using System.Buffers.Binary;
using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>
/// Where a hosted sparse extent keeps its grains: a grain directory of grain tables (VMware Virtual Disk Format 5.0, Hosted
/// Sparse Extents; Stream-Optimized Compressed Sparse Extents).
/// </summary>
internal sealed class GrainMap : TwoLevelMap
{
    private const string Rule = "VMware Virtual Disk Format 5.0, Grain Directories and Grain Tables";
    private const int SectorSize = 512;
    private const int EntriesInSector = SectorSize / sizeof(uint);
    private const int MarkerSize = 12;
    private const uint ZeroedGrain = 1;

    private readonly DiskFile _file;
    private readonly SparseExtentHeader _header;
    private readonly bool _isCompressed;
    private readonly bool _hasZeroedGrains;
    private readonly PagedTable _directory;

    // Grain tables are anywhere in the file: all of it is a table of entries, of which the pages used last are kept.
    private readonly PagedTable _tables;

    /// <param name="file">The extent.</param>
    /// <param name="header">Its header.</param>
    /// <param name="pagesKept">How much of its tables to keep in memory, in pages.</param>
    public GrainMap(DiskFile file, SparseExtentHeader header, int pagesKept)
    {
        _file = file;
        _header = header;
        _isCompressed = header.IsCompressed;
        _hasZeroedGrains = header.Flags.HasFlag(SparseExtentFlags.HasZeroedGrains);
        _directory = new PagedTable(file, header.DirectoryOffset, header.DirectoryEntries * sizeof(uint), pagesKept);
        _tables = new PagedTable(file, 0, file.Length, pagesKept);
        CheckTables();
    }

    public override int ClusterSize => _header.GrainSize;

    public override int LeastCompressed => (ClusterSize / Decompressor.LargestDeflateRatio) + MarkerSize;

    private protected override long TableSpan => (long)_header.GrainSize * _header.TableEntries;

    public override void Decompress(long clusterOffset, MappedRange range, Span<byte> cluster, int needed)
    {
        // Grain marker: the grain's first sector on the disk, the data's size, the data.
        Span<byte> marker = stackalloc byte[MarkerSize];
        _file.Read(range.FileOffset, marker);
        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(marker);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(marker.Slice(8));
        if (sector != (ulong)(clusterOffset / SectorSize) || size == 0 || size > 2 * _header.GrainSize)
        {
            throw Damage(range.FileOffset, $"The marker of the grain at the disk's byte {clusterOffset} says {size} bytes for sector {sector}.");
        }

        byte[] packed = ArrayPool<byte>.Shared.Rent((int)size);
        try
        {
            _file.Read(range.FileOffset + MarkerSize, packed.AsSpan(0, (int)size));
            if (Decompressor.InflateZlib(new ArraySegment<byte>(packed, 0, (int)size), cluster) < needed)
            {
                throw Damage(range.FileOffset, $"The compressed grain of the disk's byte {clusterOffset} is damaged.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    private void CheckTables()
    {
        long shared = FindShared(EnumerateTables());
        if (shared != 0)
        {
            throw Damage(_header.DirectoryOffset, $"The grain directory leads to the grain table at byte {shared * SectorSize} more than once: parts of the disk overlap.");
        }
    }

    private IEnumerable<long> EnumerateTables()
    {
        for (long i = 0; i < _header.DirectoryEntries; i++)
        {
            yield return _directory.ReadUInt32LittleEndian(i);
        }
    }

    /// <summary>The first byte of a grain table; 0 where there is none.</summary>
    private protected override long FindTable(long number)
    {
        long table = (long)_directory.ReadUInt32LittleEndian(number) * SectorSize;
        return table <= _file.Length - (_header.TableEntries * sizeof(uint))
            ? table
            : throw Damage(
                _header.DirectoryOffset + (number * sizeof(uint)),
                $"Grain table {number} can't be at byte {table} of the file's {_file.Length}: the file is cut off or damaged.");
    }

    /// <summary>The rest of the grain that a position of the disk is in.</summary>
    private protected override MappedRange FindUnit(long table, long offset)
    {
        long index = offset / _header.GrainSize % _header.TableEntries;
        int start = (int)(offset & (_header.GrainSize - 1));
        long length = Math.Min(_header.GrainSize - start, _header.Capacity - offset);
        uint entry = _tables.ReadUInt32LittleEndian((table / SectorSize * EntriesInSector) + index);
        if (entry == 0)
        {
            return new MappedRange(RangeKind.Absent, length);
        }

        if (entry == ZeroedGrain && _hasZeroedGrains)
        {
            return new MappedRange(RangeKind.Zero, length);
        }

        long grain = (long)entry * SectorSize;
        long needed = _isCompressed ? MarkerSize : start + length;
        if (grain > _file.Length - needed)
        {
            throw Damage(table + (index * sizeof(uint)), $"The disk's byte {offset} can't be in a grain at byte {grain} of the file's {_file.Length}: the file is cut off or damaged.");
        }

        return _isCompressed ? new MappedRange(RangeKind.Compressed, length, grain) : new MappedRange(RangeKind.Stored, length, grain + start);
    }

    private DiskFormatException Damage(long offset, string problem) => new(_file.Path, offset, problem, Rule);
}
