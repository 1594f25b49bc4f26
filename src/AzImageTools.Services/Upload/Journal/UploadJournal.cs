using System.Text;

namespace AzImageTools.Services.Upload.Journal;

/// <summary>
/// The file beside a disk that lets its upload go on after an interruption: appended to for each chunk that is done, brought
/// to the drive at most once a second. One process at a time has it. Thread-safe.
/// </summary>
internal sealed class UploadJournal : IDisposable
{
    /// <summary>What the names of journals end with.</summary>
    public const string Extension = ".azupload";

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Stream _stream;
    private readonly OperationContext _context;
    private long _flushed;
    private bool _isBroken;

    /// <summary>Appends to a stream.</summary>
    internal UploadJournal(Stream stream, string path, OperationContext context)
    {
        _stream = stream;
        Path = path;
        _context = context;
        _flushed = context.Time.GetTimestamp();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where the journal of an upload is: each target of a disk has its own.</summary>
    /// <param name="source">The disk image's full path.</param>
    /// <param name="folder">The folder for journals; null for the source's.</param>
    /// <param name="target">What names the target.</param>
    public static string PathFor(string source, string? folder, string target)
    {
        ulong hash = Crc64Nvme.Compute(Encoding.UTF8.GetBytes(target.ToUpperInvariant()));
        string name = FormattableString.Invariant($"{System.IO.Path.GetFileName(source)}.{(uint)hash:x8}{Extension}");
        return System.IO.Path.Combine(folder ?? System.IO.Path.GetDirectoryName(source) ?? string.Empty, name);
    }

    /// <summary>Begins a journal; one that is there is overwritten.</summary>
    /// <exception cref="ImageServiceException">It can't be written, or another upload writes to it (JournalNotWritable, UploadInProgress).</exception>
    public static UploadJournal Create(string path, JournalHeader header, OperationContext context)
    {
        UploadJournal journal = Open(path, context);
        try
        {
            journal._stream.SetLength(0);
            journal.Write(JournalFormat.Write(header));
            journal.Flush();
            return journal;
        }
        catch (IOException exception)
        {
            journal.Delete();
            throw NotWritable(path, exception);
        }
    }

    /// <summary>Goes on with a journal. What is torn or foreign at its end is cut off.</summary>
    /// <exception cref="ImageServiceException">It can't be written, or another upload writes to it (JournalNotWritable, UploadInProgress).</exception>
    public static UploadJournal Continue(string path, JournalContent content, OperationContext context)
    {
        UploadJournal journal = Open(path, context);
        try
        {
            journal._stream.SetLength(content.ValidLength);
            journal._stream.Seek(0, SeekOrigin.End);
            return journal;
        }
        catch (IOException exception)
        {
            journal.Dispose();
            throw NotWritable(path, exception);
        }
    }

    /// <summary>The error of a journal that another upload has.</summary>
    public static ImageServiceException InUse(string path, Exception cause)
        => new(
            "UploadInProgress",
            ServiceErrorKind.InvalidState,
            $"The journal {path} is in use: the disk is being uploaded to the same target.",
            "Wait until that has ended.",
            path,
            cause);

    /// <summary>Notes a chunk that is done.</summary>
    public void Append(JournalChunk chunk) => Append(JournalFormat.Write(chunk));

    /// <summary>Notes that all pages are there, compared with those meant.</summary>
    public void AppendVerified() => Append(JournalFormat.WriteVerified());

    /// <summary>Removes the journal: nothing is to be continued.</summary>
    public void Delete()
    {
        Dispose();
        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _context.Log.Warning($"The upload's journal could not be removed: {exception.Message}");
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isBroken = true;
            _stream.Dispose();
        }
    }

    private static UploadJournal Open(string path, OperationContext context)
    {
        try
        {
            // A buffer of one byte switches FileStream's own buffering off: what is appended survives the process.
            return new UploadJournal(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1), path, context);
        }
        catch (IOException exception) when (File.Exists(path) && exception is not PathTooLongException)
        {
            throw InUse(path, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, exception);
        }
    }

    private static ImageServiceException NotWritable(string path, Exception cause)
        => new(
            "JournalNotWritable",
            ServiceErrorKind.InvalidState,
            $"The upload's journal {path} can't be written: {cause.Message}",
            "Give a folder for it with -JournalPath.",
            path,
            cause);

    private void Append(byte[] line)
    {
        lock (_gate)
        {
            if (_isBroken)
            {
                return;
            }

            try
            {
                Write(line);
                if (_context.Time.GetElapsedTime(_flushed) >= FlushInterval)
                {
                    Flush();
                }
            }
            catch (IOException exception)
            {
                // The disk may be full. The upload goes on; what is in the journal so far stays good.
                _isBroken = true;
                _context.Log.Warning($"The upload's journal can't be written any more, so an interruption would cost what is sent from now on: {exception.Message}");
            }
        }
    }

    private void Write(byte[] line) => _stream.Write(line, 0, line.Length);

    private void Flush()
    {
        (_stream as FileStream)?.Flush(flushToDisk: true);
        _flushed = _context.Time.GetTimestamp();
    }
}
