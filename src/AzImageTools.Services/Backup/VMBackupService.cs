using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Backup;

/// <summary>Backs virtual machines up: their disks, and the model by which they can be made again.</summary>
/// <param name="session">The session.</param>
public sealed class VMBackupService(ImageSession session)
{
    private const int LongestName = 80;

    /// <summary>The most that a snapshot's name adds to the backup's.</summary>
    private const int LongestSuffix = 6;

    /// <summary>Checks the request and the virtual machine, and plans the backup. Changes nothing.</summary>
    /// <param name="request">What to back up, and how.</param>
    /// <param name="context">Log, clock and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The machine can't be backed up (OsDiskEphemeral, DiskUnmanaged), or not so (RestorePointNotPossible); what belongs to it has no room in the tags
    /// (BackupModelTooLarge); there is one of that name (BackupAlreadyExists); a name or tag is not valid; a lock, the caller's roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<VMBackup>> PlanAsync(VMBackupRequest request, OperationContext context)
    {
        ResourceIdentifier id = BackupSource.IdOf(request, session);
        BackupSource source = await BackupSource.ReadAsync(session, id, context).ConfigureAwait(false);
        string name = NameOf(request, source, context.Time.GetUtcNow());
        VMBackupKind kind = await ChooseKindAsync(request, source, context).ConfigureAwait(false);
        IMachineCopies copies = kind == VMBackupKind.RestorePoint
            ? new RestorePointCopies(session, source, name, request.Tag)
            : new SnapshotCopies(session, source, name, request.Tag);
        IReadOnlyList<Step> removal = await AzureErrors.CallAsync($"Looking for interrupted backups of the {source.Description}", id.ToString(), () => new Interrupted(session).OfBackupsAsync(id, context)).ConfigureAwait(false);
        await CheckFreeAsync(copies, removal, context).ConfigureAwait(false);
        Tell(source, kind, context);
        IReadOnlyList<Step> steps = [.. removal, .. copies.Steps];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<VMBackup>($"Back up as {(kind == VMBackupKind.RestorePoint ? "restore point" : "snapshots")} '{name}'", source.Description, steps, async run => new VMBackup
        {
            Id = copies.Id.ToString(),
            Name = name,
            ResourceGroupName = id.ResourceGroupName!,
            Location = source.Location.Name,
            SubscriptionId = id.SubscriptionId!,
            Kind = kind,
            VMName = id.Name,
            VMId = id.ToString(),
            DiskIds = await copies.ReadDiskIdsAsync(run).ConfigureAwait(false),
            DiskNames = [.. source.Model.Disks.Select(static disk => disk.Document.Text("name") ?? string.Empty)],
            CreatedAt = source.Model.At,
            IsOfStoppedMachine = source.Model.IsStopped,
        })
        {
            RunFolder = session.RunFolder,
        };
    }

    /// <summary>The name, which all that is made begins with: what is there already is another backup's.</summary>
    private static string NameOf(VMBackupRequest request, BackupSource source, DateTimeOffset now)
    {
        if (request.Name is { } asked)
        {
            return ResourceNames.RequireNew(asked, "backup").Length <= LongestName - LongestSuffix ? asked : throw new ImageServiceException(
                "NameInvalid", ErrorKind.InvalidArgument, $"'{asked}' is too long: the snapshots' names begin with it.", $"Use at most {LongestName - LongestSuffix} characters.", asked);
        }

        // Two in the same second must not overwrite each other's.
        string suffix = now.ToString("'-backup-'yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + RunTag.NewRunId().Substring(0, 4);
        string machine = source.Id.Name;
        return machine.Substring(0, Math.Min(machine.Length, LongestName - LongestSuffix - suffix.Length)) + suffix;
    }

    /// <summary>What is there under one of the names would be changed, and not made.</summary>
    private Task CheckFreeAsync(IMachineCopies copies, IReadOnlyList<Step> removal, OperationContext context) => AzureErrors.CallAsync("Looking for a backup of that name", copies.Id.ToString(), async () =>
    {
        ResourceDocuments documents = new(session.Arm);
        foreach (ResourceIdentifier id in copies.Steps.SelectMany(step => step.Changes).Where(change => change.Location is not null).Select(change => change.Id)
            .Except(removal.SelectMany(step => step.Changes).Select(change => change.Id)))
        {
            if (await documents.FindAsync(id, id.ResourceType == SnapshotResource.ResourceType ? ApiVersions.WholeDisks : ApiVersions.WholeMachines, context.Cancellation).ConfigureAwait(false) is not null)
            {
                throw new ImageServiceException(
                    "BackupAlreadyExists", ErrorKind.AlreadyExists, $"There is a {(id.ResourceType == SnapshotResource.ResourceType ? "snapshot" : "restore point collection")} '{id.Name}' in resource group '{id.ResourceGroupName}' already.", "Choose another name with -BackupName, or leave it out for a new one.", id.ToString());
            }
        }
    });

    private async Task<VMBackupKind> ChooseKindAsync(VMBackupRequest request, BackupSource source, OperationContext context)
    {
        if (request.Kind == VMBackupKind.Snapshot)
        {
            return VMBackupKind.Snapshot;
        }

        string? obstacle = RestorePointRules.FindObstacle(source)
            ?? await RestorePointRules.FindRecentAsync(session, source, context).ConfigureAwait(false)
            ?? (request.Kind is null && RestorePointRules.KeyHolder(source) is { } disk ? $"it would not keep the key of the {disk}" : null);
        if (obstacle is null)
        {
            return VMBackupKind.RestorePoint;
        }

        if (request.Kind == VMBackupKind.RestorePoint)
        {
            throw new ImageServiceException(
                "RestorePointNotPossible", ErrorKind.NotSupported, $"The {source.Description} can't have a restore point now: {obstacle}.", "Leave -BackupType out: then it is backed up by snapshots.", source.Id.ToString());
        }

        context.Log.Verbose($"The {source.Description} is backed up by snapshots, and not by a restore point: {obstacle}.");
        return VMBackupKind.Snapshot;
    }

    private static void Tell(BackupSource source, VMBackupKind kind, OperationContext context)
    {
        if (!source.Model.IsStopped && kind == VMBackupKind.Snapshot && source.DiskIds.Count > 1)
        {
            context.Log.Warning($"The {source.Description} is not stopped: its disks are taken one after the other, each as after a power failure. Stop it first where what is on several of them has to fit together.");
        }

        if (kind == VMBackupKind.RestorePoint && RestorePointRules.KeyHolder(source) is { } disk)
        {
            context.Log.Warning($"The restore point is not encrypted with the key of the {disk}, but with Azure's own. The disks that are made of it get that key again.");
        }
    }
}

/// <summary>What a backup makes of a machine's disks.</summary>
internal interface IMachineCopies
{
    /// <summary>What holds the model.</summary>
    ResourceIdentifier Id { get; }

    /// <summary>The steps. What holds the model is complete only after the last.</summary>
    IReadOnlyList<Step> Steps { get; }

    /// <summary>The ids of what was made for the disks, the OS disk's first.</summary>
    Task<IReadOnlyList<string>> ReadDiskIdsAsync(OperationContext context);
}
