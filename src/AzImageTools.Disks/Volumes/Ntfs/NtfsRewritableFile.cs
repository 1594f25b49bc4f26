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
        _runs = data.IsResident ? [] : [.. runs];
        _initialized = data.InitializedLength;
        if (_runs.Exists(static run => run.VolumeOffset == FileRun.Hole) || (!data.IsResident && (_runs.Count == 0 ? 0 : _runs[_runs.Count - 1].FileEnd) < Length))
        {
            throw Refuse("not all of it has clusters");
        }
    }

    public long Length => _data.Length;

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
