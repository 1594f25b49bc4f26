using System.Buffers;
using AzImageTools.Disks.Conversion;

namespace AzImageTools.Disks.Items;

/// <summary>Writes files that get their name when they are whole. Zeros are left holes where the file system has holes.</summary>
internal static class FileWriter
{
    private const int ChunkSize = 1024 * 1024;

    // What every file system can keep; a guest's clock may say anything.
    private const int FirstYear = 1980;
    private const int LastYear = 2107;

    /// <summary>Writes a file and returns how many bytes that took.</summary>
    /// <param name="content">What to write.</param>
    /// <param name="file">The file; its folder is there.</param>
    /// <param name="lastWriteTime">The time to give it.</param>
    /// <param name="replaces">Whether a file that is there is replaced.</param>
    /// <param name="onChunk">Is given how many more bytes of the content are done, holes included; may throw to stop.</param>
    /// <exception cref="DiskItemException">The volume ran full, a file of that name has come to be, or it may not be written.</exception>
    public static long Write(Stream content, DestinationFile file, DateTimeOffset? lastWriteTime, bool replaces, Action<long> onChunk)
    {
        SparseFile partial = PartialFile.TryCreate(file.Place, content.Length, exception => Denied(file, exception))
            ?? throw new DiskItemException(DiskItemProblem.DestinationInUse, file.FullName, $"{file.FullName} is being copied to by another program. Wait for it, or give another destination.");
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            long written;
            using (partial)
            {
                long offset = 0;
                while (SkipHole(content, ref offset, onChunk) && content.Read(buffer, 0, ChunkSize) is int count and > 0)
                {
                    partial.WriteData(offset, buffer.AsMemory(0, count));
                    offset += count;
                    onChunk(count);
                }

                written = partial.BytesWritten;
            }

            if (lastWriteTime is { UtcDateTime.Year: >= FirstYear and < LastYear } time)
            {
                File.SetLastWriteTimeUtc(PartialFile.PathFor(file.Place), time.UtcDateTime);
            }

            PartialFile.Complete(file.Place, replaces);
            return written;
        }
        catch (Exception exception)
        {
            PartialFile.Discard(file.Place);
            if (DiskFull.IsCauseOf(exception))
            {
                throw new DiskItemException(DiskItemProblem.DiskFull, file.FullName, $"The volume ran full while {file.FullName} was written. Nothing of it was left.", exception);
            }

            if (exception is UnauthorizedAccessException)
            {
                throw Denied(file, exception);
            }

            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The system names the hidden file that is written first, which nobody knows.</summary>
    private static DiskItemException Denied(DestinationFile file, Exception exception)
        => new(DiskItemProblem.FileAccessDenied, file.FullName, $"{file.FullName} may not be written: access to it or its folder is denied.", exception);

    /// <summary>Goes on to where the guest stored something next; false where nothing follows.</summary>
    private static bool SkipHole(Stream content, ref long offset, Action<long> onChunk)
    {
        long data = Math.Min(content.Length, (content as ReadOnlyStream)?.FindData(offset) ?? offset);
        if (data > offset)
        {
            onChunk(data - offset);
            content.Position = offset = data;
        }

        return offset < content.Length;
    }
}
