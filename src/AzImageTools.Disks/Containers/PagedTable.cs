using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// A table of integers in an image file, read a page at a time when an entry is asked for. At most
/// <see cref="DiskFile.PagesKept"/> pages of 64 KiB are kept, so that the largest table costs 4 MiB. Thread-safe.
/// </summary>
internal sealed class PagedTable
{
    private const int PageSize = 64 * 1024;

    private readonly DiskFile _file;
    private readonly long _offset;
    private readonly long _length;
    private readonly Page?[] _pages;

    /// <param name="file">Where the table is.</param>
    /// <param name="offset">Its first byte.</param>
    /// <param name="length">Its length in bytes; the caller has checked that the file holds it.</param>
    /// <param name="pagesKept">How many pages to keep at most; null for what the file says.</param>
    public PagedTable(DiskFile file, long offset, long length, int? pagesKept = null)
    {
        _file = file;
        _offset = offset;
        _length = length;
        _pages = new Page?[(int)Math.Min((length + PageSize - 1) / PageSize, pagesKept ?? file.PagesKept)];
    }

    public uint ReadUInt32BigEndian(long index) => BinaryPrimitives.ReadUInt32BigEndian(Entry(index, sizeof(uint)));

    public uint ReadUInt32LittleEndian(long index) => BinaryPrimitives.ReadUInt32LittleEndian(Entry(index, sizeof(uint)));

    public ulong ReadUInt64BigEndian(long index) => BinaryPrimitives.ReadUInt64BigEndian(Entry(index, sizeof(ulong)));

    public ulong ReadUInt64LittleEndian(long index) => BinaryPrimitives.ReadUInt64LittleEndian(Entry(index, sizeof(ulong)));

    /// <summary>How many entries from one on have one of two values, as this machine reads them; looks no further than the entry's page.</summary>
    /// <typeparam name="T">An integer of an entry's length.</typeparam>
    /// <param name="index">The first entry's number; it may be behind the last.</param>
    /// <param name="value">A value.</param>
    /// <param name="other">The other value, or the same.</param>
    public unsafe long CountEither<T>(long index, T value, T other)
        where T : unmanaged, IEquatable<T>
    {
        long position = index * sizeof(T);
        if (position >= _length)
        {
            return 0;
        }

        ReadOnlySpan<T> entries = MemoryMarshal.Cast<byte, T>(GetPage(position / PageSize).Bytes.AsSpan((int)(position % PageSize)));
#if NET
        int count = entries.IndexOfAnyExcept(value, other);
        return count < 0 ? entries.Length : count;
#else
        int count = 0;
        while (count < entries.Length && (entries[count].Equals(value) || entries[count].Equals(other)))
        {
            count++;
        }

        return count;
#endif
    }

    private ReadOnlySpan<byte> Entry(long index, int size)
    {
        long position = index * size;
        if (position < 0 || position > _length - size)
        {
            throw new DiskFormatException(_file.Path, _offset, $"The table here has no entry {index}.");
        }

        return GetPage(position / PageSize).Bytes.AsSpan((int)(position % PageSize), size);
    }

    private Page GetPage(long number)
    {
        // Each page has one slot it may stand in. Two threads may read the same page; the later one's stays.
        ref Page? slot = ref _pages[(int)(number % _pages.Length)];
        Page? page = Volatile.Read(ref slot);
        if (page is null || page.Number != number)
        {
            long start = number * PageSize;
            page = new Page(number, _file.Read(_offset + start, (int)Math.Min(PageSize, _length - start)));
            Volatile.Write(ref slot, page);
        }

        return page;
    }

    private sealed record Page(long Number, byte[] Bytes);
}
