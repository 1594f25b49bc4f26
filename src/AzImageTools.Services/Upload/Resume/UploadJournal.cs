using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// The file beside a disk that lets its upload go on after an interruption: appended to for each chunk that is done, brought
/// to the drive at most once a second. One process at a time has it. Thread-safe.
/// </summary>
internal sealed class UploadJournal : ISentChunkLog, IDisposable
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
    internal UploadJournal(Stream stream, string path, JournalContent content, OperationContext context)
    {
        _stream = stream;
        Path = path;
        Content = content;
        HasChunks = content.ChunkCount > 0;
        _context = context;
        _flushed = context.Time.GetTimestamp();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it told when it was opened; what is appended is not added.</summary>
    public JournalContent Content { get; }

    /// <summary>Whether it tells of chunks that are done, those appended among them.</summary>
    public bool HasChunks { get; private set; }

    /// <summary>Where the journal of an upload is: each target of a disk has its own.</summary>
    /// <param name="source">The disk image's full path.</param>
    /// <param name="folder">The folder for journals; null for the source's.</param>
    /// <param name="target">What names the target.</param>
    /// <param name="sandboxId">The sandbox that has it; null for Azure, whose journals no sandbox ever touches.</param>
    /// <param name="extension">What the journal's name ends with.</param>
    public static string PathFor(string source, string? folder, string target, string? sandboxId = null, string extension = Extension)
    {
        ulong hash = Crc64Nvme.Compute(Encoding.UTF8.GetBytes((target + sandboxId).ToUpperInvariant()));
        string name = FormattableString.Invariant($"{System.IO.Path.GetFileName(source)}.{(uint)hash:x8}{extension}");
        return System.IO.Path.Combine(folder ?? System.IO.Path.GetDirectoryName(source) ?? string.Empty, name);
    }

    /// <summary>Begins a journal; one that is there is overwritten.</summary>
    /// <exception cref="ImageServiceException">It can't be written, or another upload writes to it (JournalNotWritable, UploadInProgress).</exception>
    public static UploadJournal Create(string path, JournalHeader header, OperationContext context)
    {
        FileStream stream = Open(path, FileMode.OpenOrCreate);
        byte[] line = JournalFormat.Write(header);
        UploadJournal journal = new(stream, path, JournalContent.Begin(header, line.Length), context);
        try
        {
            stream.SetLength(0);
            journal.Write(line);
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
    /// <exception cref="ImageServiceException">
    /// It is gone, is none, or can't be written (JournalNotFound, JournalInvalid, JournalNotWritable); another upload writes to it (UploadInProgress).
    /// </exception>
    public static UploadJournal Continue(string path, OperationContext context)
    {
        FileStream stream = Open(path, FileMode.Open);
        try
        {
            JournalContent content = JournalReader.Read(stream, path, context.Cancellation) ?? throw Gone(path);
            stream.SetLength(content.ValidLength);
            stream.Seek(0, SeekOrigin.End);
            return new UploadJournal(stream, path, content, context);
        }
        catch (IOException exception)
        {
            stream.Dispose();
            throw NotWritable(path, exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The error of a journal that another upload has.</summary>
    public static ImageServiceException InUse(string path, Exception cause)
        => new(
            "UploadInProgress",
            ErrorKind.InvalidState,
            $"The journal {path} is in use: the disk is being uploaded to the same target.",
            "Wait until that has ended.",
            path,
            cause);

    /// <summary>Notes a chunk that is done.</summary>
    public void Append(SentChunk chunk)
    {
        if (TryAppend(JournalFormat.Write(chunk)))
        {
            HasChunks = true;
        }
    }

    /// <summary>Notes that all pages are there, compared with those meant.</summary>
    public void AppendVerified() => TryAppend(JournalFormat.WriteVerified());

    /// <summary>Removes the journal of a sandbox that has ended: nobody can continue it. One that can't be removed stays, and no other session lists it.</summary>
    /// <param name="path">The journal; another's is left alone.</param>
    /// <param name="sandboxId">The sandbox.</param>
    public static void Forget(string path, string sandboxId)
    {
        try
        {
            if (JournalReader.Read(path)?.Header.SandboxId == sandboxId)
            {
                File.Delete(path);
            }
        }
        catch (Exception exception) when (exception is ImageServiceException or IOException or UnauthorizedAccessException)
        {
        }
    }

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

    /// <summary>Looks at what lies where a journal is to be, before it is opened: anyone who can write beside a disk may have put it there.</summary>
    /// <exception cref="ImageServiceException">It is a link, a pipe or a device (JournalInvalid).</exception>
    internal static void RequireFile(string path)
    {
        if (OrdinaryFile.FindHindrance(path, followsLinks: false) is { } hindrance)
        {
            throw new ImageServiceException(
                "JournalInvalid", ErrorKind.InvalidData, $"{path} {hindrance}, and can't be the journal of an upload.", "Remove it, or give a folder for the journal with -JournalPath.", path);
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        RequireFile(path);
        try
        {
            // A buffer of one byte switches FileStream's own buffering off: what is appended survives the process.
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception) when (File.Exists(path) && exception is not PathTooLongException)
        {
            throw InUse(path, exception);
        }
        catch (FileNotFoundException) when (mode == FileMode.Open)
        {
            throw Gone(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, exception);
        }
    }

    private static ImageServiceException Gone(string path)
        => new("JournalNotFound", ErrorKind.NotFound, $"The upload's journal {path} is gone.", "Start again.", path);

    private static ImageServiceException NotWritable(string path, Exception cause)
        => new(
            "JournalNotWritable",
            ErrorKind.InvalidState,
            $"The upload's journal {path} can't be written: {cause.Message}",
            "Give a folder for it with -JournalPath.",
            path,
            cause);

    private bool TryAppend(byte[] line)
    {
        lock (_gate)
        {
            if (_isBroken)
            {
                return false;
            }

            try
            {
                Write(line);
                if (_context.Time.GetElapsedTime(_flushed) >= FlushInterval)
                {
                    Flush();
                }

                return true;
            }
            catch (IOException exception)
            {
                // The disk may be full. The upload goes on; what is in the journal so far stays good.
                _isBroken = true;
                _context.Log.Warning($"The upload's journal can't be written any more, so an interruption would cost what is sent from now on: {exception.Message}");
                return false;
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
