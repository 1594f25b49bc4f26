using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Backup;

/// <summary>A backup as it is there: the model, and for each of its disks what it can be made of.</summary>
internal sealed record BackupContent
{
    public required ResourceIdentifier Id { get; init; }

    public required AzureLocation Location { get; init; }

    public required MachineModel Model { get; init; }

    /// <summary>The sources of the model's disks, in its order.</summary>
    public required IReadOnlyList<ResourceIdentifier> Sources { get; init; }

    /// <summary>The <c>createOption</c> of disks made of the sources.</summary>
    public required string CreateOption { get; init; }

    /// <summary>The backup in words.</summary>
    public string Description => $"backup '{NameOf(Id)}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>The machine that was backed up.</summary>
    public ResourceIdentifier MachineId => new(Model.Id);

    /// <summary>The name of the backup whose model is there.</summary>
    public static string NameOf(ResourceIdentifier id)
        => id.ResourceType == SnapshotResource.ResourceType && id.Name.EndsWith(ResourceNameService.BackupSuffix, StringComparison.OrdinalIgnoreCase)
            ? id.Name.Substring(0, id.Name.Length - ResourceNameService.BackupSuffix.Length)
            : id.Name;

    /// <summary>Reads a backup, and sees whether all of it is there.</summary>
    /// <exception cref="ImageServiceException">It is not there or none (BackupNotFound), damaged (BackupModelDamaged), or not whole (BackupIncomplete).</exception>
    public static Task<BackupContent> ReadAsync(ImageSession session, VMRestoreRequest request, OperationContext context)
        => AzureErrors.CallAsync("Reading the backup", request.BackupId ?? request.BackupName, async () =>
        {
            ResourceDocuments documents = new(session.Arm);
            (ResourceIdentifier id, JsonObject holder) = await FindAsync(session, documents, request, context).ConfigureAwait(false);
            string name = $"{(id.ResourceType == SnapshotResource.ResourceType ? "snapshot" : "restore point collection")} '{id.Name}'";
            MachineModel model = ModelTags.Read(holder["tags"].Texts(), name);
            if (!ResourceIdentifier.TryParse(model.Id, out ResourceIdentifier? machine) || machine!.ResourceType != VirtualMachineResource.ResourceType)
            {
                throw Incomplete(id, "its model does not tell of which machine it is");
            }

            bool isPoint = id.ResourceType != SnapshotResource.ResourceType;
            return new BackupContent
            {
                Id = id,
                Location = new AzureLocation(holder.Text("location") ?? string.Empty),
                Model = model,
                CreateOption = isPoint ? "Restore" : "Copy",
                Sources = isPoint
                    ? await FindPointDisksAsync(documents, id, model, context).ConfigureAwait(false)
                    : await Task.WhenAll(model.Disks.Select(disk => FindSnapshotAsync(documents, id, disk, context))).ConfigureAwait(false),
            };
        });

    private static async Task<(ResourceIdentifier Id, JsonObject Holder)> FindAsync(ImageSession session, ResourceDocuments documents, VMRestoreRequest request, OperationContext context)
    {
        ResourceIdentifier[] candidates;
        if (request.BackupId is { } text)
        {
            candidates = [ResourceIdentifier.TryParse(text, out ResourceIdentifier? parsed) && parsed!.ResourceType != SnapshotResource.ResourceType && IsCollection(parsed)
                ? parsed
                : ResourceNames.RequireId(text, SnapshotResource.ResourceType, "backup")];
        }
        else
        {
            string group = ResourceNames.Require(request.ResourceGroupName, "backup's resource group");
            string name = ResourceNames.Require(request.BackupName, "backup");
            candidates =
            [
                SnapshotResource.CreateResourceIdentifier(session.Context.SubscriptionId, group, name + ResourceNameService.BackupSuffix),
                new($"/subscriptions/{session.Context.SubscriptionId}/resourceGroups/{group}/providers/Microsoft.Compute/restorePointCollections/{name}"),
            ];
        }

        foreach (ResourceIdentifier candidate in candidates)
        {
            if (await documents.FindAsync(candidate, IsCollection(candidate) ? ApiVersions.WholeMachines : ApiVersions.WholeDisks, context.Cancellation).ConfigureAwait(false) is { } holder)
            {
                return (candidate, holder);
            }
        }

        throw new ImageServiceException(
            "BackupNotFound", ErrorKind.NotFound, $"There is no backup '{NameOf(candidates[0])}' in resource group '{candidates[0].ResourceGroupName}'.", "Get-AzSnapshot and Get-AzRestorePointCollection tell what is there: a backup has the tag azimagetools-model.", candidates[0].ToString());
    }

    private static bool IsCollection(ResourceIdentifier id) => string.Equals(id.ResourceType.ToString(), "Microsoft.Compute/restorePointCollections", StringComparison.OrdinalIgnoreCase);

    private static async Task<ResourceIdentifier> FindSnapshotAsync(ResourceDocuments documents, ResourceIdentifier backup, DiskModel disk, OperationContext context)
    {
        // The OS disk's is the one that was named: it may have been copied elsewhere with its tags.
        if (disk.Lun is null)
        {
            return backup;
        }

        if (disk.KeptId is not null)
        {
            return Kept(backup, disk);
        }

        if (!ResourceIdentifier.TryParse(disk.SnapshotId ?? string.Empty, out ResourceIdentifier? id) || id!.ResourceType != SnapshotResource.ResourceType)
        {
            throw Incomplete(backup, FormattableString.Invariant($"its model names no snapshot of the data disk of LUN {disk.Lun}"));
        }

        JsonObject snapshot = await documents.FindAsync(id, ApiVersions.WholeDisks, context.Cancellation).ConfigureAwait(false)
            ?? throw Incomplete(backup, FormattableString.Invariant($"the snapshot '{id.Name}' of the data disk of LUN {disk.Lun} is gone"));
        return snapshot.At("properties", "completionPercent") is not JsonValue value || !value.TryGetValue(out double percent) || percent >= 100
            ? id
            : throw Incomplete(backup, FormattableString.Invariant($"the data of the snapshot '{id.Name}' has not all come yet ({percent} %)"));
    }

    private static async Task<IReadOnlyList<ResourceIdentifier>> FindPointDisksAsync(ResourceDocuments documents, ResourceIdentifier backup, MachineModel model, OperationContext context)
    {
        JsonObject point = await documents.FindAsync(RestorePointCopies.PointOf(backup), ApiVersions.WholeMachines, context.Cancellation).ConfigureAwait(false)
            ?? throw Incomplete(backup, "its restore point is gone");
        (string? osDisk, IReadOnlyDictionary<int, string> dataDisks) = RestorePointCopies.DisksOf(point);
        return [.. model.Disks.Select(disk => disk.Lun is not { } lun ? osDisk : dataDisks.TryGetValue(lun, out string? found) ? found : null)
            .Select((id, index) => id is not null ? new ResourceIdentifier(id) : throw Incomplete(backup, $"its restore point does not have the disk '{model.Disks[index].Document.Text("name")}'"))];
    }

    private static ResourceIdentifier Kept(ResourceIdentifier backup, DiskModel disk)
        => ResourceIdentifier.TryParse(disk.KeptId!, out ResourceIdentifier? kept) && kept!.ResourceType == ManagedDiskResource.ResourceType ? kept : throw Incomplete(backup, $"'{disk.KeptId}' is no disk");

    private static ImageServiceException Incomplete(ResourceIdentifier backup, string why) => new(
        "BackupIncomplete", ErrorKind.InvalidState, $"The backup '{NameOf(backup)}' in resource group '{backup.ResourceGroupName}' is not whole: {why}.", "Make disks of what is there with New-AzDiskConfig, or use another backup.", backup.ToString());
}
