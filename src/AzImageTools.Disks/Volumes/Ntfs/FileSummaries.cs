using System.Runtime.CompilerServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// What the records of files tell listings. Records are read with their neighbours, in the order in which they lie, and what they
/// tell is kept: the files of a folder may lie anywhere in the master file table, and those between them are wanted soon. Of folders the
/// records themselves are kept until they are asked for, which a walk does next. Thread-safe.
/// </summary>
/// <param name="table">The master file table.</param>
/// <param name="recordSize">Bytes in a record.</param>
internal sealed class FileSummaries(FileContent table, int recordSize)
{
    private const int PageRecords = 16;
    private const int MostPagesAtOnce = 4;
    private const int MaximumPages = 65_536 / PageRecords;
    private const int MostFolderBytes = 4 << 20;

    private readonly object _gate = new();

    // No volume has more files (Microsoft Learn, "NTFS overview").
    private readonly long _count = Math.Min(table.Length / recordSize, uint.MaxValue);

    // Each page has one place, which another may take; the number of the one that is there, and one.
    private readonly int[] _numbers = new int[MaximumPages];
    private readonly FileSummary[]?[] _pages = new FileSummary[MaximumPages][];
    private readonly Dictionary<long, byte[]> _folders = [];
    private readonly Queue<long> _folderOrder = new();
    private byte[]? _buffer;

    /// <summary>What the files' own records tell, in the entries' order; nothing of those that are damaged or no longer the file's.</summary>
    [MethodImpl(HotCode.Optimized)]
    public FileSummary[] Read(List<IndexEntry> entries)
    {
        FileSummary[] summaries = new FileSummary[entries.Count];
        table.Budget.Visit("a file record", entries.Count == 0 ? null : entries[0].File.Number, entries.Count);
        lock (_gate)
        {
            ReadPages(FindMissing(entries));
            for (int i = 0; i < summaries.Length; i++)
            {
                FileReference file = entries[i].File;
                if (file.Number < _count)
                {
                    ref readonly FileSummary summary = ref Get(file.Number);
                    if (summary.IsOf(file))
                    {
                        summaries[i] = summary;
                    }
                }
            }
        }

        return summaries;
    }

    /// <summary>What is used of the record of a folder that a listing met, fixups applied, once; null where it is not there, or no more.</summary>
    public byte[]? TakeFolder(long number)
    {
        lock (_gate)
        {
            if (_folders.TryGetValue(number, out byte[]? record))
            {
                _folders.Remove(number);
            }

            return record;
        }
    }

    private ref readonly FileSummary Get(long number)
    {
        int page = (int)(number / PageRecords);
        if (!IsThere(page))
        {
            // Another page that was asked for has taken its place.
            ReadPages([page]);
        }

        return ref _pages[page % MaximumPages]![number % PageRecords];
    }

    /// <summary>The pages that are not there, in their order; some several times.</summary>
    private List<int> FindMissing(List<IndexEntry> entries)
    {
        List<int> missing = [];
        int last = -1;
        foreach (IndexEntry entry in entries)
        {
            int page = (int)(entry.File.Number / PageRecords);
            if (page != last && entry.File.Number < _count && !IsThere(page))
            {
                missing.Add(page);
            }

            last = page;
        }

        missing.Sort();
        return missing;
    }

    private void ReadPages(List<int> pages)
    {
        if (pages.Count > 0)
        {
            table.Prefetch(EnumerateRanges(pages));
        }

        _buffer ??= new byte[MostPagesAtOnce * PageRecords * recordSize];
        for (int i = 0; i < pages.Count;)
        {
            DiskExtent range = NextRange(pages, ref i);
            Span<byte> records = _buffer.AsSpan(0, (int)range.Length);
            table.Read(range.Offset, records);
            ReadRecords(range.Offset / recordSize, records);
        }
    }

    private IEnumerable<DiskExtent> EnumerateRanges(List<int> pages)
    {
        for (int i = 0; i < pages.Count;)
        {
            yield return NextRange(pages, ref i);
        }
    }

    /// <summary>
    /// Where the pages from one on lie, as far as they are neighbours. Where the page before is there, a walk goes through the table,
    /// and wants those behind too.
    /// </summary>
    private DiskExtent NextRange(List<int> pages, ref int i)
    {
        int first = pages[i];
        int end = first + 1;
        bool isWalk = first > 0 && IsThere(first - 1);
        for (; ; end++)
        {
            while (i < pages.Count && pages[i] < end)
            {
                i++;
            }

            bool isWanted = (i < pages.Count && pages[i] == end) || (isWalk && (long)end * PageRecords < _count && !IsThere(end));
            if (!isWanted || end - first == MostPagesAtOnce)
            {
                break;
            }
        }

        long offset = (long)first * PageRecords * recordSize;
        return new DiskExtent(offset, Math.Min((end - first) * (long)PageRecords * recordSize, (_count * recordSize) - offset));
    }

    private bool IsThere(int page) => _numbers[page % MaximumPages] == page + 1;

    [MethodImpl(HotCode.Optimized)]
    private void ReadRecords(long first, Span<byte> records)
    {
        FileSummary[] page = [];
        for (long number = first; records.Length >= recordSize; number++)
        {
            if (number % PageRecords == 0)
            {
                page = PlaceOf((int)(number / PageRecords));
            }

            Span<byte> record = records.Slice(0, recordSize);
            FileSummary summary = FileSummary.Read(record);
            if (summary.IsDirectory)
            {
                Keep(number, FileRecord.Used(record));
            }

            page[number % PageRecords] = summary;
            records = records.Slice(recordSize);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FileSummary[] PlaceOf(int page)
    {
        _numbers[page % MaximumPages] = page + 1;
        return _pages[page % MaximumPages] ??= new FileSummary[PageRecords];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Keep(long number, ReadOnlySpan<byte> folder)
    {
        if (_folderOrder.Count >= MostFolderBytes / recordSize)
        {
            _folders.Remove(_folderOrder.Dequeue());
        }

        _folders[number] = folder.ToArray();
        _folderOrder.Enqueue(number);
    }
}
