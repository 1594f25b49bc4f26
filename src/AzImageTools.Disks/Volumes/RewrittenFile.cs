namespace AzImageTools.Disks.Volumes;

/// <summary>A file of a file system that only takes a whole content: kept in memory while it is changed, and given back at the end.</summary>
internal sealed class RewrittenFile : IRewritableFile
{
    private const int Longest = 32 << 20;

    private readonly IWritableFiles _files;
    private readonly string _path;
    private readonly DateTimeOffset _now;
    private readonly byte[] _content;

    private RewrittenFile(IWritableFiles files, string path, byte[] content, DateTimeOffset now)
    {
        _files = files;
        _path = path;
        _content = content;
        _now = now;
    }

    public long Length => _content.Length;

    /// <summary>Reads a file that is to be changed.</summary>
    /// <param name="volume">The file system, on an overlay.</param>
    /// <param name="path">The file.</param>
    /// <param name="now">When it is changed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">The volume is not written, or the file too long.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    public static RewrittenFile Open(IFileSystem volume, string path, DateTimeOffset now)
    {
        IWritableFiles files = volume.RequireWritable(path);
        using Stream stream = volume.OpenFile(path);
        if (stream.Length > Longest)
        {
            throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} has {stream.Length} bytes, and {Longest} are the most that are written anew on {volume.Kind}. Nothing was changed.");
        }

        byte[] content = new byte[stream.Length];
        for (int done = 0; done < content.Length;)
        {
            int count = stream.Read(content, done, content.Length - done);
            done += count > 0 ? count : throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} ends before its length. Nothing was changed.");
        }

        return new RewrittenFile(files, path, content, now);
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        if (position < 0 || position > Length - bytes.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(position), $"{bytes.Length} bytes from byte {position} on do not lie within {_path} of {Length} bytes.");
        }

        bytes.CopyTo(_content.AsSpan((int)position));
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="DiskRepairException">That can't be done safely.</exception>
    public void Save() => _files.Rewrite(_path, _content, _now);
}
