using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// A file's content, rewritten where it lies: in its clusters, or in its record where it is resident. How much of it was ever
/// written is kept in its record (libfsntfs documentation, "MFT attribute": the valid data size), which is the one thing beside
/// the content that a write may change.
/// </summary>
internal sealed class NtfsRewritableFile : IRewritableFile
{
    private const int ValidSizeOffset = 56;
    private const int ZeroBlock = 64 * 1024;

    private readonly NtfsVolume _volume;
    private readonly IWritableBytes _target;
    private readonly string _path;
    private readonly long _record;
    private readonly NtfsAttribute _data;
    private readonly bool _isWhole;
    private readonly List<FileRun> _runs;
    private long _initialized;

    /// <summary>Finds where the content lies; refused where it can't be rewritten there.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="target">Its bytes.</param>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="DiskRepairException">It is stored in a way that can't be rewritten.</exception>
    public NtfsRewritableFile(NtfsVolume volume, IWritableBytes target, NtfsFile file, string path)
    {
        _volume = volume;
        _target = target;
        _path = path;
        (FileRecord record, NtfsAttribute data, IEnumerable<FileRun> runs) = file.LocateData() ?? throw Refuse("it has no content");
        if (file.ReparseTag is { } tag)
        {
            throw Refuse(tag == ReparseTags.Wof ? "Windows keeps its content compressed (CompactOS)" : ReparseTags.Describe(tag));
        }

        string? reason = data.IsEncrypted || (file.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None ? "it is encrypted with EFS"
            : data.CompressionMethod != 0 ? "it is compressed"
            : data.IsSparse ? "it is sparse"
            : null;
        if (reason is not null)
        {
            throw Refuse(reason);
        }

        _record = record.Number;
        _data = data;
        _isWhole = !file.HasAttributeList;
        _runs = data.IsResident ? [] : [.. runs];
        _initialized = data.InitializedLength;
        if (_runs.Exists(static run => run.VolumeOffset == FileRun.Hole) || (!data.IsResident && (_runs.Count == 0 ? 0 : _runs[_runs.Count - 1].FileEnd) < Length))
        {
            throw Refuse("not all of it has clusters");
        }
    }

    public long Length => _data.Length;

    /// <summary>How many bytes of clusters it has, after <see cref="SetContent"/>; of a resident one, its length in whole units of 8.</summary>
    public long AllocatedLength { get; private set; }

    /// <summary>Gives the file another content, of any length that its clusters or its record have room for. It is not used further afterwards.</summary>
    /// <param name="content">The content.</param>
    /// <param name="free">Gives clusters back that are no longer needed.</param>
    /// <exception cref="DiskRepairException">There is no room.</exception>
    public void SetContent(ReadOnlySpan<byte> content, Action<NtfsVolume, IEnumerable<FileRun>> free)
    {
        if (_data.IsResident)
        {
            byte[] value = content.ToArray();
            bool fits = true;
            _volume.RewriteRecord(_record, record => fits = RecordEditor.TrySetValue(record, _data, value));
            AllocatedLength = (value.Length + 7L) & ~7L;
            if (!fits)
            {
                throw Refuse($"its record has no room for {value.Length} bytes");
            }

            return;
        }

        int clusterSize = _volume.Boot.ClusterSize;
        long allocated = _runs.Count == 0 ? 0 : _runs[_runs.Count - 1].FileEnd;
        if (content.Length > allocated)
        {
            throw Refuse($"it has clusters for {allocated} bytes, and {content.Length} are needed");
        }

        AllocatedLength = (content.Length + clusterSize - 1L) / clusterSize * clusterSize;
        if (AllocatedLength < allocated && !_isWhole)
        {
            throw Refuse("what it is made of lies in several records, and would become less");
        }

        byte[] whole = new byte[AllocatedLength];
        content.CopyTo(whole);
        WriteToClusters(0, whole);
        int length = content.Length;
        List<FileRun> kept = [.. _runs.Where(run => run.FileOffset < AllocatedLength).Select(run => run with { Length = Math.Min(run.Length, AllocatedLength - run.FileOffset) })];
        _volume.RewriteRecord(_record, record =>
        {
            if (AllocatedLength < allocated)
            {
                RecordEditor.SetRuns(record, _data, kept, length, clusterSize);
            }
            else
            {
                RecordEditor.SetLength(record, _data, length);
            }
        });
        free(_volume, _runs.Where(run => run.FileEnd > AllocatedLength).Select(run => Math.Max(run.FileOffset, AllocatedLength) is var start
            ? new FileRun(start, run.VolumeOffset + (start - run.FileOffset), run.FileEnd - start)
            : run));
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        if (position < 0 || position > Length - bytes.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(position), $"{bytes.Length} bytes from byte {position} on do not lie within {_path} of {Length} bytes.");
        }

        if (_data.IsResident)
        {
            byte[] content = bytes.ToArray();
            _volume.RewriteRecord(_record, record => content.CopyTo(record, _data.ContentInRecord + (int)position));
            return;
        }

        byte[] zeros = new byte[ZeroBlock];
        for (long gap = _initialized; gap < position; gap += zeros.Length)
        {
            WriteToClusters(gap, zeros.AsSpan(0, (int)Math.Min(zeros.Length, position - gap)));
        }

        WriteToClusters(position, bytes);
        if (position + bytes.Length > _initialized)
        {
            _initialized = position + bytes.Length;
            _volume.RewriteRecord(_record, record => BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(_data.OffsetInRecord + ValidSizeOffset), _initialized));
        }
    }

    private void WriteToClusters(long position, ReadOnlySpan<byte> bytes)
    {
        for (int i = Bisection.FindFirst(_runs, run => run.FileEnd > position); bytes.Length > 0; i++)
        {
            FileRun run = _runs[i];
            int count = (int)Math.Min(bytes.Length, run.FileEnd - position);
            _target.Write(run.VolumeOffset + (position - run.FileOffset), bytes.Slice(0, count));
            bytes = bytes.Slice(count);
            position += count;
        }
    }

    private DiskRepairException Refuse(string reason)
        => new(DiskRepairProblem.FileNotRepairable, _path, $"{_path} on {_volume.Name} can't be rewritten where it lies: {reason}. Nothing was changed.");
}
