namespace AzImageTools.Fuzz.Images;

/// <summary>
/// An image that can be damaged and made whole again. Only pages with content are kept, once as they were and once as they
/// are now, so that a damage costs what it touches, whatever the image's length.
/// </summary>
internal sealed class MutableImage
{
    public const int PageSize = 4096;

    private readonly Dictionary<long, byte[]> _original = [];
    private readonly Dictionary<long, byte[]> _changed = [];

    public MutableImage(Stream content)
    {
        byte[] buffer = new byte[PageSize];
        int count;
        while ((count = content.ReadAtLeast(buffer, PageSize, throwOnEndOfStream: false)) > 0)
        {
            if (buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                buffer.AsSpan(count).Clear();
                _original.Add(OriginalLength / PageSize, buffer.ToArray());
            }

            OriginalLength += count;
        }

        Length = OriginalLength;
    }

    public MutableImage(byte[] content)
        : this(new MemoryStream(content))
    {
    }

    /// <summary>An image of zeros, to be written into.</summary>
    public MutableImage(long length)
    {
        OriginalLength = length;
        Length = length;
    }

    public long OriginalLength { get; }

    public long Length { get; private set; }

    /// <summary>How many bytes the pages with content have.</summary>
    public long StoredLength => Math.Min(Length, (long)(_original.Count + _changed.Keys.Count(number => !_original.ContainsKey(number))) * PageSize);

    /// <summary>The numbers of the pages that had content, ascending.</summary>
    public IEnumerable<long> Pages => _original.Keys.Order();

    /// <summary>The numbers of the pages that were changed.</summary>
    public IReadOnlyCollection<long> ChangedPages => _changed.Keys;

    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int start = (int)(offset % PageSize);
            Span<byte> part = destination[..Math.Min(destination.Length, PageSize - start)];
            if (Find(offset / PageSize) is { } page)
            {
                page.AsSpan(start, part.Length).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            offset += part.Length;
            destination = destination[part.Length..];
        }
    }

    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Overwrites bytes; what lies beyond the image's end is left out.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..(int)Math.Clamp(Length - offset, 0, bytes.Length)];
        while (bytes.Length > 0)
        {
            long number = offset / PageSize;
            int start = (int)(offset % PageSize);
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, PageSize - start)];
            if (!_changed.TryGetValue(number, out byte[]? page))
            {
                page = _original.TryGetValue(number, out byte[]? before) ? [.. before] : new byte[PageSize];
                _changed.Add(number, page);
            }

            part.CopyTo(page.AsSpan(start));
            offset += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    /// <summary>Cuts the image off.</summary>
    public void Truncate(long length) => Length = Math.Min(Length, length);

    /// <summary>Makes the image what it was.</summary>
    public void Restore()
    {
        _changed.Clear();
        Length = OriginalLength;
    }

    /// <summary>A page as it was; null where it was zero.</summary>
    public byte[]? FindOriginal(long number) => _original.GetValueOrDefault(number);

    /// <summary>Writes the image as it is now.</summary>
    public void CopyTo(Stream target)
    {
        byte[] buffer = new byte[PageSize];
        for (long offset = 0; offset < Length; offset += PageSize)
        {
            int count = (int)Math.Min(PageSize, Length - offset);
            Read(offset, buffer.AsSpan(0, count));
            target.Write(buffer, 0, count);
        }
    }

    private byte[]? Find(long number) => _changed.TryGetValue(number, out byte[]? page) ? page : _original.GetValueOrDefault(number);
}
