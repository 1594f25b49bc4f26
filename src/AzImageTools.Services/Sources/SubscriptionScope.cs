using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Sources;

/// <summary>Where in the subscription to look.</summary>
internal static class SubscriptionScope
{
    /// <summary>The resource group that the filter names; null for the whole subscription. Sends no request.</summary>
    public static ResourceGroupResource? GroupOf(ImageSession session, ImageSourceFilter filter) => filter.ResourceGroupName is null
        ? null
        : session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(
            session.Context.SubscriptionId, ResourceNames.Require(filter.ResourceGroupName, "resource group")));

    /// <summary>The region that the filter names, the first of several, else that of its resource group, else that of the subscription's first resource group.</summary>
    public static Task<AzureLocation> LocationAsync(ImageSession session, ImageSourceFilter filter, OperationContext context) =>
        AzureErrors.CallAsync("Finding a region", filter.ScopeOf(session), async () =>
        {
            if (filter.Regions is [{ } location, ..])
            {
                AzureLocation region = new(location);
                return region.Name.All(char.IsLetterOrDigit) ? region : throw new ImageServiceException(
                    "LocationInvalid", ErrorKind.InvalidArgument, $"'{location}' is not the name of a region.", "Use a name such as westeurope.", location);
            }

            if (GroupOf(session, filter) is { } named)
            {
                ResourceGroupResource read = await named.GetAsync(context.Cancellation).ConfigureAwait(false);
                context.Log.Verbose($"Looking in region '{read.Data.Location.Name}', that of resource group '{read.Data.Name}'; -Location chooses another.");
                return read.Data.Location;
            }

            await foreach (ResourceGroupResource group in session.Subscription.GetResourceGroups().GetAllAsync(filter: null, top: 1, context.Cancellation).InBounds().ConfigureAwait(false))
            {
                context.Log.Verbose($"Looking in region '{group.Data.Location.Name}', that of resource group '{group.Data.Name}'; -Location chooses another.");
                return group.Data.Location;
            }

            throw new ImageServiceException(
                "LocationRequired", ErrorKind.InvalidArgument, "No region was named, and the subscription has no resource group to take one from.", "Give -Location.", "Location");
        });
}
