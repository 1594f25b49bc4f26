using System.Globalization;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Capture;

/// <summary>The steps that make a virtual machine ready to be captured as generalized: back up, deallocate, generalize.</summary>
internal sealed class GeneralizationSteps
{
    /// <summary>The tag by which a snapshot tells which machine it saved.</summary>
    internal const string MachineTag = "azimagetools-vm";

    private const int LongestSnapshotName = 80;
    private readonly ImageSession _session;
    private readonly CaptureSource _vm;
    private readonly IReadOnlyDictionary<string, string>? _tag;

    private GeneralizationSteps(ImageSession session, CaptureSource vm, IReadOnlyDictionary<string, string>? tag)
    {
        _session = session;
        _vm = vm;
        _tag = tag;
    }

    /// <summary>What saves the machine's state; empty where nothing does.</summary>
    public IReadOnlyList<Step> Backup { get; private init; } = [];

    /// <summary>What changes the machine; empty where it is generalized already.</summary>
    public IReadOnlyList<Step> Changes { get; private init; } = [];

    /// <summary>The snapshots of the machine, those to be taken among them.</summary>
    public IReadOnlyList<string> SnapshotIds { get; private init; } = [];

    /// <summary>Plans the steps.</summary>
    public static async Task<GeneralizationSteps> PlanAsync(ImageSession session, CaptureSource vm, CaptureRequest request, OperationContext context)
    {
        GeneralizationSteps steps = new(session, vm, request.Tag);
        if (vm.IsGeneralized)
        {
            context.Log.Verbose($"The {vm.Description} is generalized already: it is neither stopped nor marked, and no snapshot is taken.");
            return new GeneralizationSteps(session, vm, request.Tag) { SnapshotIds = await steps.FindSnapshotsAsync(context).ConfigureAwait(false) };
        }

        // A machine that is not generalized needs no snapshot from before: those that are there are of runs that broke off.
        foreach (string leftover in await steps.FindSnapshotsAsync(context).ConfigureAwait(false))
        {
            context.Log.Warning($"An earlier capture that broke off left the snapshot {leftover}: delete it with Remove-AzSnapshot when it is not wanted.");
        }

        ResourceIdentifier? snapshot = request.NoBackup ? null : steps.NewSnapshotId(context.Time.GetUtcNow());
        Step generalize = steps.GeneralizeStep(snapshot);
        return new GeneralizationSteps(session, vm, request.Tag)
        {
            Backup = snapshot is null ? [] : [steps.BackupStep(snapshot, generalize)],
            Changes = vm.IsDeallocated ? [generalize] : [steps.DeallocateStep(), generalize],
            SnapshotIds = snapshot is null ? [] : [snapshot.ToString()],
        };
    }

    private Step BackupStep(ResourceIdentifier snapshot, Step generalize)
    {
        string target = $"snapshot '{snapshot.Name}' in resource group '{snapshot.ResourceGroupName}'";
        string size = _vm.OsDisk.Data.DiskSizeGB is { } gibibytes ? FormattableString.Invariant($" (at most {gibibytes} GiB)") : string.Empty;
        return new Step(run => CreateSnapshotAsync(snapshot, target, run))
        {
            Title = "Back up the OS disk",
            Effect = StepEffect.Creates,
            Target = target,
            OnFailure = FailureAction.Undo,
            Note = $"It stays, and its used space{size} is billed as standard snapshot storage, until it is deleted with Remove-AzSnapshot.",
            KeptOnceBegun = generalize,
            Changes = [ResourceChange.Create(snapshot, _vm.OsDisk.Data.Location, _tag) with { Linked = [(_vm.OsDisk.Data.Id, "Microsoft.Compute/disks/beginGetAccess/action")] }],
            Weight = 2,
            Undo = run => OwnResource.DeleteAsync(
                run,
                target,
                cancellation => Lookup.FindAsync(() => _session.Arm.GetSnapshotResource(snapshot).GetAsync(cancellation)),
                resource => resource.Data.Tags,
                (resource, cancellation) => resource.DeleteAsync(WaitUntil.Started, cancellation)),
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

    private Step GeneralizeStep(ResourceIdentifier? snapshot)
    {
        string wayBack = snapshot is null
            ? "To get it back, delete the machine but not its disks, and create a new one with its OS disk attached (Set-AzVMOSDisk -CreateOption Attach)."
            : $"To get it back, create a disk from the snapshot {snapshot} (New-AzDiskConfig -CreateOption Copy) and a new machine with it attached (Set-AzVMOSDisk -CreateOption Attach).";
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
            Aftermath = $"Generalizing can't be undone, the {_vm.Description} does not start again. To try again, run the same command: it continues with the generalized machine. {wayBack}",
        };
    }

    private ResourceIdentifier NewSnapshotId(DateTimeOffset now)
    {
        // Two captures in the same second must not overwrite each other's snapshot.
        string suffix = now.ToString("'-before-capture-'yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + RunTag.NewRunId().Substring(0, 4);
        string disk = _vm.OsDisk.Data.Name;
        string name = disk.Substring(0, Math.Min(disk.Length, LongestSnapshotName - suffix.Length)) + suffix;
        return SnapshotResource.CreateResourceIdentifier(_vm.Id.SubscriptionId, _vm.Id.ResourceGroupName, name);
    }

    private Task CreateSnapshotAsync(ResourceIdentifier id, string target, StepRun run) => AzureErrors.CallAsync($"Creating the {target}", id.ToString(), async () =>
    {
        ManagedDiskData disk = _vm.OsDisk.Data;

        // What guards the disk guards its copy: whose key encrypts it, and who may read it out, from where.
        SnapshotData data = new(disk.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id },
            Incremental = true,
            Sku = new SnapshotSku { Name = SnapshotStorageAccountType.StandardLrs },
            Encryption = _vm.OsDisk.EncryptionSetId is { } set ? new DiskEncryption { DiskEncryptionSetId = set, EncryptionType = disk.Encryption.EncryptionType } : null,
            NetworkAccessPolicy = disk.NetworkAccessPolicy,
            DiskAccessId = disk.DiskAccessId,
            PublicNetworkAccess = disk.PublicNetworkAccess,
        };
        RunTag.Apply(data.Tags, _tag, run.RunId);
        if (_vm.UniqueId is not null)
        {
            data.Tags[MachineTag] = _vm.UniqueId;
        }

        ArmOperation<SnapshotResource> operation = await Group().GetSnapshots()
            .CreateOrUpdateAsync(WaitUntil.Started, id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    });

    // A capture that goes on after an earlier one broke off names the snapshots that the earlier one took.
    private Task<IReadOnlyList<string>> FindSnapshotsAsync(OperationContext context) => AzureErrors.CallAsync($"Listing the snapshots of the {_vm.Description}", _vm.Id.ToString(), async () =>
    {
        List<SnapshotData> snapshots = [];
        if (_vm.UniqueId is not null)
        {
            await foreach (SnapshotResource snapshot in Group().GetSnapshots().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (snapshot.Data.Tags.TryGetValue(MachineTag, out string? machine) && string.Equals(machine, _vm.UniqueId, StringComparison.OrdinalIgnoreCase))
                {
                    snapshots.Add(snapshot.Data);
                }
            }
        }

        return (IReadOnlyList<string>)[.. snapshots.OrderBy(snapshot => snapshot.TimeCreated).Select(snapshot => snapshot.Id.ToString())];
    });

    private ResourceGroupResource Group() => _session.Arm.GetResourceGroupResource(
        ResourceGroupResource.CreateResourceIdentifier(_vm.Id.SubscriptionId, _vm.Id.ResourceGroupName));
}
