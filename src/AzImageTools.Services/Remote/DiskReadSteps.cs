using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Remote;

/// <summary>
/// The steps to the bytes of a managed disk, snapshot or restore point's disk. Ending access ends everybody's, so access is asked for only
/// where nobody else has any: what belongs to a machine, or is being read by somebody, is read through a snapshot of our own. Access that a killed run of
/// this machine asked for is ours, as long as it can last: its note tells of it.
/// </summary>
internal sealed class DiskReadSteps
{
    /// <summary>Asked for again at half of it.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(15);

    private readonly ImageSession _session;
    private readonly string _name;
    private readonly ReadableDisk _disk;
    private readonly TemporarySnapshot? _snapshot;
    private ReadableDisk? _opened;
    private ArmOperation<AccessUri>? _granting;
    private StepRun? _run;
    private RunNote? _note;

    private DiskReadSteps(ImageSession session, RemoteDiskRequest request, ReadableDisk disk, TemporarySnapshot? snapshot)
    {
        // A machine's OS disk goes by the machine's name; a data disk would not be found again by that.
        _name = request.Lun is null ? request.ResourceId! : disk.Id.ToString();
        _session = session;
        _disk = disk;
        _snapshot = snapshot;
        bool needsToken = disk.AuthMode == DataAccessAuthMode.AzureActiveDirectory;
        Steps = snapshot is null ? [AccessStep(disk.Id, disk.Description, needsToken)] : [snapshot.Step, AccessStep(snapshot.Id, snapshot.Description, needsToken)];
    }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The disk in words.</summary>
    public string Description => _disk.Description;

    /// <summary>The disk that was asked for.</summary>
    public ReadableDisk Disk => _disk;

    /// <summary>What is read: the disk itself, or a temporary snapshot of it.</summary>
    public ResourceIdentifier ReadId => _snapshot?.Id ?? _disk.Id;

    /// <summary>What came of the steps, once they have run.</summary>
    public RemoteAccess? Access { get; private set; }

    /// <summary>Plans the steps. What forbids them is refused.</summary>
    public static async Task<DiskReadSteps> PlanAsync(ImageSession session, RemoteDiskRequest request, OperationContext context)
    {
        ReadableDisk disk = WithoutKilled(session, await ReadableDisk.FindAsync(session, request.ResourceId!, request.Lun, context).ConfigureAwait(false), context);
        CheckPolicy(disk);
        bool takesSnapshot = disk.IsDisk && (disk.IsAttached || disk.IsAccessed);
        if (!takesSnapshot)
        {
            CheckFree(disk);
        }

        DiskReadSteps plan = new(session, request, disk, takesSnapshot ? TemporarySnapshot.Of(session, disk, request) : null);
        await Preflight.CheckAsync(session, plan.Steps, context).ConfigureAwait(false);
        return plan;
    }

    /// <summary>The disk without the access that a killed run of ours has left open: nobody is harmed when that ends.</summary>
    private static ReadableDisk WithoutKilled(ImageSession session, ReadableDisk disk, OperationContext context)
    {
        if (!disk.IsAccessed || !RunNote.ToldByKilled(session.RunFolder).Any(fact => fact.Is(RunFactKind.Opened, disk.Id.ToString(), session.SandboxId) && fact.Until > context.Time.GetUtcNow()))
        {
            return disk;
        }

        context.Log.Verbose($"The access to the {disk.Description} was left open by a run of this machine that was killed; it ends with this one.");
        return disk with { IsAccessed = false };
    }

    private static void CheckPolicy(ReadableDisk disk)
    {
        if (disk.NetworkAccess == NetworkAccessPolicy.DenyAll)
        {
            throw new ImageServiceException(
                "DiskAccessForbidden",
                ErrorKind.PermissionDenied,
                $"The {disk.Description} lets nobody export it (its network access policy is DenyAll): its owner forbade copies.",
                "Gather evidence on the machine with the module's evidence/collect-windows.ps1 or collect-linux.sh, and give its file with -EvidencePath.",
                disk.Id.ToString());
        }
    }

    private static void CheckFree(ReadableDisk disk)
    {
        if (disk.IsAccessed)
        {
            throw new ImageServiceException(
                "DiskAccessInUse",
                ErrorKind.InvalidState,
                $"Somebody was given access to the {disk.Description}, which would end with ours.",
                "Wait until it has ended, or read it with that access (-SasUri).",
                disk.Id.ToString());
        }
    }

    /// <summary>Takes back what the steps took, under a token of its own. What can't be is told by a warning.</summary>
    private async Task ReleaseAsync(OperationContext context)
    {
        if (_run is null)
        {
            return;
        }

        using CancellationTokenSource timeout = context.Time.CreateCancellationTokenSource(PlanRunner.UndoTimeout);
        StepRun run = _run with { Context = context with { Cancellation = timeout.Token, Progress = OperationContext.None.Progress } };
        foreach (Step step in Steps.Reverse())
        {
            try
            {
                await step.Undo!(run).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is ImageServiceException or OperationCanceledException)
            {
                context.Log.Warning($"What reading took could not be taken back; remove it by hand: {step.Target}. {exception.Message}");
            }
        }
    }

    private Step AccessStep(ResourceIdentifier id, string description, bool needsToken) => new(OpenAsync)
    {
        Title = "Open read access",
        Effect = StepEffect.Changes,
        Target = $"the access to the {description}",
        OnFailure = FailureAction.Undo,
        Note = FormattableString.Invariant($"A signature that reads for {Duration.TotalMinutes} minutes, and stays in this process; the access is revoked when the disk has been read."),
        Changes = [ResourceChange.Act(id, "beginGetAccess"), ResourceChange.Act(id, "endGetAccess"), .. needsToken ? [ResourceChange.OfData(id, "download")] : Array.Empty<ResourceChange>()],
        Undo = RevokeAsync,
    };

    private async Task OpenAsync(StepRun run)
    {
        _run = run;
        ReadableDisk disk = _snapshot is null
            ? WithoutKilled(_session, await ReadableDisk.FindAsync(_session, _disk.Id.ToString(), lun: null, run.Context).ConfigureAwait(false), run.Context)
            : await _snapshot.ReadAsync(run.Context).ConfigureAwait(false);
        CheckFree(disk);
        DiskSignature signature = new(duration => GrantAsync(disk, duration, run), Duration, "Read access", run.Context);
        await signature.BeginAsync().ConfigureAwait(false);
        StorageClients storage = _session.Storage;
        PageBlobClient blob = disk.AuthMode == DataAccessAuthMode.AzureActiveDirectory
            ? storage.PageBlobWithSas(signature.Address, signature, storage.DiskToken())
            : storage.PageBlobWithSas(signature.Address, signature);
        Access = new RemoteAccess(blob, _name, DiskFormat.Vhd) { Signature = signature, IsCrashConsistent = _disk.MayBeInUse || !_disk.IsDisk, Release = ReleaseAsync };
    }

    private async Task<Uri> GrantAsync(ReadableDisk disk, TimeSpan duration, StepRun run)
    {
        bool isFirst = _opened is null;
        if (_snapshot is null)
        {
            _note ??= RunNote.TryBegin(_session.RunFolder, RunTag.NewRunId());
            _note?.Tell(new RunFact(RunFactKind.Opened, disk.Id.ToString()) { Until = run.Context.Time.GetUtcNow() + duration, SandboxId = _session.SandboxId });
        }

        _opened = disk;
        _granting = null;
        try
        {
            return await AzureErrors.CallAsync($"Getting read access to the {disk.Description}", disk.Id.ToString(), async () =>
            {
                _granting = await disk.Grant(new GrantAccessData(AccessLevel.Read, (int)duration.TotalSeconds), run.Cancellation).ConfigureAwait(false);
                return new Uri((await OperationWaiter.WaitAsync(_granting, run.Context).ConfigureAwait(false)).AccessSas);
            }).ConfigureAwait(false);
        }
        catch (ImageServiceException refusal) when (isFirst && _granting is null && (refusal.Kind is ErrorKind.InvalidState or ErrorKind.PermissionDenied))
        {
            // What access there is now is somebody else's.
            _opened = null;
            EndNote();
            throw;
        }
    }

    /// <summary>Ends the access, where it was asked for: else it is somebody else's. That to a snapshot of ours ends with it.</summary>
    private async Task<bool> RevokeAsync(StepRun run)
    {
        if (_opened is not { } disk || _snapshot is not null)
        {
            return _opened is not null;
        }

        try
        {
            return await TakingBack.RunAsync(
                () => AzureErrors.CallAsync($"Ending the access to the {disk.Description}", disk.Id.ToString(), async () =>
                {
                    await WaitForGrantAsync(run).ConfigureAwait(false);
                    await OperationWaiter.WaitAsync(await disk.Revoke(run.Cancellation).ConfigureAwait(false), run.Context).ConfigureAwait(false);
                    _opened = null;
                    EndNote();
                    RunNote.Forget(_session.RunFolder, fact => fact.Is(RunFactKind.Opened, disk.Id.ToString(), _session.SandboxId));
                    return true;
                }),
                run).ConfigureAwait(false);
        }
        finally
        {
            // Where access stays, the next run knows it for ours.
            _note?.Leave();
        }
    }

    private void EndNote()
    {
        _note?.Dispose();
        _note = null;
    }

    /// <summary>Waits for access that is still being given: only then can it be ended.</summary>
    private async Task WaitForGrantAsync(StepRun run)
    {
        try
        {
            if (_granting is { HasCompleted: false } granting)
            {
                await OperationWaiter.WaitAsync((Operation)granting, run.Context).ConfigureAwait(false);
            }
        }
        catch (RequestFailedException)
        {
            // It was not given.
        }
    }
}
