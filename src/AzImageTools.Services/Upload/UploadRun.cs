using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Journal;

namespace AzImageTools.Services.Upload;

/// <summary>One run of an upload: what its steps share.</summary>
/// <param name="request">What is uploaded, and how.</param>
/// <param name="source">The disk.</param>
/// <param name="destination">The target.</param>
/// <param name="journalPath">Where the upload's journal is.</param>
/// <param name="sharedBudget">The requests in flight and the memory for them, where several uploads share them; null for this one's own.</param>
internal sealed class UploadRun(UploadRequest request, UploadSourceInfo source, UploadDestination destination, string journalPath, UploadBudget? sharedBudget)
{
    private static readonly TimeSpan CompletionTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Whoever presses Ctrl+C does not wait longer for what ends by itself anyway.</summary>
    private static readonly TimeSpan LeavingTimeout = TimeSpan.FromSeconds(1);

    private VhdUpload? _result;
    private long? _started;
    private bool _hasBegun;
    private bool _isNew;
    private bool _isCancelled;

    /// <summary>What came of it, once it has ended well.</summary>
    public VhdUpload Result => _result ?? throw new InvalidOperationException("The upload has not ended.");

    /// <summary>Begins the journal, and creates the target, empty.</summary>
    public async Task CreateAsync(StepRun run)
    {
        using UploadJournal journal = BeginJournal(run.RunId, run);
        try
        {
            await destination.CreateAsync(source, run).ConfigureAwait(false);
            _isNew = true;
        }
        catch (OperationCanceledException) when (run.Cancellation.IsCancellationRequested)
        {
            _isCancelled = true;
            throw;
        }
    }

    /// <summary>Begins a journal for what an earlier upload left.</summary>
    public Task TakeOverAsync(StepRun run)
    {
        BeginJournal(destination.TakenOverRunId!, run).Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Removes the journal of a target that was taken over, and stays as it was found.</summary>
    public Task<bool> ForgetAsync(StepRun run)
    {
        if (_hasBegun)
        {
            File.Delete(journalPath);
        }

        return Task.FromResult(false);
    }

    /// <summary>Removes the target and the journal of an upload that can't be continued.</summary>
    public async Task<bool> RemoveAsync(StepRun run)
    {
        if (!_hasBegun)
        {
            return false;
        }

        JournalContent? content = JournalReader.Read(journalPath);
        bool removed = await destination.RemoveAsync(content is null ? run : run with { RunId = content.Header.RunId }).ConfigureAwait(false);
        File.Delete(journalPath);
        return removed;
    }

    /// <summary>
    /// Whether the same command can go on with what there is: something was sent, and the disk is still the same. After a
    /// cancellation also where nothing was sent: who presses Ctrl+C does not wait until the target is deleted.
    /// </summary>
    public bool CanResume()
    {
        try
        {
            return JournalReader.Read(journalPath) is { } content
                && (content.Chunks.Count > 0 || _isCancelled)
                && content.Header.Source.FindDifference(source.Identity with { Files = [.. source.Identity.Files.Select(file => SourceFile.Of(file.Path))] }) is null;
        }
        catch (ImageServiceException)
        {
            return false;
        }
    }

    /// <summary>Writes the disk, and ends the upload.</summary>
    public async Task WriteAsync(StepRun run)
    {
        Start(run);
        try
        {
            await WriteToEndAsync(run).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Cancellation.IsCancellationRequested)
        {
            _isCancelled = true;
            if (CanResume())
            {
                run.Context.Log.Warning($"The upload of {source.Path} was interrupted. The same command continues it; Stop-AzVhdUpload gives it up.");
            }

            throw;
        }
    }

    /// <summary>Tells of an upload whose last run was killed between its end and the journal's.</summary>
    public Task FinishAsync(JournalContent content, StepRun run)
    {
        Start(run);
        DiskChecksum checksum = new(content.Capacity);
        foreach (JournalRun written in content.Chunks.SelectMany(chunk => chunk.Runs))
        {
            checksum.Add(written.Offset, written.Length, written.Crc);
        }

        UploadCounters counters = new();
        counters.AddResumed(content.BytesDone);
        counters.AddSkipped(content.Capacity - content.BytesDone);
        _result = destination.Identify(Describe(counters, checksum.Value, compared: true, run.Context));
        File.Delete(journalPath);
        return Task.CompletedTask;
    }

    private async Task WriteToEndAsync(StepRun run)
    {
        JournalContent content = JournalReader.Read(journalPath) ?? throw new ImageServiceException(
            "JournalNotFound", ServiceErrorKind.NotFound, $"The upload's journal {journalPath} is gone.", "Start again.", journalPath);
        run = run with { RunId = content.Header.RunId };
        UploadSource disk = OpenDisk(content.Header.Source, run.Context);
        using UploadJournal journal = UploadJournal.Continue(journalPath, content, run.Context);
        using UploadBudget? ownBudget = sharedBudget is null ? new UploadBudget(request.ThrottleLimit, run.Context.Time) : null;
        UploadBudget budget = sharedBudget ?? ownBudget!;
        UploadEngine engine;
        bool compared;
        try
        {
            UploadAccess access = await destination.OpenAsync(source, content.Header.LeaseId, run).ConfigureAwait(false);
            bool isEmpty = _isNew || access.IsNew;
            long readForProof = isEmpty || !request.Verify
                ? 0
                : await ProvenChunks.AddAsync(disk, access.Blob, content, journal, budget, run.Context).ConfigureAwait(false);
            engine = new UploadEngine(disk, access.Blob, budget)
            {
                LeaseId = access.LeaseId,
                Journal = journal,
                Earlier = isEmpty ? null : content,
                Verify = request.Verify,
                CheckSource = () => disk.RequireUnchanged(content.Header.Source),
            };
            engine.Counters.AddRead(readForProof);
            compared = await engine.RunAsync(run.Context).ConfigureAwait(false);
            await CompleteAsync(engine, run).ConfigureAwait(false);
        }
        catch
        {
            using CancellationTokenSource leaving = run.Context.Time.CreateCancellationTokenSource(LeavingTimeout);
            await destination.LeaveAsync(run with { Context = run.Context with { Cancellation = leaving.Token } }).ConfigureAwait(false);
            throw;
        }

        journal.Delete();
        _result = destination.Identify(Describe(engine.Counters, engine.Crc64, compared, run.Context));
        run.Context.Log.Verbose(
            $"Uploaded {source.Path}: {ByteSize.Format(_result.BytesSent)} sent in {_result.Requests} requests, {ByteSize.Format(_result.BytesSkipped)} empty.");
    }

    /// <summary>All is there: from here on it is hardly worth being cancelled.</summary>
    private async Task CompleteAsync(UploadEngine engine, StepRun run)
    {
        using CancellationTokenSource completing = run.Context.Time.CreateCancellationTokenSource(CompletionTimeout);
        using CancellationTokenRegistration hurry = run.Cancellation.Register(() => completing.CancelAfter(LeavingTimeout));
        await destination.CompleteAsync(Hexadecimal(engine.Crc64), run with { Context = run.Context with { Cancellation = completing.Token } }).ConfigureAwait(false);
    }

    private UploadJournal BeginJournal(string runId, StepRun run)
    {
        Start(run);
        JournalHeader header = new()
        {
            Version = JournalHeader.CurrentVersion,
            RunId = runId,
            LeaseId = Guid.NewGuid(),
            Target = destination.Id,
            Length = source.Length,
            Begun = run.Context.Time.GetUtcNow(),
            Source = source.Identity,
            SkipsFreeSpace = request.SkipFreeSpace,
        };
        UploadJournal journal = UploadJournal.Create(journalPath, header, run.Context);
        _hasBegun = true;
        return journal;
    }

    private static string Hexadecimal(ulong crc) => crc.ToString("X16", CultureInfo.InvariantCulture);

    private void Start(StepRun run) => _started ??= run.Context.Time.GetTimestamp();

    private VhdUpload Describe(UploadCounters counters, ulong crc, bool compared, OperationContext context)
        => new()
        {
            Id = string.Empty,
            Name = string.Empty,
            TargetKind = default,
            SourcePath = source.Path,
            SourceFormat = source.Format,
            Capacity = source.Length - ChunkPlanner.PageSize,
            BytesRead = counters.Read,
            BytesSkipped = counters.Skipped,
            BytesSkippedAsFree = source.BytesSkippedAsFree,
            FreeSpace = source.FreeSpace,
            BytesSent = counters.Sent,
            BytesResumed = counters.Resumed,
            BytesVerified = counters.Verified,
            Requests = counters.Requests,
            Retries = counters.Retries,
            Duration = context.Time.GetElapsedTime(_started!.Value),
            Crc64 = Hexadecimal(crc),
            Verified = compared,
            OsType = source.OsType,
            HyperVGeneration = source.HyperVGeneration,
        };

    private UploadSource OpenDisk(SourceIdentity begun, OperationContext context)
    {
        try
        {
            UploadSource disk = new(source.Image, request.SkipFreeSpace, context);
            disk.RequireUnchanged(begun);
            return disk;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageServiceException("SourceUnreadable", ServiceErrorKind.InvalidData, $"The disk could not be opened: {exception.Message}", string.Empty, source.Path, exception);
        }
    }
}
