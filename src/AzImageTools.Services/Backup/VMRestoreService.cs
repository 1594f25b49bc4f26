using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Backup;

/// <summary>Brings virtual machines back from their backups.</summary>
/// <param name="session">The session.</param>
public sealed class VMRestoreService(ImageSession session)
{
    /// <summary>Beside the run's, of a disk or a machine.</summary>
    private const int OwnTags = 1;

    /// <summary>Checks the backup and what is there of its machine, and plans how that comes back. Changes nothing.</summary>
    /// <param name="request">Which backup, and as what.</param>
    /// <param name="context">Log, clock and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The backup is not there (BackupNotFound), damaged (BackupModelDamaged) or not whole (BackupIncomplete); a machine of that name is there
    /// (VMAlreadyExists); a subnet or encryption set is gone (SubnetNotFound, EncryptionSetNotFound), an interface another machine's
    /// (NetworkInterfaceInUse); a lock, the caller's roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<RestoredVM>> PlanAsync(VMRestoreRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, OwnTags);
        BackupContent backup = await BackupContent.ReadAsync(session, request, context).ConfigureAwait(false);
        ResourceIdentifier machine = request.VMName is null && request.VMResourceGroupName is null ? backup.MachineId : VirtualMachineResource.CreateResourceIdentifier(
            backup.Id.SubscriptionId,
            ResourceNames.Require(request.VMResourceGroupName ?? backup.Id.ResourceGroupName, "virtual machine's resource group"),
            ResourceNames.Require(request.VMName ?? backup.MachineId.Name, "virtual machine"));
        return await AzureErrors.CallAsync($"Planning the restore of the {backup.Description}", backup.Id.ToString(), async () =>
        {
            await CheckKeysAsync(backup, context).ConfigureAwait(false);
            JsonObject? current = await new ResourceDocuments(session.Arm).FindAsync(machine, ApiVersions.WholeMachines, context.Cancellation, "&$expand=instanceView").ConfigureAwait(false);
            IReadOnlyList<Step> removal = await new Interrupted(session).OfRestoresAsync(machine, context).ConfigureAwait(false);
            HashSet<ResourceIdentifier> going = [.. removal.SelectMany(step => step.Changes).Select(change => change.Id)];
            IReadOnlyList<RestoredDisk> disks = await RestoredDisk.ChooseAsync(session, backup, machine, going, context).ConfigureAwait(false);
            Restore restore = new(session, backup, machine, disks, request.Tag) { Removal = removal, Going = going };
            if (!string.Equals(machine.ToString(), backup.Model.Id, StringComparison.OrdinalIgnoreCase))
            {
                foreach (RestoredDisk kept in disks.Where(disk => disk.IsKept))
                {
                    context.Log.Warning($"The backup is of the OS disk alone: the {BackupSource.Describe(machine)} is made without the {kept.Description}.");
                }

                return await PlanBesideAsync(restore with { Disks = [.. disks.Where(disk => !disk.IsKept)] }, current, request, context).ConfigureAwait(false);
            }

            if (current is null || IsGeneralized(current))
            {
                CheckKept(restore, current);
                return await PlanAnewAsync(restore with { Disks = await FindKeptAsync(restore, context).ConfigureAwait(false) }, current, context).ConfigureAwait(false);
            }

            DiskExchange exchange = new(session, machine, current, disks, await new Interrupted(session).OfExchangesAsync(machine, context).ConfigureAwait(false));
            if (exchange.WasStopped)
            {
                context.Log.Warning($"The {BackupSource.Describe(machine)} ran until an earlier run, which was killed, stopped it: it is started at the end.");
            }

            return await MakeAsync(restore, RestoreMethod.DisksReplaced, exchange.Steps, [], exchange.ReplacedDiskIds, context, exchange.Forget).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task<Plan<RestoredVM>> PlanBesideAsync(Restore restore, JsonObject? current, VMRestoreRequest request, OperationContext context)
    {
        if (current is not null)
        {
            throw new ImageServiceException(
                "VMAlreadyExists", ErrorKind.AlreadyExists, $"There is a {BackupSource.Describe(restore.Machine)} already.", "Choose another -VMName, or leave it out to restore the machine that was backed up.", restore.Machine.ToString());
        }

        _ = await session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(restore.Machine.SubscriptionId, restore.Machine.ResourceGroupName)).GetAsync(context.Cancellation).ConfigureAwait(false);
        IReadOnlyList<RestoredInterface> interfaces = await RestoredInterface.BesideAsync(session, restore.Backup, restore.Machine, request.SubnetId, restore.Going, context).ConfigureAwait(false);
        context.Log.Warning($"The {BackupSource.Describe(restore.Machine)} is going to be a second machine with the identity of '{restore.Backup.MachineId.Name}' inside: its name, domain account and services. Where that one still runs, put it into another network with -SubnetId.");
        return await PlanMachineAsync(restore, RestoreMethod.Beside, [], interfaces, context).ConfigureAwait(false);
    }

    private async Task<Plan<RestoredVM>> PlanAnewAsync(Restore restore, JsonObject? current, OperationContext context)
    {
        IReadOnlyList<RestoredInterface> interfaces = await RestoredInterface.FindAsync(session, restore.Backup, current, restore.Going, context).ConfigureAwait(false);
        IReadOnlyList<Step> removal = current is null ? [] : [restore.DeleteStep(current)];
        return await PlanMachineAsync(restore, RestoreMethod.Recreated, removal, interfaces, context).ConfigureAwait(false);
    }

    private async Task<Plan<RestoredVM>> PlanMachineAsync(Restore restore, RestoreMethod method, IReadOnlyList<Step> removal, IReadOnlyList<RestoredInterface> interfaces, OperationContext context)
    {
        await CheckSubnetsAsync(interfaces, context).ConfigureAwait(false);
        restore.Tell(method, context);
        return await MakeAsync(
            restore,
            method,
            [.. removal, .. interfaces.Where(card => card.IsMade).Select(card => card.CreateStep(session, restore.Backup, restore.Tag)), restore.CreateStep(interfaces)],
            [.. interfaces.Where(card => card.IsMade).Select(card => card.Id.ToString())],
            [],
            context).ConfigureAwait(false);
    }

    private async Task<Plan<RestoredVM>> MakeAsync(
        Restore restore, RestoreMethod method, IReadOnlyList<Step> afterDisks, IReadOnlyList<string> interfaceIds, IReadOnlyList<string> replaced, OperationContext context, Action? end = null)
    {
        IReadOnlyList<Step> steps = [.. restore.Removal, .. restore.Disks.Where(disk => !disk.IsKept).Select(disk => disk.CreateStep(session, restore.Backup, restore.Tag)), .. afterDisks];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        string title = method == RestoreMethod.Beside ? $"Make a machine of the {restore.Backup.Description}" : $"Restore the {restore.Backup.Description}";
        return new Plan<RestoredVM>(title, BackupSource.Describe(restore.Machine), steps, _ =>
        {
            end?.Invoke();
            return Task.FromResult(new RestoredVM
            {
                Id = restore.Machine.ToString(),
                Name = restore.Machine.Name,
                ResourceGroupName = restore.Machine.ResourceGroupName!,
                Location = restore.Backup.Location.Name,
                SubscriptionId = restore.Machine.SubscriptionId!,
                Method = method,
                BackupId = restore.Backup.Id.ToString(),
                DiskIds = [.. restore.Disks.Where(disk => !disk.IsKept).Select(disk => disk.Id.ToString())],
                InterfaceIds = interfaceIds,
                MissingExtensions = method == RestoreMethod.DisksReplaced ? [] : [.. (restore.Backup.Model.Extensions ?? []).Select(static extension => extension.Text("name") ?? string.Empty)],
                ReplacedDiskIds = replaced,
            });
        })
        {
            RunFolder = session.RunFolder,
        };
    }

    /// <summary>A data disk of which there is no copy must not go with the machine.</summary>
    private static void CheckKept(Restore restore, JsonObject? current)
    {
        foreach (JsonObject entry in current.Items("properties", "storageProfile", "dataDisks").Where(entry => string.Equals(entry.Text("deleteOption"), "Delete", StringComparison.OrdinalIgnoreCase)))
        {
            if (restore.Disks.FirstOrDefault(disk => disk.IsKept && string.Equals(disk.Id.ToString(), entry.Text("managedDisk", "id"), StringComparison.OrdinalIgnoreCase)) is { } lost)
            {
                throw new ImageServiceException(
                    "DataDiskWouldBeLost",
                    ErrorKind.InvalidState,
                    $"The generalized {BackupSource.Describe(restore.Machine)} has to be deleted, and would take the {lost.Description} along (deleteOption Delete), of which this backup, being of the OS disk alone, has no copy.",
                    "Copy that disk, or restore beside with -NewVMName.",
                    lost.Id.ToString());
            }
        }
    }

    /// <summary>The disks without those that were kept and are gone.</summary>
    private async Task<IReadOnlyList<RestoredDisk>> FindKeptAsync(Restore restore, OperationContext context)
    {
        ResourceDocuments documents = new(session.Arm);
        List<RestoredDisk> found = [];
        foreach (RestoredDisk disk in restore.Disks)
        {
            if (disk.IsKept && await documents.FindAsync(disk.Id, ApiVersions.WholeDisks, context.Cancellation).ConfigureAwait(false) is null)
            {
                context.Log.Warning($"The backup is of the OS disk alone, and the {disk.Description} is gone: the machine comes back without it.");
                continue;
            }

            found.Add(disk);
        }

        return found;
    }

    private static bool IsGeneralized(JsonObject machine)
        => machine.Items("properties", "instanceView", "statuses").Any(status => string.Equals(status.Text("code"), "OSState/generalized", StringComparison.OrdinalIgnoreCase));

    private async Task CheckKeysAsync(BackupContent backup, OperationContext context)
    {
        IEnumerable<string> sets = backup.Model.Disks.Select(disk => disk.Document.Text("properties", "encryption", "diskEncryptionSetId")).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);
        await CheckThereAsync(sets.Select(id => new ResourceIdentifier(id)), ApiVersions.WholeDisks, id => new ImageServiceException(
            "EncryptionSetNotFound", ErrorKind.NotFound, $"The encryption set {id}, whose key encrypted the machine's disks, is gone.", "Bring it back, or make disks with another key of the snapshots yourself.", id.ToString()), context).ConfigureAwait(false);
    }

    private async Task CheckSubnetsAsync(IReadOnlyList<RestoredInterface> interfaces, OperationContext context)
    {
        IEnumerable<ResourceIdentifier> subnets = interfaces.Where(card => card.IsMade).SelectMany(card => card.Subnets).Distinct();
        await CheckThereAsync(subnets, ApiVersions.Networks, id => new ImageServiceException(
            "SubnetNotFound", ErrorKind.NotFound, $"The subnet '{id.Name}' of the virtual network '{id.Parent?.Name}' is not there.", "Restore beside, with -VMName and -SubnetId.", id.ToString()), context).ConfigureAwait(false);
    }

    /// <summary>What may not be read is left to Azure.</summary>
    private async Task CheckThereAsync(IEnumerable<ResourceIdentifier> ids, string apiVersion, Func<ResourceIdentifier, ImageServiceException> error, OperationContext context)
    {
        ResourceDocuments documents = new(session.Arm);
        foreach (ResourceIdentifier id in ids)
        {
            try
            {
                if (await documents.FindAsync(id, apiVersion, context.Cancellation).ConfigureAwait(false) is null)
                {
                    throw error(id);
                }
            }
            catch (RequestFailedException refusal) when (refusal.Status == 403)
            {
                context.Log.Verbose($"Whether {id} is there can't be seen: {refusal.Message}");
            }
        }
    }
}
