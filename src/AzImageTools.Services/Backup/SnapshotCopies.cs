using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Backup;

/// <summary>A backup as a snapshot of each disk. The OS disk's is made last, with the model: where it is there, all others are.</summary>
internal sealed class SnapshotCopies : IMachineCopies
{
    private readonly IReadOnlyList<DiskSnapshot> _snapshots;

    /// <summary>Plans them.</summary>
    public SnapshotCopies(ImageSession session, BackupSource source, string name, IReadOnlyDictionary<string, string>? userTags)
    {
        _snapshots = [.. source.Model.Disks.Zip(source.DiskIds, (disk, id) => new DiskSnapshot(session, IdOf(source.Id, name, disk.Lun), id, disk.Document, source.Location))];
        MachineModel model = source.Model with { Disks = [.. source.Model.Disks.Zip(_snapshots, (disk, snapshot) => disk with { SnapshotId = snapshot.Id.ToString() })] };
        IReadOnlyDictionary<string, string> withModel = ModelTags.WithModel(model, userTags);
        Steps =
        [
            .. _snapshots.Zip(model.Disks, (snapshot, disk) => (Snapshot: snapshot, disk.Lun)).Skip(1)
                .Select(data => data.Snapshot.CreateStep(FormattableString.Invariant($"Back up the data disk of LUN {data.Lun}"), () => ModelTags.For(model, userTags), userTags)),
            _snapshots[0].CreateStep("Back up the OS disk and the machine's model", () => withModel, userTags),
        ];
    }

    public ResourceIdentifier Id => _snapshots[0].Id;

    public IReadOnlyList<Step> Steps { get; }

    public Task<IReadOnlyList<string>> ReadDiskIdsAsync(OperationContext context) => Task.FromResult<IReadOnlyList<string>>([.. _snapshots.Select(snapshot => snapshot.Id.ToString())]);

    private static ResourceIdentifier IdOf(ResourceIdentifier machine, string name, int? lun)
        => SnapshotResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName, lun is { } number ? FormattableString.Invariant($"{name}-lun{number}") : name + ResourceNameService.BackupSuffix);
}
