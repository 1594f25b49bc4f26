using System.Text.Json;
using AzImageTools.Services.Session;
using Azure.Storage.Blobs;

namespace AzImageTools.Services.Copy;

/// <summary>
/// Looks whether storage accounts of the subscription have network rules, which a copy between accounts meets twice: Microsoft Learn,
/// "Copy blobs between Azure storage accounts with access restriction", asks that the client be let in by both.
/// </summary>
internal static class StorageFirewall
{
    /// <summary>Warns of accounts that do not let everybody in. Those of other subscriptions can't be looked at.</summary>
    /// <param name="session">The session.</param>
    /// <param name="blobs">The blobs' addresses.</param>
    /// <param name="context">Its log gets the warnings.</param>
    public static async Task WarnAsync(ImageSession session, IReadOnlyList<Uri> blobs, OperationContext context)
    {
        string[] accounts = [.. blobs.Where(session.Storage.IsOwn).Select(static blob => new BlobUriBuilder(blob).AccountName).Distinct(StringComparer.Ordinal)];
        if (accounts.Length == 0)
        {
            return;
        }

        IReadOnlyList<JsonElement> known;
        try
        {
            ArmDocuments documents = new(session.Arm, session.Subscription.Id, ApiVersions.StorageAccounts);
            known = await AzureErrors.CallAsync(
                "Listing the storage accounts", session.Context.SubscriptionId, () => documents.ListAsync("providers/Microsoft.Storage/storageAccounts", string.Empty, context.Cancellation)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception)
        {
            context.Log.Verbose($"Whether {string.Join(" and ", accounts)} have network rules can't be seen: {exception.Message}");
            return;
        }

        foreach (JsonElement account in known)
        {
            if (ArmDocuments.Text(account, "name") is { } name && accounts.Contains(name, StringComparer.OrdinalIgnoreCase) && FindRules(account) is { } rules)
            {
                context.Log.Warning($"The storage account '{name}' {rules}: Azure copies only where both accounts let this machine in.");
            }
        }
    }

    private static string? FindRules(JsonElement account)
        => string.Equals(ArmDocuments.Text(account, "properties", "publicNetworkAccess"), "Disabled", StringComparison.OrdinalIgnoreCase) ? "is reached from private networks only"
            : string.Equals(ArmDocuments.Text(account, "properties", "networkAcls", "defaultAction"), "Deny", StringComparison.OrdinalIgnoreCase) ? "has a firewall"
            : null;
}
