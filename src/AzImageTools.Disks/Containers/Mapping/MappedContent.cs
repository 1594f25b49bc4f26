namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>
/// A disk's bytes, read through a map of its clusters. Runs that follow each other in the file are read at once; clusters read
/// whole are decompressed where they are wanted, without a lock, so that threads that read different ranges don't wait for
/// one another. Clusters read in part are kept decompressed, 2 MiB of them at most.
/// </summary>
internal sealed class MappedContent
{
    private const int BytesKeptAPage = 32 << 10;

    private readonly DiskFile _file;
    private readonly IDiskMap _map;
    private readonly long _length;
    private readonly IByteSource? _backing;
    private readonly UnpackedCluster?[] _unpacked;

    /// <param name="file">The file that the map's offsets are of.</param>
    /// <param name="map">Where what is.</param>
    /// <param name="length">The disk's length in bytes.</param>
    /// <param name="backing">What absent ranges are read from, as far as it reaches; null where they are zero.</param>
    public MappedContent(DiskFile file, IDiskMap map, long length, IByteSource? backing)
    {
        _file = file;
        _map = map;
        _length = length;
        _backing = backing;
        _unpacked = new UnpackedCluster?[Math.Max(1, Math.Min(file.PagesKept, (long)file.PagesKept * BytesKeptAPage / map.ClusterSize))];
    }

    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            DiskRun run = _map.Find(offset, destination.Length);
            Span<byte> part = destination.Slice(0, (int)run.Length);
            switch (run.Kind)
            {
                case RunKind.Stored:
                    _file.Read(run.FileOffset, part);
                    break;
                case RunKind.Packed:
                    ReadPacked(offset, run, part);
                    break;
                case RunKind.Absent when _backing is not null:
                    ReadBacking(_backing, offset, part);
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

    private IEnumerable<DiskExtent> GetUnmergedExtents(long offset, long length)
    {
        long end = offset + length;
        long stored = 0;
        DiskRun run;
        for (long position = offset; position < end; position += run.Length)
        {
            run = _map.Find(position, end - position);
            if (run.Kind == RunKind.Stored)
            {
                stored += run.Length;
                if (stored > _file.Length)
                {
                    throw new DiskFormatException(_file.Path, run.FileOffset, "The image claims to store more than the file's length: clusters overlap, so its map is damaged.");
                }

                foreach (DiskExtent range in _file.GetDataRanges(run.FileOffset, run.Length))
                {
                    yield return range with { Offset = position + (range.Offset - run.FileOffset) };
                }
            }
            else if (run.Kind == RunKind.Packed)
            {
                yield return new DiskExtent(position, run.Length);
            }
            else if (run.Kind == RunKind.Absent && _backing is not null && position < _backing.Length)
            {
                foreach (DiskExtent extent in _backing.GetExtents(position, Math.Min(run.Length, _backing.Length - position)))
                {
                    yield return extent;
                }
            }
        }
    }

    private static void ReadBacking(IByteSource backing, long offset, Span<byte> destination)
    {
        int count = (int)Math.Max(0, Math.Min(destination.Length, backing.Length - offset));
        if (count > 0)
        {
            backing.Read(offset, destination.Slice(0, count));
        }

        destination.Slice(count).Clear();
    }

    private void ReadPacked(long offset, DiskRun run, Span<byte> destination)
    {
        int size = _map.ClusterSize;
        long number = offset / size;
        long clusterOffset = number * size;
        if (destination.Length == size)
        {
            _map.Unpack(clusterOffset, run, destination, size);
            return;
        }

        // Each cluster has one slot it may stand in. Two threads may decompress the same one; the later one's stays.
        ref UnpackedCluster? slot = ref _unpacked[(int)(number % _unpacked.Length)];
        UnpackedCluster? cluster = Volatile.Read(ref slot);
        if (cluster is null || cluster.Number != number)
        {
            cluster = new UnpackedCluster(number, new byte[size]);
            _map.Unpack(clusterOffset, run, cluster.Bytes, (int)Math.Min(size, _length - clusterOffset));
            Volatile.Write(ref slot, cluster);
        }

        cluster.Bytes.AsSpan((int)(offset - clusterOffset), destination.Length).CopyTo(destination);
    }

    private sealed record UnpackedCluster(long Number, byte[] Bytes);
}
