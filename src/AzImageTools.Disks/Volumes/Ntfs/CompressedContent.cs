using AzImageTools.Disks.Volumes.Ntfs.Compression;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// The content of an attribute that is compressed with LZNT1 (libfsntfs documentation, "Compression"). A unit that has all
/// of its clusters is stored as it is; one that has none is zero; one with fewer, which come first, is compressed in them.
/// </summary>
internal sealed class CompressedContent : IUnitContent
{
    private const int Lznt1Method = 1;
    private const int MaximumUnitSize = 1024 * 1024;
    private const string Rule = "NTFS, Compression";

    private readonly NtfsVolume _volume;
    private readonly long _record;
    private readonly string _name;
    private readonly RunMap _runs;
    private readonly long _initialized;
    private readonly byte[] _stored;

    /// <summary>Creates the content.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="record">The number of the file's own record.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="first">The attribute's first fragment.</param>
    /// <param name="runs">The clusters of all fragments.</param>
    public CompressedContent(NtfsVolume volume, long record, string name, NtfsAttribute first, IEnumerable<FileRun> runs)
    {
        if (first.CompressionMethod != Lznt1Method)
        {
            throw volume.Damaged(record, $"{name} is compressed with method {first.CompressionMethod}, which is not known.", "NTFS, Attribute data flags");
        }

        long unitSize = first.CompressionUnit < 16 ? (long)volume.Boot.ClusterSize << first.CompressionUnit : 0;
        if (unitSize is < Lznt1.ChunkSize or > MaximumUnitSize)
        {
            throw volume.Damaged(record, $"{name} is said to be compressed in units of 2^{first.CompressionUnit} clusters.", Rule);
        }

        _volume = volume;
        _record = record;
        _name = name;
        _runs = new RunMap(runs);
        _initialized = first.InitializedLength;
        _stored = new byte[unitSize];
        Length = first.Length;
        UnitSize = (int)unitSize;
    }

    public long Length { get; }

    public int UnitSize { get; }

    public ReadBudget Budget => _volume.Budget;

    /// <summary>Units without clusters are of zeros.</summary>
    public long FindData(long position)
    {
        while (position < Math.Min(Length, _initialized))
        {
            long start = position / UnitSize * UnitSize;
            if (!_runs.TryFind(start, out FileRun run) || run.VolumeOffset != FileRun.Hole || run.FileEnd - start < UnitSize)
            {
                return position;
            }

            position = run.FileEnd / UnitSize * UnitSize;
        }

        return Length;
    }

    public void ReadUnit(long number, Span<byte> destination)
    {
        long start = number * UnitSize;
        int initialized = (int)Math.Max(0, Math.Min(destination.Length, _initialized - start));
        destination.Slice(initialized).Clear();
        destination = destination.Slice(0, initialized);
        if (initialized == 0)
        {
            return;
        }

        int count = ReadStored(start);
        if (count == UnitSize)
        {
            _stored.AsSpan(0, initialized).CopyTo(destination);
        }
        else if (!TryDecompress(_stored.AsSpan(0, count), destination))
        {
            throw _volume.DamagedAt(Locate(start), $"Bytes {start} to {start + UnitSize - 1} of {_name} are compressed with LZNT1, and damaged.", "MS-XCA 2.5");
        }
    }

    // The last unit is compressed as a whole, the zeros behind the content too.
    private bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (destination.Length == UnitSize)
        {
            return Lznt1.TryDecompress(source, destination);
        }

        byte[] unit = new byte[UnitSize];
        bool isWhole = Lznt1.TryDecompress(source, unit);
        unit.AsSpan(0, destination.Length).CopyTo(destination);
        return isWhole;
    }

    private long? Locate(long position)
        => _runs.TryFind(position, out FileRun run) && run.VolumeOffset != FileRun.Hole ? run.VolumeOffset + (position - run.FileOffset) : null;

    /// <summary>Reads the clusters that a unit has.</summary>
    private int ReadStored(long start)
    {
        long end = start + UnitSize;
        if (!_runs.TryFind(start, out FileRun run))
        {
            throw _volume.Damaged(_record, $"{_name} is said to have {Length} bytes, but its clusters end before byte {start}.", Rule);
        }

        int stored = 0;
        for (long position = start; position < end && _runs.TryFind(position, out run); position = run.FileEnd)
        {
            if (run.VolumeOffset == FileRun.Hole)
            {
                continue;
            }

            if (position != start + stored)
            {
                throw _volume.Damaged(_record, $"Bytes {start} to {end - 1} of {_name}, which is compressed, have clusters behind a hole.", Rule);
            }

            int count = (int)(Math.Min(end, run.FileEnd) - position);
            _volume.Source.Read(run.VolumeOffset + (position - run.FileOffset), _stored.AsSpan(stored, count));
            stored += count;
        }

        return stored;
    }
}
