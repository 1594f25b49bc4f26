using System.Globalization;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Backup;

/// <summary>Lists backups of virtual machines, by the tags of snapshots and restore point collections alone: of a restore point it does not tell the disks.</summary>
/// <param name="session">The session.</param>
public sealed class VMBackupCatalogue(ImageSession session)
{
    private const double Whole = 100;

    /// <summary>Lists them, those of a machine together, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">Azure refused or could not be reached.</exception>
    public Task<IReadOnlyList<VMBackup>> ListAsync(VMBackupFilter filter, OperationContext context)
    {
        string? group = filter.ResourceGroupName is null ? null : ResourceNames.Require(filter.ResourceGroupName, "resource group");
        return AzureErrors.CallAsync("Listing the backups", group ?? session.Context.SubscriptionId, async () =>
        {
            Dictionary<ResourceIdentifier, SnapshotData> snapshots = [];
            await foreach (SnapshotResource snapshot in Snapshots(group, context).InBounds().ConfigureAwait(false))
            {
                snapshots[snapshot.Id] = snapshot.Data;
            }

            List<VMBackup> found = [.. snapshots.Values.Where(static snapshot => snapshot.Tags.ContainsKey(ModelTags.Digest))
                .Select(snapshot => Describe(snapshot.Id, snapshot.Location, snapshot.Tags, VMBackupKind.Snapshot, snapshot.TimeCreated, model => FindProblem(snapshot, model, snapshots, group)))];
            await foreach (RestorePointGroupResource collection in Collections(group, context).InBounds().ConfigureAwait(false))
            {
                if (collection.Data.Tags.ContainsKey(ModelTags.Digest))
                {
                    found.Add(Describe(collection.Id, collection.Data.Location, collection.Data.Tags, VMBackupKind.RestorePoint, created: null, static _ => null));
                }
            }

            return (IReadOnlyList<VMBackup>)[.. found.Where(filter.Includes).OrderBy(static backup => backup.VMId, StringComparer.OrdinalIgnoreCase).ThenByDescending(static backup => backup.CreatedAt)];
        });
    }

    private static VMBackup Describe(
        ResourceIdentifier id, AzureLocation location, IDictionary<string, string> tags, VMBackupKind kind, DateTimeOffset? created, Func<MachineModel, string?> findProblem)
    {
        MachineModel? model = null;
        string? problem;
        try
        {
            model = ModelTags.Read(new Dictionary<string, string>(tags, StringComparer.OrdinalIgnoreCase), $"'{id.Name}'");
            problem = findProblem(model);
        }
        catch (ImageServiceException damaged)
        {
            problem = damaged.Message;
        }

        ResourceIdentifier? machine = ResourceIdentifier.TryParse(model?.Id, out ResourceIdentifier? parsed) && parsed!.ResourceType == VirtualMachineResource.ResourceType ? parsed : SourceOf(id, tags);
        return new VMBackup
        {
            Id = id.ToString(),
            Name = BackupContent.NameOf(id),
            ResourceGroupName = id.ResourceGroupName!,
            Location = location.Name,
            SubscriptionId = id.SubscriptionId!,
            Kind = kind,
            VMName = machine?.Name ?? string.Empty,
            VMId = machine?.ToString() ?? string.Empty,
            DiskIds = kind == VMBackupKind.RestorePoint ? [] : [id.ToString(), .. (model?.Disks ?? []).Skip(1).Select(static disk => disk.SnapshotId).OfType<string>()],
            DiskNames = [.. (model?.Disks ?? []).Select(static disk => disk.Document.Text("name") ?? string.Empty)],
            CreatedAt = model?.At ?? created ?? default,
            IsOfStoppedMachine = model?.IsStopped ?? false,
            Problem = problem ?? (machine is null ? "Its tags do not tell of which machine it is." : null),
        };
    }

    /// <summary>What a damaged model does not tell, another tag may: <c>group/name</c>.</summary>
    private static ResourceIdentifier? SourceOf(ResourceIdentifier id, IDictionary<string, string> tags)
        => tags.TryGetValue(ModelTags.Source, out string? source) && source.Split('/') is [{ Length: > 0 } group, { Length: > 0 } name]
            ? VirtualMachineResource.CreateResourceIdentifier(id.SubscriptionId, group, name)
            : null;

    /// <summary>Why it can't be brought back; null where nothing is known to keep it from that.</summary>
    private static string? FindProblem(SnapshotData holder, MachineModel model, Dictionary<ResourceIdentifier, SnapshotData> snapshots, string? group)
    {
        if (holder.CompletionPercent < Whole)
        {
            return Incomplete(holder);
        }

        foreach (DiskModel disk in model.Disks.Skip(1).Where(static disk => disk.KeptId is null))
        {
            if (!ResourceIdentifier.TryParse(disk.SnapshotId, out ResourceIdentifier? id))
            {
                return FormattableString.Invariant($"Its model names no snapshot of the data disk of LUN {disk.Lun}.");
            }

            if (snapshots.TryGetValue(id!, out SnapshotData? snapshot))
            {
                if (snapshot.CompletionPercent < Whole)
                {
                    return Incomplete(snapshot);
                }
            }
            else if (string.Equals(id!.SubscriptionId, holder.Id.SubscriptionId, StringComparison.OrdinalIgnoreCase)
                && (group is null || string.Equals(id.ResourceGroupName, group, StringComparison.OrdinalIgnoreCase)))
            {
                return FormattableString.Invariant($"The snapshot '{id.Name}' of the data disk of LUN {disk.Lun} is gone.");
            }
        }

        return null;
    }

    private static string Incomplete(SnapshotData snapshot)
        => string.Format(CultureInfo.InvariantCulture, "The data of the snapshot '{0}' has not all come yet ({1} %).", snapshot.Name, snapshot.CompletionPercent);

    private AsyncPageable<SnapshotResource> Snapshots(string? group, OperationContext context)
        => group is null ? session.Subscription.GetSnapshotsAsync(context.Cancellation) : Group(group).GetSnapshots().GetAllAsync(context.Cancellation);

    private AsyncPageable<RestorePointGroupResource> Collections(string? group, OperationContext context)
        => group is null ? session.Subscription.GetRestorePointGroupsAsync(context.Cancellation) : Group(group).GetRestorePointGroups().GetAllAsync(context.Cancellation);

    private ResourceGroupResource Group(string name)
        => session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, name));
}

/// <summary>Which backups to list.</summary>
public sealed record VMBackupFilter
{
    /// <summary>Their resource group; null for the whole subscription.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>Their name, with wildcards; null for any.</summary>
    public string? BackupName { get; init; }

    /// <summary>The machine's name, with wildcards; null for any.</summary>
    public string? VMName { get; init; }

    internal bool Includes(VMBackup backup) => Matches(BackupName, backup.Name) && Matches(VMName, backup.VMName);

    private static bool Matches(string? pattern, string name) => pattern is null || new Wildcard(pattern, ignoresCase: true).Matches(name);
}
