using AzImageTools.Disks;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>Reads journals, which anyone may have written to: in bounded time and memory, and never past what is sound.</summary>
internal static class JournalReader
{
    /// <summary>How much of a journal is read at most, in bytes: twice what 8 TiB in full chunks take. What stands behind it is sent again.</summary>
    private const long LongestJournal = 256L << 20;

    /// <summary>Reads a journal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <returns>What it tells; null where there is no such file, or an empty one.</returns>
    /// <exception cref="ImageServiceException">The file is no journal, or can't be read (JournalInvalid, JournalUnreadable); an upload writes to it (UploadInProgress).</exception>
    public static JournalContent? Read(string path, CancellationToken cancellation = default)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream stream = Open(path);
        try
        {
            return Read(stream, path, cancellation);
        }
        catch (IOException exception)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Reads an open journal from its beginning; null where it is empty.</summary>
    /// <exception cref="ImageServiceException">The file is no journal (JournalInvalid).</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static JournalContent? Read(Stream stream, string path, CancellationToken cancellation)
        => stream.Length == 0 ? null : Read(stream, cancellation) ?? throw new ImageServiceException(
            "JournalInvalid",
            ErrorKind.InvalidData,
            $"The file {path} is not the journal of an upload, or another version of this module wrote it.",
            "Remove it, or use -Restart to start over.",
            path);

    /// <summary>Reads a journal from its beginning; null where it is none.</summary>
    internal static JournalContent? Read(Stream stream, CancellationToken cancellation = default)
    {
        JournalContent? content = null;
        byte[] buffer = new byte[JournalFormat.LongestLine];
        int filled = 0;
        long position = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = stream.Read(buffer, filled, buffer.Length - filled);
            filled += count;
            int start = 0;
            int length;
            while ((length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0)
            {
                if (!Take(buffer.AsSpan(start, length), position + start + length + 1, ref content))
                {
                    return content;
                }

                start += length + 1;
            }

            if (count == 0 || start == 0 && filled == buffer.Length || position >= Math.Min(LongestJournal, JournalFormat.LongestJournal(content)))
            {
                return content;
            }

            Buffer.BlockCopy(buffer, start, buffer, 0, filled - start);
            filled -= start;
            position += start;
        }
    }

    private static FileStream Open(string path)
    {
        UploadJournal.RequireFile(path);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Unreadable(path, exception);
        }
        catch (IOException exception)
        {
            throw UploadJournal.InUse(path, exception);
        }
    }

    private static ImageServiceException Unreadable(string path, Exception cause)
        => new("JournalUnreadable", ErrorKind.InvalidState, $"The journal of the upload can't be read: {cause.Message}", string.Empty, path, cause);

    private static bool Take(ReadOnlySpan<byte> line, long end, ref JournalContent? content)
    {
        if (content is null)
        {
            content = JournalFormat.ReadHeader(line) is { } header ? JournalContent.Begin(header, end) : null;
            return content is not null;
        }

        if (!JournalFormat.TryRead(line, content.Capacity, out SentChunk? chunk))
        {
            return false;
        }

        content.Add(chunk, JournalFormat.ChecksumOf(line), end);
        return true;
    }
}
