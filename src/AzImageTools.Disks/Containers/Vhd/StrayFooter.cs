namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>The footer of a VHD that is not at its file's end any more: the file grew after it was made.</summary>
internal static class StrayFooter
{
    private const int ChunkSize = 1024 * 1024;
    private const long MostSearched = 8L << 30;

    /// <summary>Where it lies, in bytes from the file's beginning; null where none is found in the first 8 GiB of data.</summary>
    public static long? Find(DiskFile file)
    {
        byte[] chunk = new byte[ChunkSize];
        byte[] start = file.Read(0, (int)Math.Min(Footer.Size, file.Length));
        long searched = 0;
        foreach (DiskExtent range in file.GetDataRanges(0, file.Length))
        {
            long end = range.End / Footer.Size * Footer.Size;
            for (long offset = range.Offset / Footer.Size * Footer.Size; offset < end && searched < MostSearched; offset += ChunkSize)
            {
                Span<byte> bytes = chunk.AsSpan(0, (int)Math.Min(ChunkSize, end - offset));
                file.Read(offset, bytes);
                searched += bytes.Length;
                for (int at = 0; at < bytes.Length; at += Footer.Size)
                {
                    if (Footer.IsPresent(bytes.Slice(at)) && IsOfFile(bytes.Slice(at, Footer.Size), start, file.Path, offset + at))
                    {
                        return offset + at;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>Whether it is no footer of an image that the guest keeps: a fixed disk's gives its own place as the capacity, any other stands at the file's beginning too.</summary>
    private static bool IsOfFile(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start, string file, long offset)
    {
        try
        {
            return offset > 0 && (Footer.Parse(bytes, file, offset) is { Type: DiskType.Fixed } footer ? footer.CurrentSize == offset : bytes.SequenceEqual(start));
        }
        catch (DiskFormatException)
        {
            return false;
        }
    }
}
