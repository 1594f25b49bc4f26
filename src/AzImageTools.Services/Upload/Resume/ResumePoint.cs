using System.Security.Cryptography;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// From where an upload goes on. The disk is read once more wherever something may be done already: a chunk is done where the
/// journal tells of it just what the disk says now, and the service holds all that was written of it; or, where everything is
/// verified, where what the service holds is read back and equals the disk. So no journal, whoever wrote to it, makes a byte be
/// left out that the service does not hold, and the sums it goes on with are the disk's. That costs reading what was sent, which
/// is many times faster than sending it. All else that the service holds is made zero, so that what is there is what is known.
/// That the service holds the disk's bytes there, and not another's, only reading them back tells: all where everything is
/// verified, else some that nobody can foresee, and all once one of them is another.
/// </summary>
internal sealed class ResumePoint
{
    /// <summary>How many ranges are read back, 4 MiB each at most: with half of the pages another disk's, one in 256 uploads would not see it.</summary>
    private const int SampleSize = 8;

    private readonly IByteSource _image;
    private readonly UploadJournal _journal;
    private readonly PageWriter _writer;
    private readonly UploadCounters _counters;
    private readonly UploadBudget _budget;
    private readonly OperationContext _context;
    private readonly object _gate = new();
    private readonly SortedDictionary<long, SentChunk> _done = [];
    private long _found;
    private long _proved;
    private int _refuted;
    private bool _believesJournal = true;

    private ResumePoint(IByteSource image, UploadJournal journal, PageWriter writer, UploadCounters counters, UploadBudget budget, OperationContext context)
    {
        _image = image;
        _journal = journal;
        _writer = writer;
        _counters = counters;
        _budget = budget;
        _context = context;
    }

    /// <summary>Finds what is done, and clears the rest.</summary>
    /// <param name="image">The disk as a fixed VHD.</param>
    /// <param name="journal">The journal; what is proved without it is added to it.</param>
    /// <param name="writer">Writes to the target.</param>
    /// <param name="verify">Whether what no journal tells of is read back.</param>
    /// <param name="counters">Told what was read of the disk.</param>
    /// <param name="budget">How many requests may be in flight, and the memory for them.</param>
    /// <param name="context">Progress, log, cancellation.</param>
    /// <returns>The chunks that are done, by their offset.</returns>
    /// <exception cref="ImageServiceException">The disk or the target could not be read.</exception>
    public static async Task<IReadOnlyDictionary<long, SentChunk>> FindAsync(
        IByteSource image, UploadJournal journal, PageWriter writer, bool verify, UploadCounters counters, UploadBudget budget, OperationContext context)
    {
        ResumePoint point = new(image, journal, writer, counters, budget, context);
        PageRangeList? held = await PageRangeCheck.TryReadRangesAsync(writer.Blob, image.Length, context).ConfigureAwait(false);
        if (held is null)
        {
            context.Log.Warning("The access given does not allow reading, so the data sent before can't be checked: everything is sent again.");
            await writer.ClearAsync(new DiskExtent(0, image.Length), context.Cancellation).ConfigureAwait(false);
            return point._done;
        }

        await point.CompareAsync(held, verify).ConfigureAwait(false);
        if (!verify && !await point.IsSampleHeldAsync().ConfigureAwait(false))
        {
            context.Log.Warning($"The target holds other bytes than the journal {journal.Path} tells of. It was altered, or something else wrote to the target: all that is there is compared with the disk.");
            point.Forget();
            await point.CompareAsync(held, verify: true).ConfigureAwait(false);
        }

        await point.ClearAsync(held).ConfigureAwait(false);
        point.Report();
        return point._done;
    }

    private async Task CompareAsync(PageRangeList held, bool verify)
    {
        IEnumerable<Chunk> candidates = ChunkPlanner.Plan(_image, _image.Length - ChunkPlanner.PageSize)
            .Where(chunk => _journal.Content.Names(chunk) || verify && held.Touches(new DiskExtent(chunk.Offset, chunk.Length)));
        using IEnumerator<Chunk> chunks = candidates.GetEnumerator();
        await Workers.RunAsync(
            Enumerable.Repeat<Func<CancellationToken, Task>>(CompareAsync, _budget.Throttle.Ceiling), _context.Cancellation).ConfigureAwait(false);

        async Task CompareAsync(CancellationToken stop)
        {
            byte[] buffer = new byte[PageReader.BufferSize];
            while (!stop.IsCancellationRequested && Next(chunks) is { } chunk)
            {
                SentChunk wanted = new(chunk.Offset, chunk.Length, await LoadAsync(chunk, stop).ConfigureAwait(false));
                bool isTold = _believesJournal && _journal.Content.Tells(wanted);
                bool isThere = wanted.IsHeldIn(held)
                    && (isTold || verify && wanted.Ranges.Count > 0 && await IsReadBackAsync(wanted, buffer, stop).ConfigureAwait(false));
                Note(wanted, isTold, isThere, _journal.Content.Names(chunk));
            }
        }
    }

    private Chunk? Next(IEnumerator<Chunk> chunks)
    {
        lock (_gate)
        {
            return chunks.MoveNext() ? chunks.Current : null;
        }
    }

    private void Note(SentChunk wanted, bool isTold, bool isThere, bool isNamed)
    {
        lock (_gate)
        {
            if (isThere)
            {
                _done.Add(wanted.Offset, wanted);
                _found += wanted.BytesSent;
            }

            if (isThere && !isTold)
            {
                _journal.Append(wanted);
                _proved += wanted.BytesSent;
            }
            else if (isNamed && !isTold)
            {
                _refuted++;
            }
        }

        _context.Progress.Report(new OperationProgress
        {
            Activity = $"Uploading {_image.Name}",
            Status = $"{ByteSize.Format(Interlocked.Read(ref _found))} found at the target",
            PercentComplete = 0,
        });
    }

    /// <summary>Whether some of what only the journal knows is at the target as it says; also where it may not be read.</summary>
    private async Task<bool> IsSampleHeldAsync()
    {
        SentChunk[] chunks = [.. _done.Values.Where(static chunk => chunk.Ranges.Count > 0)];
        byte[] choice = new byte[2 * sizeof(uint) * Math.Min(SampleSize, chunks.Length)];
        using (RandomNumberGenerator random = RandomNumberGenerator.Create())
        {
            random.GetBytes(choice);
        }

        byte[] buffer = new byte[PageReader.BufferSize];
        for (int i = 0; i < choice.Length; i += 2 * sizeof(uint))
        {
            SentChunk chunk = chunks[BitConverter.ToUInt32(choice, i) % chunks.Length];
            SentRange range = chunk.Ranges[(int)(BitConverter.ToUInt32(choice, i + sizeof(uint)) % chunk.Ranges.Count)];
            try
            {
                if (!await PageVerification.HoldsAsync(_writer.Blob, range, buffer, _context.Cancellation).ConfigureAwait(false))
                {
                    return false;
                }
            }
            catch (ImageServiceException exception) when (exception.Kind is ErrorKind.PermissionDenied or ErrorKind.Authentication)
            {
                return true;
            }
        }

        return true;
    }

    private void Forget()
    {
        _done.Clear();
        _found = 0;
        _refuted = 0;
        _believesJournal = false;
    }

    private async Task<bool> IsReadBackAsync(SentChunk wanted, byte[] buffer, CancellationToken stop)
    {
        bool isHeld = true;
        for (int i = 0; isHeld && i < wanted.Ranges.Count; i++)
        {
            SentRange range = wanted.Ranges[i];
            await _budget.Throttle.SendAsync(
                async () => (isHeld = await PageVerification.HoldsAsync(_writer.Blob, range, buffer, stop).ConfigureAwait(false)) ? range.Length : 0, stop).ConfigureAwait(false);
        }

        return isHeld;
    }

    /// <summary>What would be sent of a chunk.</summary>
    private async Task<List<SentRange>> LoadAsync(Chunk chunk, CancellationToken stop)
    {
        PageBuffer room = await _budget.Buffers.RentAsync(chunk.Length, stop).ConfigureAwait(false);
        try
        {
            List<DiskExtent> data = chunk.Read(_image, room.Bytes);
            _counters.AddRead(chunk.ReadLength);
            return data.ConvertAll(range => new SentRange(
                chunk.Offset + range.Offset, (int)range.Length, Crc64Nvme.Compute(room.Bytes.AsSpan((int)range.Offset, (int)range.Length))));
        }
        finally
        {
            room.Release();
        }
    }

    private async Task ClearAsync(PageRangeList held)
    {
        PageRangeList known = new();
        foreach (SentRange range in _done.Values.SelectMany(chunk => chunk.Ranges))
        {
            known.Add(range.Extent);
        }

        // From the end on: where there is a footer it goes first, as none may be there while the rest is not whole.
        foreach (DiskExtent stray in held.Except(known).Reverse())
        {
            await _writer.ClearAsync(stray, _context.Cancellation).ConfigureAwait(false);
        }
    }

    private void Report()
    {
        _context.Log.Verbose(
            $"Continuing the upload: {ByteSize.Format(_found)} are at the target and equal to the disk, {ByteSize.Format(_proved)} of them not listed in the journal, which lists {ByteSize.Format(_journal.Content.BytesDone)}.");
        if (_refuted > 0 && _believesJournal)
        {
            _context.Log.Warning($"The journal {_journal.Path} tells of {_refuted} chunks otherwise than the disk is. It was altered, or the disk was: they are sent again.");
        }
    }
}
