using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Backup;

/// <summary>Of what Azure makes restore points, and when (learn.microsoft.com/azure/virtual-machines/concepts-restore-points).</summary>
internal static class RestorePointRules
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Why a machine can have no crash-consistent restore point, as part of a sentence; null where it can.</summary>
    public static string? FindObstacle(BackupSource source)
    {
        if (source.IsConfidential)
        {
            return "it is a confidential machine, which can have none that is crash-consistent";
        }

        foreach (DiskModel disk in source.Model.Disks)
        {
            if (BackupSource.IsInstant(disk.Document))
            {
                return $"disk '{disk.Document.Text("name")}' is on {disk.Document.Text("sku", "name")}, which can have none that is crash-consistent";
            }

            if (disk.Document.Number("properties", "maxShares") > 1)
            {
                return $"disk '{disk.Document.Text("name")}' is shared";
            }
        }

        return null;
    }

    /// <summary>The disk with a key of the user's, which restore points do not carry; null for none.</summary>
    public static string? KeyHolder(BackupSource source)
        => source.Model.Disks.FirstOrDefault(disk => disk.Document.Text("properties", "encryption", "diskEncryptionSetId") is not null) is { } disk ? $"disk '{disk.Document.Text("name")}'" : null;

    /// <summary>Why the machine can have none yet: the last was within the hour. Null where none was, or that may not be seen.</summary>
    public static Task<string?> FindRecentAsync(ImageSession session, BackupSource source, OperationContext context)
        => AzureErrors.CallAsync($"Looking for restore points of the {source.Description}", source.Id.ToString(), async () =>
        {
            ArmDocuments list = new(session.Arm, SubscriptionResource.CreateResourceIdentifier(source.Id.SubscriptionId), ApiVersions.WholeMachines);
            ResourceDocuments documents = new(session.Arm);
            foreach (JsonElement collection in await list.ListAsync("providers/Microsoft.Compute/restorePointCollections", string.Empty, context.Cancellation).ConfigureAwait(false))
            {
                if (string.Equals(ArmDocuments.Text(collection, "properties", "source", "id"), source.Id.ToString(), StringComparison.OrdinalIgnoreCase) && ArmDocuments.Text(collection, "id") is { } id)
                {
                    JsonObject? whole = await documents.FindAsync(new ResourceIdentifier(id), ApiVersions.WholeMachines, context.Cancellation, "&$expand=restorePoints").ConfigureAwait(false);
                    foreach (JsonObject point in whole.Items("properties", "restorePoints"))
                    {
                        if (string.Equals(point.Text("properties", "provisioningState"), "Creating", StringComparison.OrdinalIgnoreCase))
                        {
                            return $"another one ({point.Text("name")} of {new ResourceIdentifier(id).Name}) is being created";
                        }

                        if (DateTimeOffset.TryParse(point.Text("properties", "timeCreated"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset made)
                            && context.Time.GetUtcNow() - made < Interval)
                        {
                            return $"its last one ({point.Text("name")} of {new ResourceIdentifier(id).Name}) was made within the hour";
                        }
                    }
                }
            }

            return null;
        });
}
