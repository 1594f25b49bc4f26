using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Galleries;

/// <summary>Encryption sets that the user names for the regions of a version.</summary>
internal static class EncryptionSets
{
    private const int ForbiddenStatus = 403;

    /// <summary>The id.</summary>
    /// <exception cref="ImageServiceException">It is none of an encryption set (ResourceIdInvalid).</exception>
    public static ResourceIdentifier Parse(string id) => ResourceNames.RequireId(id, DiskEncryptionSetResource.ResourceType, "disk encryption set");

    /// <summary>Refuses sets that are not there, not of the version's subscription, or of another region. What may not be read is left to Azure.</summary>
    /// <param name="session">In the version's subscription.</param>
    /// <param name="sets">Each with the region that it is named for.</param>
    /// <param name="context">Log and cancellation.</param>
    public static async Task CheckAsync(ImageSession session, IReadOnlyCollection<(string Id, AzureLocation Region)> sets, OperationContext context)
    {
        foreach ((string text, AzureLocation region) in sets.Distinct())
        {
            ResourceIdentifier id = Parse(text);
            if (!string.Equals(id.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
            {
                throw Refuse(
                    "EncryptionSetInAnotherSubscription",
                    $"The encryption set '{id.Name}' is in subscription {id.SubscriptionId}; that of an image version has to be in the version's own, {session.Context.SubscriptionId}.",
                    "Name one of this subscription.",
                    id);
            }

            if (await FindAsync(session, id, context).ConfigureAwait(false) is { } found && found != region)
            {
                throw Refuse(
                    "EncryptionSetInAnotherRegion", $"The encryption set '{id.Name}' is in '{found.Name}', and is named for '{region.Name}': it encrypts in its own region alone.", $"Name one in '{region.Name}'.", id);
            }
        }
    }

    /// <summary>The set's region; null where it may not be read.</summary>
    private static Task<AzureLocation?> FindAsync(ImageSession session, ResourceIdentifier id, OperationContext context)
        => AzureErrors.CallAsync($"Reading the encryption set '{id.Name}'", id.ToString(), async () =>
        {
            try
            {
                DiskEncryptionSetResource? set = await Lookup.FindAsync(() => session.Arm.GetDiskEncryptionSetResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false);
                return set?.Data.Location ?? throw new ImageServiceException(
                    "EncryptionSetNotFound", ErrorKind.NotFound, $"There is no encryption set '{id.Name}' in resource group '{id.ResourceGroupName}'.", "Check its id in -TargetRegion.", id.ToString());
            }
            catch (RequestFailedException failure) when (failure.Status == ForbiddenStatus)
            {
                context.Log.Verbose($"The encryption set '{id.Name}' may not be read: whether it fits is left to Azure.");
                return (AzureLocation?)null;
            }
        });

    private static ImageServiceException Refuse(string errorId, string message, string remedy, ResourceIdentifier id) => new(errorId, ErrorKind.InvalidArgument, message, remedy, id.ToString());
}
