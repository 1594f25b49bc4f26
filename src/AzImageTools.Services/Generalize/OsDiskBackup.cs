using System.Globalization;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Generalize;

/// <summary>A snapshot of a machine's OS disk from before its guest is changed, and the way back from it.</summary>
internal sealed class OsDiskBackup
{
    /// <summary>The tag by which a snapshot tells which machine it saved.</summary>
    internal const string MachineTag = "azimagetools-vm";

    private const int LongestSnapshotName = 80;
    private readonly ImageSession _session;
    private readonly ResourceIdentifier _machine;
    private readonly string? _machineUniqueId;
    private readonly ManagedDiskData _disk;
    private readonly IReadOnlyDictionary<string, string>? _tag;

    /// <summary>A backup that is not there yet.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="machineUniqueId">The machine's own id, which stays when it is moved; null when not told.</param>
    /// <param name="disk">Its OS disk.</param>
    /// <param name="tag">Tags of the user's.</param>
    /// <param name="now">The time, for the name.</param>
    public OsDiskBackup(ImageSession session, ResourceIdentifier machine, string? machineUniqueId, ManagedDiskData disk, IReadOnlyDictionary<string, string>? tag, DateTimeOffset now)
    {
        _session = session;
        _machine = machine;
        _machineUniqueId = machineUniqueId;
        _disk = disk;
        _tag = tag;

        // Two captures in the same second must not overwrite each other's snapshot.
        string suffix = now.ToString("'-before-capture-'yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + RunTag.NewRunId().Substring(0, 4);
        string name = disk.Name.Substring(0, Math.Min(disk.Name.Length, LongestSnapshotName - suffix.Length)) + suffix;
        Id = SnapshotResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName, name);
    }

    /// <summary>The snapshot.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>How the machine is had back, as a sentence.</summary>
    public string WayBack => $"To get it back, use Restore-AzVMBackup -ResourceId {Id}, or create a disk from that snapshot (New-AzDiskConfig -CreateOption Copy).";

    private string Target => $"snapshot '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>The snapshots that were taken of a machine, oldest first: a capture that goes on after an earlier one broke off names those that the earlier one took.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="machineUniqueId">Its own id; where it is not told none are found.</param>
    /// <param name="context">Log and cancellation.</param>
    public static Task<IReadOnlyList<string>> FindAsync(ImageSession session, ResourceIdentifier machine, string? machineUniqueId, OperationContext context)
        => AzureErrors.CallAsync($"Listing the snapshots of the virtual machine '{machine.Name}'", machine.ToString(), async () =>
        {
            List<SnapshotData> snapshots = [];
            if (machineUniqueId is not null)
            {
                await foreach (SnapshotResource snapshot in Group(session, machine).GetSnapshots().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
                {
                    if (snapshot.Data.Tags.TryGetValue(MachineTag, out string? saved) && string.Equals(saved, machineUniqueId, StringComparison.OrdinalIgnoreCase))
                    {
                        snapshots.Add(snapshot.Data);
                    }
                }
            }

            return (IReadOnlyList<string>)[.. snapshots.OrderBy(snapshot => snapshot.TimeCreated).Select(snapshot => snapshot.Id.ToString())];
        });

    /// <summary>The step that makes it.</summary>
    /// <param name="change">The step that it is the way back from: once that has begun, it is kept.</param>
    /// <param name="aftermath">What to say when a later step fails; null for nothing.</param>
    public Step CreateStep(Step change, string? aftermath = null)
    {
        string size = _disk.DiskSizeGB is { } gibibytes ? FormattableString.Invariant($" (at most {gibibytes} GiB)") : string.Empty;
        return new Step(CreateAsync)
        {
            Title = "Back up the OS disk",
            Effect = StepEffect.Creates,
            Target = Target,
            OnFailure = FailureAction.Undo,
            Note = $"It stays, and its used space{size} is billed as standard snapshot storage, until it is deleted with Remove-AzSnapshot.",
            KeptOnceBegun = change,
            Aftermath = aftermath,
            Changes = [ResourceChange.Create(Id, _disk.Location, _tag) with { Linked = [(_disk.Id, "Microsoft.Compute/disks/beginGetAccess/action"), (_machine.Parent!, "Microsoft.Network/networkInterfaces/read")] }],
            Weight = 2,
            Undo = run => OwnResource.DeleteAsync(
                run,
                Target,
                cancellation => Lookup.FindAsync(() => _session.Arm.GetSnapshotResource(Id).GetAsync(cancellation)),
                resource => resource.Data.Tags,
                (resource, cancellation) => resource.DeleteAsync(WaitUntil.Started, cancellation)),
        };
    }

    private static ResourceGroupResource Group(ImageSession session, ResourceIdentifier machine)
        => session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName));

    private Task CreateAsync(StepRun run) => AzureErrors.CallAsync($"Creating the {Target}", Id.ToString(), async () =>
    {
        // What guards the disk guards its copy: whose key encrypts it, and who may read it out, from where.
        SnapshotData data = new(_disk.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = _disk.Id },
            Incremental = true,
            Sku = new SnapshotSku { Name = SnapshotStorageAccountType.StandardLrs },
            Encryption = _disk.Encryption?.DiskEncryptionSetId is { } set ? new DiskEncryption { DiskEncryptionSetId = set, EncryptionType = _disk.Encryption.EncryptionType } : null,
            NetworkAccessPolicy = _disk.NetworkAccessPolicy,
            DiskAccessId = _disk.DiskAccessId,
            PublicNetworkAccess = _disk.PublicNetworkAccess,
        };
        RunTag.Apply(data.Tags, await OsDiskModel.TagsAsync(_session, _machine, Id, _tag, run.Context).ConfigureAwait(false), run.RunId);
        if (_machineUniqueId is not null)
        {
            data.Tags[MachineTag] = _machineUniqueId;
        }

        ArmOperation<SnapshotResource> operation = await Group(_session, _machine).GetSnapshots()
            .CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    });
}
