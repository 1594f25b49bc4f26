namespace AzImageTools.Disks.Registry;

/// <summary>Reads parts of a stream whole.</summary>
internal static class StreamContent
{
    /// <summary>Fills a part of a buffer from an offset of the stream on; refused where the stream ends before.</summary>
    public static void Fill(Stream content, string name, long offset, byte[] buffer, int start, int count)
    {
        content.Position = offset;
        while (count > 0)
        {
            int read = content.Read(buffer, start, count);
            if (read == 0)
            {
                throw new DiskFormatException(name, content.Position, "The content ends there, before what it should hold.");
            }

            start += read;
            count -= read;
        }
    }
}
