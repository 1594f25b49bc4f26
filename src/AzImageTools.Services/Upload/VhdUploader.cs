using System.Collections.Concurrent;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload;

/// <summary>
/// Uploads disk images of any format that can be read, as fixed VHDs, to page blobs and managed disks. All that one uploader
/// sends shares one budget of requests and the memory for them, and goes to targets that differ. Thread-safe.
/// </summary>
public sealed class VhdUploader : IDisposable
{
    /// <summary>How many requests are in flight at most where nothing else is said.</summary>
    public const int DefaultThrottleLimit = 32;

    /// <summary>How many disks are sent side by side.</summary>
    private const int DisksAtOnce = 4;

    private const double PagesWeight = 98;

    private readonly UploadBudget _budget;

    /// <summary>What was planned to be uploaded to, each with its disk image.</summary>
    private readonly ConcurrentDictionary<string, string> _targets = new(StringComparer.OrdinalIgnoreCase);
    private int _users = 1;

    /// <summary>Makes an uploader with one user, who disposes of it.</summary>
    /// <param name="throttleLimit">
    /// How many requests may be in flight at most, 1 to 256. It begins with 8 of them, adds some while that is faster, and takes
    /// some away when the service asks for less.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">The limit is out of range (InvalidThrottleLimit).</exception>
    public VhdUploader(int throttleLimit, TimeProvider time)
    {
        _budget = UploadBudget.Create(throttleLimit, time);
    }

    /// <summary>Runs uploads side by side, four at a time. A failure of one does not stop the others.</summary>
    /// <param name="uploads">Each sends one disk.</param>
    /// <param name="isExpected">Whether an exception is a failure to be reported; any other is thrown when all have ended.</param>
    /// <param name="report">Reports a failure. It may cancel the others.</param>
    /// <param name="cancellation">Cancels all.</param>
    /// <exception cref="OperationCanceledException">They were cancelled, and all have ended.</exception>
    public static async Task RunTogetherAsync(
        IEnumerable<Func<Task>> uploads, Func<Exception, bool> isExpected, Func<Exception, Task> report, CancellationToken cancellation)
    {
        using SemaphoreSlim free = new(DisksAtOnce, DisksAtOnce);
        await Task.WhenAll(uploads.Select(upload => Task.Run(() => RunAsync(upload), CancellationToken.None))).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();

        async Task RunAsync(Func<Task> upload)
        {
            try
            {
                await free.WaitAsync(cancellation).ConfigureAwait(false);
                try
                {
                    await upload().ConfigureAwait(false);
                }
                finally
                {
                    free.Release();
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested && isExpected(exception))
            {
                await report(exception).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Adds a user, such as a job that goes on when the command has ended; the last to dispose of the uploader ends it.</summary>
    public VhdUploader Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>
    /// Checks the disk and the target, reading only, and plans the upload. A plan runs once; when it fails or is cancelled, the
    /// same request continues the upload, and what can't be continued is removed.
    /// </summary>
    /// <param name="connect">
    /// Gives the session; null only for a <see cref="SasTarget"/> or an <see cref="AccountKeyTarget"/>. For other targets it is
    /// called only once the disk is known to be fit for an upload.
    /// </param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">
    /// The disk can't be uploaded as it is, or not to that target; the target is there already (DiskAlreadyExists, BlobAlreadyExists), or
    /// another disk's (TargetGivenTwice); Azure refused or could not be reached.
    /// </exception>
    public async Task<Plan<VhdUpload>> PlanAsync(Func<Task<ImageSession?>> connect, UploadRequest request, OperationContext context)
    {
        Task<UploadSourceInfo> inspection = Task.Run(() => SourceInspection.Run(request, context), context.Cancellation);
        try
        {
            if (request.Target is not (SasTarget or AccountKeyTarget))
            {
                // Nobody is asked to sign in for a disk that Azure does not take.
                await inspection.ConfigureAwait(false);
            }

            ImageSession? session = await connect().ConfigureAwait(false);
            TargetCheck target = TargetCheck.Of(session, request.Target, context.Time);
            target.Begin(context);
            return await PlanAsync(await inspection.ConfigureAwait(false), request, target, session, context).ConfigureAwait(false);
        }
        catch
        {
            // Also where it is still being looked at: nobody waits for that.
            _ = inspection.ContinueWith(
                static opened => opened.Result.Image.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Ends one user's use.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _budget.Dispose();
        }
    }

    private async Task<Plan<VhdUpload>> PlanAsync(UploadSourceInfo source, UploadRequest request, TargetCheck target, ImageSession? session, OperationContext context)
    {
        RequireFits(source, target);
        string journalPath = UploadJournal.PathFor(source.Path, request.JournalPath, target.Id, session?.SandboxId);
        JournalContent? earlier = ReadJournal(journalPath, request, source, target, context);
        TargetState state = await CheckAsync(target, earlier, new TargetUse(source.Length, request.Restart, request.Verify), request, session, context).ConfigureAwait(false);
        context.Log.Verbose($"{source.Path}: {Reason(state, target.Description, earlier, journalPath, request)}");
        if (earlier is not null && state is TargetState.Create && !request.Restart)
        {
            context.Log.Warning($"An upload of {source.Path} was interrupted, but the {target.Description} no longer exists: the upload starts over.");
        }

        if (!_targets.TryAdd(target.Description, source.Path))
        {
            throw new ImageServiceException(
                "TargetGivenTwice",
                ErrorKind.InvalidArgument,
                $"{source.Path} would be uploaded to the {target.Description}, as {_targets[target.Description]} is.",
                "Give each disk a name of its own.",
                source.Path);
        }

        if (session is { SandboxId: { } sandbox, IsSandboxKept: false })
        {
            _ = session.Ended.Register(() => UploadJournal.Forget(journalPath, sandbox));
        }

        UploadRun upload = new(request, source, state.Identity with { SandboxId = session?.SandboxId }, journalPath, _budget);
        List<Step> steps = StepsOf(upload, state, source, target.Description, request.Target);
        if (session is not null)
        {
            await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        }

        return new Plan<VhdUpload>($"Upload '{Path.GetFileName(source.Path)}'", target.Description, steps, _ => Task.FromResult(upload.Result))
        {
            Holds = source.Image,
        };
    }

    private static async Task<TargetState> CheckAsync(
        TargetCheck target, JournalContent? earlier, TargetUse use, UploadRequest request, ImageSession? session, OperationContext context)
    {
        try
        {
            return await target.RunAsync(earlier, use, context).ConfigureAwait(false);
        }
        catch (ImageServiceException refusal) when (TargetCheck.IsForceable(refusal) && request is { AskToReplace: { } ask, Target.Force: false })
        {
            if (!await ask(refusal).ConfigureAwait(false))
            {
                throw;
            }

            return await TargetCheck.Of(session, request.Target with { Force = true }, context.Time).RunAsync(earlier, use, context).ConfigureAwait(false);
        }
    }

    private static List<Step> StepsOf(UploadRun upload, TargetState state, UploadSourceInfo source, string target, UploadTarget place)
    {
        (IReadOnlyList<ResourceChange> toCreate, IReadOnlyList<ResourceChange> toSend) = state.ChangesFor(place);
        string note = $"At most {ByteSize.Format(source.DataLength)} of {ByteSize.Format(source.Length)} are sent{(source.FreeSpaceSummary is { } left ? $", {left}" : string.Empty)}{(source.Image.RepairSum is null ? string.Empty : ", with the changes that are kept beside the disk")}.";
        switch (state)
        {
            case TargetState.Create create:
                ExistingTarget? created = null;
                return
                [
                    Begin("Create the target", StepEffect.Creates, async run => created = await upload.CreateAsync(create.Target, run).ConfigureAwait(false), run => upload.RemoveAsync(create.Target, run)),
                    Write(() => created!, note),
                ];
            case TargetState.TakeOver other:
                return
                [
                    Begin("Take over what an earlier upload left", StepEffect.Changes, run => upload.TakeOverAsync(other.RunId, run), upload.ForgetAsync),
                    Write(() => other.Target, $"What is there already is read back, and sent only where it is not the disk's. {note}"),
                ];
            case TargetState.Continue own:
                return [Write(() => own.Target, $"It continues the upload of {own.Journal.Header.Begun:u}: {ByteSize.Format(own.Journal.BytesDone)} were sent. {note}")];
            case TargetState.Ended ended:
                return [new Step(run => upload.FinishAsync(ended.Journal, ended.Target, run)) { Title = "Compare what was uploaded, and note the end of the upload", Effect = StepEffect.Changes, Target = target }];
            default:
                throw new ArgumentOutOfRangeException(nameof(state), state, "There is no such state.");
        }

        Step Begin(string title, StepEffect effect, Func<StepRun, Task> action, Func<StepRun, Task<bool>> undo) => new(action)
        {
            Title = title,
            Effect = effect,
            Target = target,
            OnFailure = FailureAction.Resume,
            CanResume = upload.CanResume,
            Undo = undo,
            Changes = effect == StepEffect.Creates ? toCreate : [],
        };

        Step Write(Func<ExistingTarget> begun, string note) => new(run => upload.WriteAsync(begun(), run))
        {
            Title = "Write the pages",
            Effect = StepEffect.Changes,
            Target = target,
            Note = note,
            OnFailure = FailureAction.Resume,
            CanResume = upload.CanResume,
            Weight = PagesWeight,
            Changes = toSend,
        };
    }

    /// <summary>What is done with what is at the target, and why.</summary>
    private static string Reason(TargetState state, string target, JournalContent? earlier, string journalPath, UploadRequest request)
    {
        string journal = earlier is null ? $"there is no journal {journalPath}" : $"the journal {journalPath} tells of an upload begun {earlier.Header.Begun:u}";
        return state switch
        {
            TargetState.Continue => $"{journal}, and the {target} is that upload's: it is continued.",
            TargetState.Ended => $"{journal}, which the {target} has had all of: it is compared, not sent again.",
            TargetState.TakeOver => $"{journal}, but the {target} carries an upload's tag, and may be sent to again (-Force) with -Verify: what is there is read back and kept where it is right.",
            _ when request.Restart => $"-Restart was given: the {target} is sent anew.",
            _ when earlier is not null => $"{journal}, but the {target} is not there any more: it is created.",
            _ => $"{journal}: the {target} is created.",
        };
    }

    /// <summary>The journal of an interrupted upload of this disk to this target; null for none.</summary>
    private static JournalContent? ReadJournal(string path, UploadRequest request, UploadSourceInfo source, TargetCheck target, OperationContext context)
    {
        JournalContent? content;
        try
        {
            content = JournalReader.Read(path, context.Cancellation);
        }
        catch (ImageServiceException exception) when (request.Restart)
        {
            context.Log.Verbose(exception.Message);
            return null;
        }

        if (content is null || request.Restart)
        {
            return content;
        }

        if (!string.Equals(content.Header.Target, target.Id, StringComparison.OrdinalIgnoreCase) || content.Header.Length != source.Length)
        {
            throw new ImageServiceException(
                "JournalInvalid",
                ErrorKind.InvalidData,
                $"The journal {path} is of another upload.",
                "Give another folder with -JournalPath, or use -Restart to overwrite it.",
                path);
        }

        if (content.Header.SkipsFreeSpace != request.SkipFreeSpace)
        {
            throw new ImageServiceException(
                "FreeSpaceDiffers",
                ErrorKind.InvalidState,
                $"The upload of {source.Path} began {(request.SkipFreeSpace ? "without" : "with")} -SkipFreeSpace: what is there already is not what would be sent now.",
                "Give the same parameters as then, or start over with -Restart.",
                source.Path);
        }

        if (content.Header.RepairSum != source.Image.RepairSum)
        {
            string then = content.Header.RepairSum is null ? "without changes that are kept beside it" : "with changes that were kept beside it";
            string now = source.Image.RepairSum is null ? "without any now" : content.Header.RepairSum is null ? "with some now" : "with others now";
            throw new ImageServiceException(
                "RepairDiffers",
                ErrorKind.InvalidState,
                $"The upload of {source.Path} began {then}, and would go on {now}: what is there already is not what would be sent.",
                "Give the same file of changes and -UseRepair as then, or start over with -Restart.",
                source.Path);
        }

        return content.Header.Source.FindDifference(source.Identity) is { } difference ? throw UploadSource.Changed(source.Path, difference) : content;
    }

    private static void RequireFits(UploadSourceInfo source, TargetCheck target)
    {
        if (source.Length > target.MaximumLength)
        {
            throw new ImageServiceException(
                "DiskTooLarge",
                ErrorKind.LimitExceeded,
                $"The disk {source.Path} becomes {ByteSize.Format(source.Length)} long; {ResourceNames.WithArticle(target.Description)} takes {ByteSize.Format(target.MaximumLength)} at most.",
                "Make it smaller inside its guest, or upload it to a managed disk.",
                source.Path);
        }
    }
}
