using System.Runtime.CompilerServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// What the records of files tell listings. Records are read with their neighbours, in the order in which they lie, and what they
/// tell is kept: the files of a folder may lie anywhere in the master file table, and those between them are wanted soon. Thread-safe.
/// </summary>
/// <param name="table">The master file table.</param>
/// <param name="recordSize">Bytes in a record.</param>
internal sealed class FileSummaries(FileContent table, int recordSize)
{
    private const int PageRecords = 16;
    private const int MostPagesAtOnce = 4;

    // Of so many records.
    private const int MaximumPages = 65_536 / PageRecords;

    private readonly object _gate = new();
    private readonly Dictionary<int, FileSummary[]> _pages = [];
    private readonly Queue<int> _order = new();

    // No volume has more files (Microsoft Learn, "NTFS overview").
    private readonly long _count = Math.Min(table.Length / recordSize, uint.MaxValue);

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
                    ref readonly FileSummary summary = ref _pages[PageOf(file)][file.Number % PageRecords];
                    summaries[i] = summary.IsOf(file) ? summary : default;
                }
            }

            while (_order.Count > MaximumPages)
            {
                _pages.Remove(_order.Dequeue());
            }
        }

        return summaries;
    }

    /// <summary>The pages that are not there, in their order; some several times.</summary>
    private List<int> FindMissing(List<IndexEntry> entries)
    {
        List<int> missing = [];
        foreach (IndexEntry entry in entries)
        {
            if (entry.File.Number < _count && !_pages.ContainsKey(PageOf(entry.File)))
            {
                missing.Add(PageOf(entry.File));
            }
        }

        missing.Sort();
        return missing;
    }

    private static int PageOf(FileReference file) => (int)(file.Number / PageRecords);

    private void ReadPages(List<int> pages)
    {
        List<DiskExtent> ranges = [];
        long longest = 0;
        for (int i = 0; i < pages.Count;)
        {
            int first = pages[i];
            while (++i < pages.Count && pages[i] - pages[i - 1] <= 1 && pages[i] - first < MostPagesAtOnce)
            {
            }

            long offset = (long)first * PageRecords * recordSize;
            DiskExtent range = new(offset, Math.Min((pages[i - 1] - first + 1L) * PageRecords * recordSize, (_count * recordSize) - offset));
            ranges.Add(range);
            longest = Math.Max(longest, range.Length);
        }

        table.Prefetch(ranges);
        byte[] bytes = new byte[longest];
        foreach (DiskExtent range in ranges)
        {
            Span<byte> records = bytes.AsSpan(0, (int)range.Length);
            table.Read(range.Offset, records);
            ReadRange(range.Offset / recordSize, records);
        }
    }

    private void ReadRange(long first, Span<byte> records)
    {
        int count = records.Length / recordSize;
        FileSummary[] page = [];
        for (int i = 0; i < count; i++)
        {
            if (i % PageRecords == 0)
            {
                page = new FileSummary[Math.Min(PageRecords, count - i)];
                int number = (int)((first + i) / PageRecords);
                _pages[number] = page;
                _order.Enqueue(number);
            }

            page[i % PageRecords] = FileSummary.Read(records.Slice(i * recordSize, recordSize));
        }
    }
}
