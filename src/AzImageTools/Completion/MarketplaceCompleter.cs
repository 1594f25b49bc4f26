using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;

namespace AzImageTools.Completion;

/// <summary>Completes names of the Marketplace, in the region that was given or the one that Get-AzImageSource takes without.</summary>
public abstract class MarketplaceCompleter : SessionNameCompleter
{
    private static readonly string[] Parts = ["Publisher", "Offer", "Sku"];

    private readonly int _given;

    private protected MarketplaceCompleter(int given)
    {
        _given = given;
    }

    private protected sealed override IReadOnlyList<string> Shipped(CompletionRequest request)
    {
        string?[] parts = [.. Parts.Take(_given).Select(request.Read)];
        return _given switch
        {
            0 => ShippedNames.Publishers,
            1 when parts[0] is { } publisher => ShippedNames.Offers(publisher),
            2 when parts is [{ } publisher, { } offer] => ShippedNames.Skus(publisher, offer),
            _ => [],
        };
    }

    private protected sealed override (object Key, Func<ImageSession, OperationContext, Task<IReadOnlyList<string>>> List)? Choose(CompletionRequest request)
    {
        string?[] parts = [.. Parts.Take(_given).Select(request.Read)];
        if (Array.Exists(parts, static part => part is null))
        {
            return null;
        }

        ImageSourceFilter filter = new()
        {
            Location = request.Read("Location"),
            ResourceGroupName = request.Read("ResourceGroupName"),
            Publishers = _given > 0 ? [parts[0]!] : [],
            Offer = _given > 1 ? parts[1] : null,
            Sku = _given > 2 ? parts[2] : null,
        };
        return ((filter.Location, filter.ResourceGroupName, string.Join("/", parts)), (session, context) => new MarketplaceNameService(session).ListAsync(filter, context));
    }
}

/// <summary>Completes names of images: the SKUs that earlier searches met, and those that ship.</summary>
public sealed class ImageNameCompleter : SessionNameCompleter
{
    private protected override (object Key, Func<ImageSession, OperationContext, Task<IReadOnlyList<string>>> List)? Choose(CompletionRequest request)
    {
        ImageSourceFilter filter = new() { Location = request.Read("Location"), ResourceGroupName = request.Read("ResourceGroupName") };
        return ((filter.Location, filter.ResourceGroupName), (session, context) => new MarketplaceNameService(session).ListKnownSkusAsync(filter, context));
    }

    private protected override IReadOnlyList<string> Shipped(CompletionRequest request) => ShippedNames.Skus(publisher: null, offer: null);
}

/// <summary>Completes publishers of the Marketplace.</summary>
public sealed class PublisherCompleter() : MarketplaceCompleter(0);

/// <summary>Completes the offers of the publisher that was given.</summary>
public sealed class OfferCompleter() : MarketplaceCompleter(1);

/// <summary>Completes the SKUs of the publisher and offer that were given.</summary>
public sealed class SkuCompleter() : MarketplaceCompleter(2);

/// <summary>Completes the versions of the publisher, offer and SKU that were given.</summary>
public sealed class VersionCompleter() : MarketplaceCompleter(3);
