using System.Buffers;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Transfer;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Remote;

/// <summary>
/// The bytes of a blob, or of a disk that is exported as one, fetched by ranges as they are read, and kept in a <see cref="BlockCache"/>. What Get Page
/// Ranges does not list is zero, and never asked for. All answers must be of one state of the blob: each tells its ETag, which takes no
/// condition on the request, as the hosts of managed disks know none.
/// </summary>
internal sealed class RemoteBytes : IByteSource, IDisposable
{
    private const int SectorSize = 512;

    /// <summary>What lies at both ends of a disk.</summary>
    private const int EndsSize = 32 << 10;

    /// <summary>So many requests at once fill any line with this size of answers, and are far from a page blob's 500 a second.</summary>
    private const int MostRequests = 8;

    /// <summary>What a request more costs beside reading through a gap: half of a round trip of 20 ms, at 6 MiB/s and more.</summary>
    private const long LargestGap = 64 << 10;

    private readonly PageBlobClient _blob;
    private readonly ETag? _state;
    private readonly IReadOnlyList<DiskExtent> _held;
    private readonly BlockCache _cache;
    private readonly SemaphoreSlim _lanes = new(MostRequests, MostRequests);
    private readonly CancellationTokenSource _stop;
    private volatile ImageServiceException? _failure;
    private int _requests;
    private long _bytesFetched;

    private RemoteBytes(PageBlobClient blob, string name, Response<BlobProperties> properties, IReadOnlyList<DiskExtent> held, CancellationToken cancellation)
    {
        _blob = blob;
        _state = properties.GetRawResponse().Headers.ETag;
        _held = held;
        Name = name;
        Length = properties.Value.ContentLength;
        Budget = new ReadBudget(name, cancellation);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _cache = new BlockCache(Length, HasData, Fetch, _stop.Token);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public int LogicalSectorSize => SectorSize;

    /// <inheritdoc/>
    public ReadBudget Budget { get; }

    /// <summary>How many requests for ranges were made.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How often a reader had to wait for one.</summary>
    public int Waits => _cache.Waits;

    /// <summary>How many bytes came.</summary>
    public long BytesFetched => Interlocked.Read(ref _bytesFetched);

    /// <summary>Asks for the blob's length, and for the ranges that hold data.</summary>
    /// <exception cref="ImageServiceException">It is not there, may not be read, or is too short.</exception>
    public static Task<RemoteBytes> OpenAsync(PageBlobClient blob, string name, OperationContext context)
        => AzureErrors.CallAsync("Opening the disk", name, async () =>
        {
            Response<BlobProperties> properties = await blob.GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false);

            // Only page blobs have a list of ranges.
            IReadOnlyList<DiskExtent> held = properties.Value.BlobType == BlobType.Page
                ? (await PageRangeReader.ReadAsync(blob, properties.Value.ContentLength, context.Cancellation).ConfigureAwait(false)).Ranges
                : [new DiskExtent(0, properties.Value.ContentLength)];
            RemoteBytes bytes = new(blob, name, properties, held, context.Cancellation);

            // A container's footer, and both partition tables.
            bytes.Prefetch([new DiskExtent(0, EndsSize), new DiskExtent(bytes.Length - EndsSize, EndsSize)]);
            return bytes;
        });

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, $"A read of {destination.Length} bytes reaches beyond the {Length} bytes there are.");
        }

        Budget.Read(destination.Length);
        ThrowIfFailed();
        _cache.Read(offset, destination);
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        long end = offset + length;
        for (int index = FindRange(offset); index < _held.Count && _held[index].Offset < end; index++)
        {
            long start = Math.Max(offset, _held[index].Offset);
            yield return new DiskExtent(start, Math.Min(end, _held[index].End) - start);
        }
    }

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        if (_failure is null)
        {
            _cache.Prefetch(ranges);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What is under way still ends: its own end needs the rest.
        _stop.Cancel();
        _stop.Dispose();
    }

    private bool HasData(DiskExtent range)
    {
        int index = FindRange(range.Offset);
        return index < _held.Count && _held[index].Offset < range.End;
    }

    /// <summary>The first range that ends behind a position; the number of ranges where there is none.</summary>
    private int FindRange(long position)
    {
        int low = 0;
        int high = _held.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (_held[middle].End <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Fetches blocks, given in ascending order: what lies near one another with one request.</summary>
    private void Fetch(IReadOnlyList<CachedBlock> blocks)
    {
        List<CachedBlock> run = [];
        DiskExtent wanted = default;
        foreach (CachedBlock block in blocks)
        {
            DiskExtent data = DataOf(block.Extent);
            if (run.Count > 0 && (data.Offset - wanted.End > LargestGap || data.End - wanted.Offset > BlockCache.LargestRun))
            {
                Start(run, wanted);
                run = [];
            }

            wanted = run.Count == 0 ? data : new DiskExtent(wanted.Offset, data.End - wanted.Offset);
            run.Add(block);
        }

        if (run.Count > 0)
        {
            Start(run, wanted);
        }
    }

    /// <summary>From the first byte of a range that may be data to the last.</summary>
    private DiskExtent DataOf(DiskExtent range)
    {
        int first = FindRange(range.Offset);
        int last = first;
        while (last + 1 < _held.Count && _held[last + 1].Offset < range.End)
        {
            last++;
        }

        long start = Math.Max(range.Offset, _held[first].Offset);
        return new DiskExtent(start, Math.Min(range.End, _held[last].End) - start);
    }

    private void Start(List<CachedBlock> run, DiskExtent wanted)
    {
        CancellationToken cancellation = _stop.Token;
        Task loading = Task.Run(() => LoadAsync(run, wanted, cancellation), cancellation);
        foreach (CachedBlock block in run)
        {
            block.Loading = loading;
        }
    }

    private async Task LoadAsync(List<CachedBlock> run, DiskExtent wanted, CancellationToken cancellation)
    {
        await _lanes.WaitAsync(cancellation).ConfigureAwait(false);
        byte[] room = ArrayPool<byte>.Shared.Rent(PageReader.BufferSize);
        try
        {
            ThrowIfFailed();
            long position = wanted.Offset;
            int next = 0;
            Interlocked.Increment(ref _requests);
            await AzureErrors.CallAsync("Reading the disk", Name, () => PageReader.ReadAsync(_blob, wanted, room, Take, cancellation, Inspect)).ConfigureAwait(false);

            void Take(ArraySegment<byte> piece)
            {
                Interlocked.Add(ref _bytesFetched, piece.Count);
                ReadOnlySpan<byte> bytes = piece;
                while (next < run.Count && run[next].Extent.End <= position)
                {
                    next++;
                }

                for (int index = next; index < run.Count && run[index].Extent.Offset < position + bytes.Length; index++)
                {
                    run[index].Fill(position, bytes);
                }

                position += bytes.Length;
            }
        }
        catch (ImageServiceException failure)
        {
            // Whoever asks next is told the same, and nothing is tried again.
            _failure ??= failure;
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
            _lanes.Release();
        }
    }

    private void Inspect(Response response)
    {
        if (response.Headers.ETag is { } state && state != _state)
        {
            throw new ImageServiceException(
                "BlobChanged",
                ErrorKind.InvalidState,
                $"{Name} changed while it was read: something else writes to it.",
                "Read a snapshot of it, or find what writes to it, such as a machine that runs with it.",
                Name);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw failure;
        }
    }
}
