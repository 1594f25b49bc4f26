using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Plans;

/// <summary>
/// Looks for locks that make a place of a plan's changes read-only, and for those against deleting what a plan is to delete. What is deleted only to
/// undo the plan is not looked at: that it can't be is told then.
/// </summary>
internal static class LockCheck
{
    private const string Suffix = "/providers/Microsoft.Authorization/locks/";

    /// <summary>The refusal that Azure would answer with; null where there is none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="changes">The changes in one subscription.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<ImageServiceException?> FindAsync(ImageSession session, IReadOnlyList<ResourceChange> changes, CancellationToken cancellation)
    {
        ResourceIdentifier subscription = SubscriptionResource.CreateResourceIdentifier(changes[0].Id.SubscriptionId);
        IReadOnlyList<JsonElement> locks = await new ArmDocuments(session.Arm, subscription, ApiVersions.Locks)
            .ListAsync("providers/Microsoft.Authorization/locks", string.Empty, cancellation).ConfigureAwait(false);
        foreach (JsonElement entry in locks)
        {
            bool isReadOnly = string.Equals(ArmDocuments.Text(entry, "properties", "level"), "ReadOnly", StringComparison.OrdinalIgnoreCase);
            string id = ArmDocuments.Text(entry, "id") ?? string.Empty;
            int end = id.LastIndexOf(Suffix, StringComparison.OrdinalIgnoreCase);
            if (end >= 0 && changes.FirstOrDefault(change => (isReadOnly || change.Deletes) && Holds(id.Substring(0, end), change.Id.ToString())) is { } locked)
            {
                return new ImageServiceException(
                    "ScopeLocked",
                    ErrorKind.PermissionDenied,
                    $"The lock '{id.Substring(end + Suffix.Length)}' on {id.Substring(0, end)} {(isReadOnly ? "is read-only, and" : "is against deleting, and")} forbids {locked.Action}.",
                    $"Remove it first (Remove-AzResourceLock -LockId {id}).",
                    locked.Id.ToString());
            }
        }

        return null;
    }

    private static bool Holds(string outer, string inner)
        => inner.StartsWith(outer, StringComparison.OrdinalIgnoreCase) && (inner.Length == outer.Length || inner[outer.Length] == '/');
}
