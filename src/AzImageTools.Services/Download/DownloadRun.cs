using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.Layouts;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Download.Transfer;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Download;

/// <summary>One run of a download: what its steps share.</summary>
internal sealed class DownloadRun
{
    private const string JournalExtension = ".azdownload";
    private const string Vhdx = ".vhdx";

    private readonly DownloadRequest _request;
    private readonly DownloadOrigin _origin;
    private readonly string _destination;
    private readonly bool _replaces;
    private readonly UploadBudget _budget;
    private readonly string? _sandboxId;
    private readonly string _journalPath;

    private VhdDownload? _result;
    private UploadJournal? _journal;

    /// <param name="request">What is brought down, and how.</param>
    /// <param name="origin">The disk.</param>
    /// <param name="destination">The file's full path.</param>
    /// <param name="replaces">Whether a file of that name is replaced.</param>
    /// <param name="session">The session; null for none.</param>
    /// <param name="budget">The requests in flight and the memory for them.</param>
    public DownloadRun(DownloadRequest request, DownloadOrigin origin, string destination, bool replaces, ImageSession? session, UploadBudget budget)
    {
        _request = request;
        _origin = origin;
        _destination = destination;
        _replaces = replaces;
        _budget = budget;
        _sandboxId = session?.SandboxId;
        _journalPath = UploadJournal.PathFor(destination, folder: null, origin.Id, _sandboxId, JournalExtension);
        if (session is { SandboxId: { } sandbox, IsSandboxKept: false })
        {
            string partial = GrowingImage.PathFor(destination);
            _ = session.Ended.Register(() =>
            {
                if (File.Exists(_journalPath))
                {
                    UploadJournal.Forget(_journalPath, sandbox);
                    File.Delete(partial);
                }
            });
        }
    }

    /// <summary>What came of it, once it has ended well.</summary>
    public VhdDownload Result => _result ?? throw new InvalidOperationException("The download has not ended.");

    /// <summary>Whether an interrupted run may have left something to go on with.</summary>
    public bool IsBegun => !_request.Restart && File.Exists(_journalPath) && File.Exists(GrowingImage.PathFor(_destination));

    /// <summary>Whether the same command can go on with what there is. Asked when the run has failed: the journal is let go of.</summary>
    public bool CanResume()
    {
        _journal?.Dispose();
        return _journal is { HasChunks: true } journal && File.Exists(journal.Path);
    }

    /// <summary>Removes what can't be gone on with.</summary>
    public Task<bool> RemoveAsync(StepRun run)
    {
        if (_journal is null)
        {
            return Task.FromResult(false);
        }

        _journal.Delete();
        File.Delete(GrowingImage.PathFor(_destination));
        return Task.FromResult(true);
    }

    /// <summary>Brings the disk down.</summary>
    public async Task WriteAsync(StepRun run)
    {
        OperationContext context = run.Context;
        long started = context.Time.GetTimestamp();
        (OpenPages pages, FixedVhdFooter footer, PageRangeList held) = await OpenAsync(context).ConfigureAwait(false);
        Chunk[] chunks = [.. ChunkPlanner.Plan(held.Ranges.Where(range => range.Offset < footer.Capacity), footer.Capacity)];
        ImageLayout layout = LayOut(footer, chunks);
        UploadCounters counters = new();
        RangeReader reader = new(pages.Blob, pages.ETag, counters, _budget.Throttle);
        using GrowingImage file = Begin(layout, chunks, run, out bool isContinued);
        using UploadJournal journal = _journal!;
        DownloadEngine engine = new(reader, file, counters, _budget, journal)
        {
            Done = isContinued ? await new DownloadResume(file, journal, reader, _budget, context).FindAsync(chunks).ConfigureAwait(false) : new Dictionary<long, SentChunk>(),
        };
        await engine.RunAsync(chunks, new UploadProgress($"Bringing down {_origin.Name}", layout.Capacity, counters, context, "received"), context.Cancellation).ConfigureAwait(false);
        Finish(file, engine.Crc64, context);
        if (_request.Verify)
        {
            await VerifyAsync(pages, engine, counters, context).ConfigureAwait(false);
        }

        file.Complete(_replaces);
        journal.Delete();
        if (!engine.HasAllSums)
        {
            context.Log.Verbose($"The host of the {_origin.Description} gives no checksums of ranges: the connection's own guard what came over it.");
        }

        _result = Describe(file, engine, counters, context.Time.GetElapsedTime(started));
    }

    private async Task<(OpenPages Pages, FixedVhdFooter Footer, PageRangeList Held)> OpenAsync(OperationContext context)
    {
        OpenPages pages = _origin.Open();
        Uri target = SecretText.WithoutQuery(pages.Blob.Uri);
        BlobProperties properties = await AzureErrors.CallAsync(
            $"Looking at the pages of the {_origin.Description}", target, async () => (await pages.Blob.GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
        long length = properties.ContentLength;
        if (length <= ChunkPlanner.PageSize || length % ChunkPlanner.PageSize != 0)
        {
            throw DownloadErrors.NotAVhd(_origin.Description, _origin.Id, $"It has {length} bytes.");
        }

        byte[] last = new byte[ChunkPlanner.PageSize];
        RangeReader reader = new(pages.Blob, pages.ETag, _budget.Throttle);
        await reader.ReadAsync(new DiskExtent(length - last.Length, last.Length), new ArraySegment<byte>(last), context.Cancellation).ConfigureAwait(false);
        FixedVhdFooter footer;
        try
        {
            footer = FixedVhdFooter.Parse(last, _origin.Name, length);
        }
        catch (DiskFormatException exception)
        {
            throw DownloadErrors.NotAVhd(_origin.Description, _origin.Id, exception.Message, exception);
        }

        PageRangeList held = await AzureErrors.CallAsync(
            $"Listing the pages of the {_origin.Description}", target, () => PageRangeReader.ReadAsync(pages.Blob, length, context.Cancellation)).ConfigureAwait(false);
        return (pages, footer, held);
    }

    private ImageLayout LayOut(FixedVhdFooter footer, IEnumerable<Chunk> chunks)
    {
        IEnumerable<DiskExtent> data = chunks.Select(static chunk => new DiskExtent(chunk.Offset, chunk.Length));
        return string.Equals(Path.GetExtension(_destination), Vhdx, StringComparison.OrdinalIgnoreCase) ? ImageLayout.Vhdx(footer.Capacity, data, footer.Id)
            : _request.Dynamic ? ImageLayout.DynamicVhd(footer.Capacity, data, footer.Id, footer.Created)
            : ImageLayout.FixedVhd(footer);
    }

    /// <summary>Opens journal and file: those of an interrupted run where they are of the same disk, else new ones.</summary>
    private GrowingImage Begin(ImageLayout layout, IReadOnlyCollection<Chunk> chunks, StepRun run, out bool isContinued)
    {
        JournalContent? earlier = ReadEarlier(run.Context);
        long left = chunks.Sum(static chunk => (long)chunk.Length) - (earlier?.BytesDone ?? 0);
        GrowingImage.RequireRoom(_destination, layout, Math.Max(0, left));
        GrowingImage? file = earlier is null ? null : GrowingImage.TryContinue(_destination, layout);
        isContinued = file is not null;
        file ??= GrowingImage.Create(_destination, layout);
        try
        {
            _journal = isContinued ? UploadJournal.Continue(_journalPath, run.Context) : UploadJournal.Create(_journalPath, CreateHeader(layout, run), run.Context);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What the journal of an interrupted run tells; null where there is none of the same disk, as it is now.</summary>
    private JournalContent? ReadEarlier(OperationContext context)
    {
        JournalContent? earlier;
        try
        {
            earlier = _request.Restart ? null : JournalReader.Read(_journalPath, context.Cancellation);
        }
        catch (ImageServiceException exception) when (exception.ErrorId == "JournalInvalid")
        {
            context.Log.Warning($"{_journalPath} is not the journal of this download: it starts over.");
            return null;
        }

        if (earlier is not null && earlier.Header.Source.FindDifference(_origin.Identity) is not null)
        {
            context.Log.Warning($"The {_origin.Description} has changed since its download began at {earlier.Header.Begun:u}: it starts over.");
            return null;
        }

        return earlier;
    }

    private JournalHeader CreateHeader(ImageLayout layout, StepRun run) => new()
    {
        Version = JournalHeader.CurrentVersion,
        RunId = run.RunId,
        LeaseId = Guid.Empty,
        Target = _destination,
        Length = layout.Capacity + ChunkPlanner.PageSize,
        Begun = run.Context.Time.GetUtcNow(),
        Source = _origin.Identity,
        SandboxId = _sandboxId,
    };

    private void Finish(GrowingImage file, ulong crc, OperationContext context)
    {
        context.Progress.Report(new OperationProgress { Activity = $"Bringing down {_origin.Name}", Status = "Reading the file back", PercentComplete = 100 });
        file.Finish(context.Cancellation);
        try
        {
            FileComparison.Run(file, crc, context.Cancellation);
        }
        catch (ImageServiceException)
        {
            // Nothing to go on with.
            file.Discard();
            _journal!.Delete();
            throw;
        }
    }

    private async Task VerifyAsync(OpenPages pages, DownloadEngine engine, UploadCounters counters, OperationContext context)
    {
        long total = counters.Sent + counters.Resumed;
        try
        {
            await PageVerification.RunAsync(
                pages.Blob,
                engine.Ranges,
                _budget.Throttle,
                length =>
                {
                    counters.AddVerified(length);
                    context.Progress.Report(new OperationProgress { Activity = $"Bringing down {_origin.Name}", Status = $"{ByteSize.Format(counters.Verified)} of {ByteSize.Format(total)} read again", PercentComplete = 100 });
                },
                context.Cancellation).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.ErrorId == "VerificationFailed")
        {
            throw new ImageServiceException(
                "VerificationFailed",
                ErrorKind.InvalidData,
                $"Read a second time, the {_origin.Description} holds other bytes than were brought down.",
                "Something writes to it, or what an interrupted run left was altered: see that nothing does, then use -Restart.",
                _origin.Id,
                exception);
        }
    }

    private VhdDownload Describe(GrowingImage file, DownloadEngine engine, UploadCounters counters, TimeSpan duration) => new()
    {
        Name = Path.GetFileName(_destination),
        Path = _destination,
        SourceId = _origin.Id,
        Format = file.Layout.Format,
        SubFormat = file.Layout.SubFormat,
        Capacity = file.Layout.Capacity,
        FileSize = file.Layout.FileLength,
        BytesReceived = counters.Sent,
        BytesResumed = counters.Resumed,
        BytesSkipped = counters.Skipped,
        BytesVerified = counters.Verified,
        Requests = counters.Requests,
        Retries = counters.Retries,
        Duration = duration,
        Crc64 = engine.Crc64.ToString("X16", CultureInfo.InvariantCulture),
        Verified = engine.HasAllSums,
    };
}
