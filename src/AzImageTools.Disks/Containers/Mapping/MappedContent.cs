namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>
/// A disk's bytes and extents, by a map. Ranges that follow each other in the file are read at once; clusters read whole are
/// decompressed where they are wanted, without a lock, so that threads that read different ranges don't wait for one another.
/// Clusters read in part are kept decompressed, 2 MiB of them at most.
/// </summary>
internal sealed class MappedContent
{
    private const int BytesKeptAPage = 32 << 10;
    private const int SectorSize = 512;

    private readonly DiskFile _file;
    private readonly IDiskMap _map;
    private readonly long _length;
    private readonly IByteSource? _parent;
    private readonly ICompressedMap? _compressed;
    private readonly DecompressedCluster?[] _decompressed = [];

    /// <param name="file">The file that the map's offsets are of.</param>
    /// <param name="map">Where what is.</param>
    /// <param name="length">The disk's length in bytes.</param>
    /// <param name="parent">What absent ranges are read from, as far as it reaches; null where they are zero.</param>
    public MappedContent(DiskFile file, IDiskMap map, long length, IByteSource? parent)
    {
        _file = file;
        _map = map;
        _length = length;
        _parent = parent;
        if (map is ICompressedMap compressed)
        {
            _compressed = compressed;
            _decompressed = new DecompressedCluster?[Math.Max(1, Math.Min(file.PagesKept, (long)file.PagesKept * BytesKeptAPage / compressed.ClusterSize))];
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            MappedRange range = _map.Find(offset, destination.Length);
            Span<byte> part = destination.Slice(0, (int)range.Length);
            switch (range.Kind)
            {
                case RangeKind.Stored:
                    _file.Read(range.FileOffset, part);
                    break;
                case RangeKind.Compressed:
                    ReadCompressed(_compressed!, offset, range, part);
                    break;
                case RangeKind.Absent when _parent is not null:
                    ReadParent(_parent, offset, part);
                    break;
                default:
                    part.Clear();
                    break;
            }

            offset += part.Length;
            destination = destination.Slice(part.Length);
        }
    }

    /// <summary>The extents of a range. What is stored may still lie in a hole of a sparse file.</summary>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => ExtentMerger.Merge(GetUnmergedExtents(offset, length));

    /// <summary>Passes on where in the file ranges lie that are likely to be read next. What a parent has is left out.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => _file.Prefetch(ranges.SelectMany(Locate));

    private IEnumerable<DiskExtent> Locate(DiskExtent wanted)
    {
        MappedRange range;
        for (long position = wanted.Offset; position < wanted.End; position += range.Length)
        {
            range = _map.Find(position, wanted.End - position);
            if (range.Kind == RangeKind.Stored)
            {
                yield return new DiskExtent(range.FileOffset, range.Length);
            }
            else if (range.Kind == RangeKind.Compressed)
            {
                yield return new DiskExtent(range.FileOffset, range.CompressedLength);
            }
        }
    }

    private IEnumerable<DiskExtent> GetUnmergedExtents(long offset, long length)
    {
        long end = offset + length;
        long stored = 0;
        MappedRange range;
        for (long position = offset; position < end; position += range.Length)
        {
            _file.Budget.Read(0);
            range = _map.Find(position, end - position);
            stored += LeastInFile(range);
            if (stored > _file.Length)
            {
                throw new DiskFormatException(_file.Path, range.FileOffset, "The image claims to store more than the file's length: parts of it overlap, so its map is damaged.");
            }

            if (range.Kind == RangeKind.Stored)
            {
                foreach (DiskExtent data in _file.GetDataRanges(range.FileOffset, range.Length))
                {
                    yield return data with { Offset = position + (data.Offset - range.FileOffset) };
                }
            }
            else if (range.Kind == RangeKind.Compressed)
            {
                yield return new DiskExtent(position, range.Length);
            }
            else if (range.Kind == RangeKind.Absent && _parent is not null && position < _parent.Length)
            {
                foreach (DiskExtent extent in _parent.GetExtents(position, Math.Min(range.Length, _parent.Length - position)))
                {
                    yield return extent;
                }
            }
        }
    }

    /// <summary>How many bytes of the file belong to a range and to no other, at least: compressed data ends anywhere in its last sector.</summary>
    private long LeastInFile(MappedRange range) => range.Kind switch
    {
        RangeKind.Stored => range.Length,
        RangeKind.Compressed when range.Length == _compressed!.ClusterSize => Math.Max(range.CompressedLength - SectorSize + 1, _compressed.LeastCompressed),
        RangeKind.Compressed => 1,
        _ => 0,
    };

    private static void ReadParent(IByteSource parent, long offset, Span<byte> destination)
    {
        int count = (int)Math.Max(0, Math.Min(destination.Length, parent.Length - offset));
        if (count > 0)
        {
            parent.Read(offset, destination.Slice(0, count));
        }

        destination.Slice(count).Clear();
    }

    private void ReadCompressed(ICompressedMap map, long offset, MappedRange range, Span<byte> destination)
    {
        int size = map.ClusterSize;
        long number = offset / size;
        long clusterOffset = number * size;
        if (destination.Length == size)
        {
            map.Decompress(clusterOffset, range, destination, size);
            return;
        }

        // Each cluster has one slot it may stand in. Two threads may decompress the same one; the later one's stays.
        ref DecompressedCluster? slot = ref _decompressed[(int)(number % _decompressed.Length)];
        DecompressedCluster? cluster = Volatile.Read(ref slot);
        if (cluster is null || cluster.Number != number)
        {
            cluster = new DecompressedCluster(number, new byte[size]);
            map.Decompress(clusterOffset, range, cluster.Bytes, (int)Math.Min(size, _length - clusterOffset));
            Volatile.Write(ref slot, cluster);
        }

        cluster.Bytes.AsSpan((int)(offset - clusterOffset), destination.Length).CopyTo(destination);
    }

    private sealed record DecompressedCluster(long Number, byte[] Bytes);
}
