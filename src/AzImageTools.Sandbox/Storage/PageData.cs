namespace AzImageTools.Sandbox.Storage;

/// <summary>Pages in a sparse file, with a record of those that were written. Thread-safe; bytes move outside the lock.</summary>
internal sealed class PageData : IDisposable
{
    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly object _gate = new();
    private readonly PageRangeSet _written = new();
    private readonly PageFolder _folder;
    private readonly SparseFile _file;

    /// <param name="folder">The folder of the file.</param>
    /// <param name="file">The bytes.</param>
    /// <param name="written">The pages that were written before.</param>
    public PageData(PageFolder folder, SparseFile file, IEnumerable<PageRange> written)
    {
        _folder = folder;
        _file = file;
        foreach (var range in written)
        {
            _written.Add(range);
        }
    }

    public string Path => _file.Path;

    /// <summary>In bytes.</summary>
    public long Length => _file.Length;

    public int Read(long offset, Span<byte> destination) => _file.Read(offset, destination);

    /// <summary>Fills <paramref name="destination"/>.</summary>
    /// <exception cref="IOException">There are not as many bytes.</exception>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length;)
        {
            var read = Read(offset + done, destination.Slice(done));
            done += read > 0 ? read : throw new IOException("A page file of the sandbox is shorter than its blob.");
        }
    }

    /// <summary>Stores the first bytes of <paramref name="buffer"/>, as many as the range is long.</summary>
    public void Write(PageRange range, byte[] buffer)
    {
        _file.Write(range.Start, buffer, (int)range.Length);
        lock (_gate)
        {
            _written.Add(range);
        }
    }

    public void Clear(PageRange range)
    {
        foreach (var written in GetWritten(range))
        {
            for (var offset = written.Start; offset < written.End; offset += Zeros.Length)
            {
                _file.Write(offset, Zeros, (int)Math.Min(Zeros.Length, written.End - offset));
            }
        }

        lock (_gate)
        {
            _written.Remove(range);
        }
    }

    public IReadOnlyList<PageRange> GetWritten(PageRange window)
    {
        lock (_gate)
        {
            return [.. _written.Within(window)];
        }
    }

    public void Resize(long length)
    {
        lock (_gate)
        {
            if (length < Length)
            {
                _written.Remove(new PageRange(length, Length));
            }

            _file.SetLength(length);
        }
    }

    /// <summary>Takes over the written pages of another, which may be shorter than this.</summary>
    public void CopyFrom(PageData source, CancellationToken cancellation = default) => CopyFrom(source, 0, 0, source.Length, cancellation);

    /// <summary>Takes over the written pages of a part of another.</summary>
    /// <param name="source">The other.</param>
    /// <param name="sourceOffset">Where the part begins there, in bytes.</param>
    /// <param name="offset">Where it begins here, in bytes.</param>
    /// <param name="count">Its length in bytes.</param>
    /// <param name="cancellation">Ends it between two pieces.</param>
    public void CopyFrom(PageData source, long sourceOffset, long offset, long count, CancellationToken cancellation = default)
    {
        var shift = offset - sourceOffset;
        var buffer = new byte[1 << 20];
        foreach (var range in source.GetWritten(new PageRange(sourceOffset, sourceOffset + count)))
        {
            for (var position = range.Start; position < range.End; position += buffer.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                var length = (int)Math.Min(buffer.Length, range.End - position);
                source.ReadExactly(position, buffer.AsSpan(0, length));
                Write(new PageRange(position + shift, position + shift + length), buffer);
            }
        }
    }

    /// <summary>Closes the file and gives it up.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _folder.Drop(Path);
    }
}
