using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>Lists the names by which Marketplace images are found, for completing what a user types.</summary>
/// <param name="session">The session.</param>
public sealed class MarketplaceNameService(ImageSession session)
{
    private readonly ImageSession _session = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>The names of the last part that the filter leaves open: publishers, the offers of its publisher, their SKUs, and versions, the newest first.</summary>
    /// <param name="filter">The region, and the parts before, as they are; where one has wildcards, nothing is listed.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">Azure refused or could not be reached, or no region can be told.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(ImageSourceFilter filter, OperationContext context)
    {
        if (filter is null)
        {
            throw new ArgumentNullException(nameof(filter));
        }

        string?[] parts = [filter.Publishers.Count == 1 ? filter.Publishers[0] : null, filter.Offer, filter.Sku];
        if (filter.Publishers.Count > 1 || parts.Any(part => part is not null && !ImageSourceFilter.PatternOf(part).IsLiteral))
        {
            return [];
        }

        AzureLocation location = await SubscriptionScope.LocationAsync(_session, filter, context).ConfigureAwait(false);
        CancellationToken cancellation = context.Cancellation;
        return parts switch
        {
            [{ } publisher, { } offer, { } sku] => [.. (await ReadAsync(
                sku, () => _session.Subscription.GetVirtualMachineImagesAsync(new SubscriptionResourceGetVirtualMachineImagesOptions(location, publisher, offer, sku), cancellation), version => version.Name)
                .ConfigureAwait(false)).OrderByDescending(version => version, VersionOrder.Instance)],
            [{ } publisher, { } offer, _] => await ReadAsync(offer, () => _session.Subscription.GetVirtualMachineImageSkusAsync(location, publisher, offer, cancellation), sku => sku.Name).ConfigureAwait(false),
            [{ } publisher, _, _] => await ReadAsync(publisher, () => _session.Subscription.GetVirtualMachineImageOffersAsync(location, publisher, cancellation), offer => offer.Name).ConfigureAwait(false),
            _ => await ReadAsync(location.Name, () => _session.Subscription.GetVirtualMachineImagePublishersAsync(location, cancellation), publisher => publisher.Name).ConfigureAwait(false),
        };
    }

    private static Task<IReadOnlyList<string>> ReadAsync<T>(string of, Func<AsyncPageable<T>> list, Func<T, string> name)
        where T : class
        => SourceListing.ReadAsync($"the names of {of}", of, list, name);
}
