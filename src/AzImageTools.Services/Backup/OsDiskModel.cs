using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>What makes a snapshot of an OS disk a backup of its machine, whose data disks are attached again as they are.</summary>
internal static class OsDiskModel
{
    /// <summary>The tags of the snapshot. Where there is no room for the model, those of the user alone: the snapshot is worth having all the same.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="userTags">The user's tags.</param>
    /// <param name="context">Log, clock and cancellation.</param>
    public static async Task<IReadOnlyDictionary<string, string>> TagsAsync(
        ImageSession session, ResourceIdentifier machine, ResourceIdentifier snapshot, IReadOnlyDictionary<string, string>? userTags, OperationContext context)
    {
        BackupSource source = await BackupSource.ReadAsync(session, machine, context).ConfigureAwait(false);
        MachineModel model = source.Model with
        {
            Disks = [.. source.Model.Disks.Zip(source.DiskIds, (disk, id) => disk.Lun is null ? disk with { SnapshotId = snapshot.ToString() } : disk with { KeptId = id.ToString() })],
        };
        try
        {
            return ModelTags.WithModel(model, userTags);
        }
        catch (ImageServiceException tooLarge) when (tooLarge.ErrorId == ModelTags.TooLarge)
        {
            context.Log.Warning($"The snapshot '{snapshot.Name}' does not hold the machine's model, so that Restore-AzVMBackup can't use it: {tooLarge.Message}");
            return userTags ?? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        }
    }
}
