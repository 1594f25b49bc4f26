using AzImageTools.Services.Session;
using AzImageTools.Services.Sources.Marketplace;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>Lists the names by which Marketplace images are found, for completing what a user types: from what earlier searches kept, where they did.</summary>
/// <param name="session">The session.</param>
public sealed class MarketplaceNameService(ImageSession session)
{
    private readonly ImageSession _session = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>The SKUs that earlier searches met in a region, without asking for any.</summary>
    /// <param name="filter">The region.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">No region can be told.</exception>
    public async Task<IReadOnlyList<string>> ListKnownSkusAsync(ImageSourceFilter filter, OperationContext context)
    {
        AzureLocation location = await SubscriptionScope.LocationAsync(_session, filter ?? throw new ArgumentNullException(nameof(filter)), context).ConfigureAwait(false);
        return MarketplaceCache.Of(_session, location.Name).KnownSkus();
    }

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
        MarketplaceReader reader = new(_session, location, isRefreshed: false, context);
        IReadOnlyList<string> names = parts switch
        {
            [{ } publisher, { } offer, { } sku] => [.. (await reader.VersionsAsync(new MarketplaceName(publisher, offer, sku), context.Cancellation).ConfigureAwait(false))
                .Select(static version => version.Number).OrderByDescending(static number => number, VersionOrder.Instance)],
            [{ } publisher, { } offer, _] => await reader.SkusAsync(new MarketplaceName(publisher, offer), context.Cancellation).ConfigureAwait(false),
            [{ } publisher, _, _] => await reader.OffersAsync(publisher, context.Cancellation).ConfigureAwait(false),
            _ => await reader.PublishersAsync(context.Cancellation).ConfigureAwait(false),
        };
        reader.Flush();
        return names;
    }
}
