using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// A table of integers in an image file, read a page at a time when an entry is asked for. At most
/// <see cref="MostPages"/> pages are kept, so that the largest table costs 4 MiB. Thread-safe.
/// </summary>
internal sealed class PagedTable
{
    private const int PageSize = 64 * 1024;
    private const int MostPages = 64;

    private readonly DiskFile _file;
    private readonly long _offset;
    private readonly long _length;
    private readonly Page?[] _pages;

    /// <param name="file">Where the table is.</param>
    /// <param name="offset">Its first byte.</param>
    /// <param name="length">Its length in bytes; the caller has checked that the file holds it.</param>
    /// <param name="pagesKept">How many pages to keep at most.</param>
    public PagedTable(DiskFile file, long offset, long length, int pagesKept = MostPages)
    {
        _file = file;
        _offset = offset;
        _length = length;
        _pages = new Page?[(int)Math.Min((length + PageSize - 1) / PageSize, pagesKept)];
    }

    public uint ReadUInt32BigEndian(long index) => BinaryPrimitives.ReadUInt32BigEndian(Entry(index, sizeof(uint)));

    public uint ReadUInt32LittleEndian(long index) => BinaryPrimitives.ReadUInt32LittleEndian(Entry(index, sizeof(uint)));

    public ulong ReadUInt64BigEndian(long index) => BinaryPrimitives.ReadUInt64BigEndian(Entry(index, sizeof(ulong)));

    public ulong ReadUInt64LittleEndian(long index) => BinaryPrimitives.ReadUInt64LittleEndian(Entry(index, sizeof(ulong)));

    /// <summary>How many entries from one on are made of one byte only; looks no further than the entry's page.</summary>
    /// <param name="index">The first entry's number; it may be behind the last.</param>
    /// <param name="size">An entry's length in bytes.</param>
    /// <param name="value">The byte.</param>
    public long CountFilled(long index, int size, byte value)
    {
        long position = index * size;
        if (position >= _length)
        {
            return 0;
        }

        ReadOnlySpan<byte> entries = GetPage(position / PageSize).Bytes.AsSpan((int)(position % PageSize));
#if NET
        int filled = entries.IndexOfAnyExcept(value);
        return (filled < 0 ? entries.Length : filled) / size;
#else
        int filled = 0;
        while (filled < entries.Length && entries[filled] == value)
        {
            filled++;
        }

        return filled / size;
#endif
    }

    /// <summary>How many 64-bit entries from one on have one of two values; looks no further than the entry's page.</summary>
    /// <param name="index">The first entry's number; it may be behind the last.</param>
    /// <param name="value">A value.</param>
    /// <param name="other">The other value.</param>
    public long CountUInt64LittleEndian(long index, ulong value, ulong other)
    {
        long position = index * sizeof(ulong);
        if (position >= _length)
        {
            return 0;
        }

        ReadOnlySpan<byte> entries = GetPage(position / PageSize).Bytes.AsSpan((int)(position % PageSize));
        ReadOnlySpan<ulong> stored = MemoryMarshal.Cast<byte, ulong>(entries);
        (ulong first, ulong second) = BitConverter.IsLittleEndian
            ? (value, other)
            : (BinaryPrimitives.ReverseEndianness(value), BinaryPrimitives.ReverseEndianness(other));
#if NET
        int count = stored.IndexOfAnyExcept(first, second);
        return count < 0 ? stored.Length : count;
#else
        int count = 0;
        while (count < stored.Length && (stored[count] == first || stored[count] == second))
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
