using AzImageTools.Services.Generalize;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Capture;

/// <summary>The steps that make a virtual machine ready to be captured as generalized: back up, deallocate, generalize.</summary>
internal sealed class GeneralizationSteps
{
    private readonly ImageSession _session;
    private readonly CaptureSource _vm;

    private GeneralizationSteps(ImageSession session, CaptureSource vm)
    {
        _session = session;
        _vm = vm;
    }

    /// <summary>What saves the machine's state; empty where nothing does.</summary>
    public IReadOnlyList<Step> Backup { get; private init; } = [];

    /// <summary>What changes the machine; empty where it is generalized already.</summary>
    public IReadOnlyList<Step> Changes { get; private init; } = [];

    /// <summary>The snapshots of the machine, those to be taken among them.</summary>
    public IReadOnlyList<string> SnapshotIds { get; private init; } = [];

    /// <summary>Plans the steps.</summary>
    /// <param name="session">The session.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="request">What is captured.</param>
    /// <param name="guestChange">What changes the guest before; null for nothing.</param>
    /// <param name="context">Log and cancellation.</param>
    public static async Task<GeneralizationSteps> PlanAsync(ImageSession session, CaptureSource vm, CaptureRequest request, Step? guestChange, OperationContext context)
    {
        GeneralizationSteps steps = new(session, vm);
        if (vm.IsGeneralized)
        {
            context.Log.Verbose($"The {vm.Description} is generalized already: it is neither stopped nor marked, and no snapshot is taken.");
            return new GeneralizationSteps(session, vm) { SnapshotIds = await OsDiskBackup.FindAsync(session, vm.Id, vm.UniqueId, context).ConfigureAwait(false) };
        }

        // A machine that is not generalized needs no snapshot from before: those that are there are of runs that broke off.
        foreach (string leftover in await OsDiskBackup.FindAsync(session, vm.Id, vm.UniqueId, context).ConfigureAwait(false))
        {
            context.Log.Warning($"An earlier capture that broke off left the snapshot {leftover}: delete it with Remove-AzSnapshot when it is not wanted.");
        }

        OsDiskBackup? backup = request.NoBackup ? null : new OsDiskBackup(session, vm.Id, vm.UniqueId, vm.OsDisk.Data, request.Tag, context.Time.GetUtcNow());
        Step generalize = steps.GeneralizeStep(backup, isTold: guestChange is not null, request.IsClone);
        return new GeneralizationSteps(session, vm)
        {
            Backup = backup is null ? [] : [guestChange is null ? backup.CreateStep(generalize) : backup.CreateStep(guestChange, backup.WayBack)],
            Changes = vm.IsDeallocated ? [generalize] : [steps.DeallocateStep(), generalize],
            SnapshotIds = backup is null ? [] : [backup.Id.ToString()],
        };
    }

    private Step DeallocateStep() => new(run => AzureErrors.CallAsync($"Deallocating the {_vm.Description}", _vm.Id.ToString(), async () =>
    {
        ArmOperation operation = await _session.Arm.GetVirtualMachineResource(_vm.Id)
            .DeallocateAsync(WaitUntil.Started, hibernate: null, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }))
    {
        Title = "Deallocate the virtual machine",
        Effect = StepEffect.Changes,
        Target = $"the power state of {_vm.Description}",
        OnFailure = FailureAction.Keep,
        Changes = [ResourceChange.Act(_vm.Id, "deallocate")],
        Weight = 2,
    };

    /// <param name="backup">The backup; null for none.</param>
    /// <param name="isTold">Whether the backup itself tells the way back.</param>
    /// <param name="isClone">Whether nobody wants the machine back.</param>
    private Step GeneralizeStep(OsDiskBackup? backup, bool isTold, bool isClone)
    {
        string wayBack = isTold && backup is not null ? string.Empty : backup?.WayBack
            ?? "To get it back, delete the machine but not its disks, and create a new one with its OS disk attached (Set-AzVMOSDisk -CreateOption Attach).";
        return new Step(run => AzureErrors.CallAsync(
            $"Generalizing the {_vm.Description}",
            _vm.Id.ToString(),
            () => _session.Arm.GetVirtualMachineResource(_vm.Id).GeneralizeAsync(run.Cancellation)))
        {
            Title = "Mark the virtual machine as generalized",
            Effect = StepEffect.Changes,
            Target = _vm.Description,
            OnFailure = FailureAction.Keep,
            Changes = [ResourceChange.Act(_vm.Id, "generalize")],
            Note = "This can't be undone: the machine never starts again.",
            Aftermath = isClone ? null : $"Generalizing can't be undone, the {_vm.Description} does not start again. To try again, run the same command: it continues with the generalized machine. {wayBack}",
        };
    }
}
