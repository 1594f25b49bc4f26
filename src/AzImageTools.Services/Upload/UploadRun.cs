using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload;

/// <summary>One run of an upload: what its steps share.</summary>
/// <param name="request">What is uploaded, and how.</param>
/// <param name="source">The disk.</param>
/// <param name="identity">What the target is in Azure.</param>
/// <param name="journalPath">Where the upload's journal is.</param>
/// <param name="budget">The requests in flight and the memory for them.</param>
internal sealed class UploadRun(UploadRequest request, UploadSourceInfo source, TargetIdentity identity, string journalPath, UploadBudget budget)
{
    private static readonly TimeSpan CompletionTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Whoever presses Ctrl+C does not wait longer for what ends by itself anyway.</summary>
    private static readonly TimeSpan LeavingTimeout = TimeSpan.FromSeconds(1);

    private VhdUpload? _result;
    private long? _started;

    /// <summary>The journal, open from when it is begun until the run has ended, well or not.</summary>
    private UploadJournal? _journal;
    private bool _isCancelled;
    private bool _isOthers;

    /// <summary>What came of it, once it has ended well.</summary>
    public VhdUpload Result => _result ?? throw new InvalidOperationException("The upload has not ended.");

    /// <summary>Begins the journal, and creates the target, empty.</summary>
    public async Task<ExistingTarget> CreateAsync(NewTarget target, StepRun run)
    {
        BeginJournal(run.RunId, run);
        try
        {
            return await target.CreateAsync(source, run).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Cancellation.IsCancellationRequested)
        {
            _isCancelled = true;
            throw;
        }
        catch (ImageServiceException exception) when (exception.ErrorId is NewTarget.TakenErrorId or "AuthenticationFailed"
            || (identity.Kind == UploadTargetKind.PageBlob && exception.Kind is ErrorKind.Authentication or ErrorKind.PermissionDenied))
        {
            // No try that is refused for who or where it comes from can have created anything.
            _isOthers = true;
            throw;
        }
    }

    /// <summary>Begins a journal for what an earlier upload left.</summary>
    /// <param name="runId">The run that created it.</param>
    /// <param name="run">The step's run.</param>
    public Task TakeOverAsync(string runId, StepRun run)
    {
        BeginJournal(runId, run);
        return Task.CompletedTask;
    }

    /// <summary>Removes the journal of a target that was taken over, and stays as it was found.</summary>
    public Task<bool> ForgetAsync(StepRun run)
    {
        _journal?.Delete();
        return Task.FromResult(false);
    }

    /// <summary>Removes the target and the journal of an upload that can't be continued.</summary>
    public async Task<bool> RemoveAsync(NewTarget target, StepRun run)
    {
        if (_journal is null)
        {
            return false;
        }

        bool removed = !_isOthers && await target.RemoveAsync(_journal.Content.Header.LeaseId, run).ConfigureAwait(false);
        _journal.Delete();
        return removed;
    }

    /// <summary>
    /// Whether the same command can go on with what there is: something was sent, and the disk is still the same. After a
    /// cancellation also where nothing was sent: who presses Ctrl+C does not wait until the target is deleted. Asked when the run
    /// has failed: the journal is let go of.
    /// </summary>
    public bool CanResume()
    {
        _journal?.Dispose();
        return _journal is { } journal && File.Exists(journal.Path)
            && (journal.HasChunks || _isCancelled)
            && journal.Content.Header.Source.FindDifference(source.Identity with { Files = [.. source.Identity.Files.Select(file => SourceFile.Of(file.Path))] }) is null;
    }

    /// <summary>Writes the disk to the target, and ends the upload.</summary>
    public async Task WriteAsync(ExistingTarget target, StepRun run)
    {
        Start(run);
        try
        {
            await WriteToEndAsync(target, run).ConfigureAwait(false);
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
        catch (ImageServiceException exception) when (exception.ErrorId == NewTarget.TakenErrorId)
        {
            _isOthers = true;
            throw;
        }
    }

    /// <summary>Tells of an upload whose last run was killed between its end and the journal's, once its pages are compared.</summary>
    public async Task FinishAsync(JournalContent content, EndedManagedDisk target, StepRun run)
    {
        Start(run);
        UploadSource disk = OpenDisk(content.Header.Source, run.Context);
        UploadCounters counters = new();
        UploadComparison comparison = new(disk, counters, budget);
        await comparison.ReadAsync(run.Context).ConfigureAwait(false);
        disk.RequireUnchanged(content.Header.Source);
        bool compared = await target.ReadAsync(
            blob => comparison.RunAsync(blob, request.Verify, run.Context), run with { RunId = content.Header.RunId }).ConfigureAwait(false);
        _result = Describe(counters, comparison.Crc64, compared, run.Context);
        File.Delete(journalPath);
    }

    private async Task WriteToEndAsync(ExistingTarget target, StepRun run)
    {
        using UploadJournal journal = _journal ??= UploadJournal.Continue(journalPath, run.Context);
        JournalHeader header = journal.Content.Header;
        run = run with { RunId = header.RunId };
        UploadSource disk = OpenDisk(header.Source, run.Context);
        TargetWriter writer = await target.OpenAsync(source, header.LeaseId, run).ConfigureAwait(false);
        UploadCounters counters = new();
        using WritePace pace = new(run.Context.Time, budget.Throttle);
        UploadEngine engine;
        bool compared;
        try
        {
            PageWriter pages = new(writer.Blob, writer.LeaseId, counters, pace);
            engine = new UploadEngine(disk, pages, counters, budget, journal)
            {
                Done = writer.IsEmpty ? new Dictionary<long, SentChunk>() : await ResumePoint.FindAsync(disk, journal, pages, request.Verify, counters, budget, run.Context).ConfigureAwait(false),
                Verify = request.Verify,
                Pace = pace,
                CheckSource = () => disk.RequireUnchanged(header.Source),
            };
            compared = await engine.RunAsync(run.Context).ConfigureAwait(false);
            await CompleteAsync(writer, engine.Crc64, run).ConfigureAwait(false);
        }
        catch
        {
            using CancellationTokenSource leaving = run.Context.Time.CreateCancellationTokenSource(LeavingTimeout);
            await writer.LeaveAsync(leaving.Token).ConfigureAwait(false);
            throw;
        }

        journal.Delete();
        _result = Describe(counters, engine.Crc64, compared, run.Context);
        run.Context.Log.Verbose(
            $"Uploaded {source.Path}: {ByteSize.Format(_result.BytesSent)} sent in {_result.Requests} requests, {ByteSize.Format(_result.BytesSkipped)} empty.");
    }

    /// <summary>All is there: from here on it is hardly worth being cancelled.</summary>
    private static async Task CompleteAsync(TargetWriter writer, ulong crc, StepRun run)
    {
        using CancellationTokenSource completing = run.Context.Time.CreateCancellationTokenSource(CompletionTimeout);
        using CancellationTokenRegistration hurry = run.Cancellation.Register(() => completing.CancelAfter(LeavingTimeout));
        await writer.CompleteAsync(Hexadecimal(crc), run with { Context = run.Context with { Cancellation = completing.Token } }).ConfigureAwait(false);
    }

    private void BeginJournal(string runId, StepRun run)
    {
        Start(run);
        JournalHeader header = new()
        {
            Version = JournalHeader.CurrentVersion,
            RunId = runId,
            LeaseId = Guid.NewGuid(),
            Target = identity.Id,
            Length = source.Length,
            Begun = run.Context.Time.GetUtcNow(),
            Source = source.Identity,
            SkipsFreeSpace = request.SkipFreeSpace,
            RepairSum = source.Image.RepairSum,
            SandboxId = identity.SandboxId,
        };
        _journal = UploadJournal.Create(journalPath, header, run.Context);
    }

    private static string Hexadecimal(ulong crc) => crc.ToString("X16", CultureInfo.InvariantCulture);

    private void Start(StepRun run) => _started ??= run.Context.Time.GetTimestamp();

    private VhdUpload Describe(UploadCounters counters, ulong crc, bool compared, OperationContext context)
        => new()
        {
            Id = identity.Id,
            Name = identity.Name,
            ResourceGroupName = identity.ResourceGroupName,
            Location = identity.Location,
            SubscriptionId = identity.SubscriptionId,
            TargetKind = identity.Kind,
            Uri = identity.Uri,
            SourcePath = source.Path,
            SourceFormat = source.Format,
            Capacity = source.Length - ChunkPlanner.PageSize,
            BytesRead = counters.Read,
            BytesSkipped = counters.Skipped,
            BytesSkippedAsFree = source.BytesSkippedAsFree,
            FreeSpace = source.FreeSpace,
            Repairs = request.Repairs,
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
            throw new ImageServiceException("SourceUnreadable", ErrorKind.InvalidData, $"The disk could not be opened: {exception.Message}", string.Empty, source.Path, exception);
        }
    }
}
