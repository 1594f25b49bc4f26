using AzImageTools.Disks.Items;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>Finds images in the Marketplace: publisher, offer, SKU, version, then each version's details.</summary>
internal sealed class MarketplaceCatalogue(ImageSession session, ImageSourceFilter filter, SoughtNames sought, AzureLocation location)
{
    private const int ListConcurrency = 4;
    private const int DetailConcurrency = 16;
    private readonly string? _quotaId = session.Subscription.Data.SubscriptionPolicies?.QuotaId;

    /// <summary>Streams the images that the filter names.</summary>
    public async IAsyncEnumerable<ImageSource> FindAsync(OperationContext context)
    {
        IAsyncEnumerable<ImageSource?> found = PublishersAsync(context)
            .SelectManyConcurrentlyAsync(ListConcurrency, OffersAsync, context.Cancellation)
            .SelectManyConcurrentlyAsync(ListConcurrency, SkusAsync, context.Cancellation)
            .SelectManyConcurrentlyAsync(ListConcurrency, VersionsAsync, context.Cancellation)
            .SelectConcurrentlyAsync(DetailConcurrency, DetailsAsync, context.Cancellation);
        await foreach (ImageSource? source in found.ConfigureAwait(false))
        {
            if (source is not null)
            {
                yield return source;
            }
        }
    }

    private async IAsyncEnumerable<string> PublishersAsync(OperationContext context)
    {
        List<Wildcard> patterns = [.. (filter.Publishers.Count > 0 ? filter.Publishers : ImageSourceService.DefaultPublishers).Select(ImageSourceFilter.PatternOf)];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (Wildcard pattern in patterns.Where(pattern => pattern.IsLiteral && seen.Add(pattern.Literal)))
        {
            yield return pattern.Literal;
        }

        if (patterns.TrueForAll(pattern => pattern.IsLiteral))
        {
            yield break;
        }

        IReadOnlyList<string> all = await SourceListing.ReadAsync(
            $"the publishers in {location.Name}",
            location.Name,
            () => session.Subscription.GetVirtualMachineImagePublishersAsync(location, context.Cancellation),
            publisher => publisher.Name).ConfigureAwait(false);
        foreach (string publisher in all.Where(publisher => patterns.Exists(pattern => pattern.Matches(publisher)) && seen.Add(publisher)))
        {
            yield return publisher;
        }
    }

    private Task<IReadOnlyList<MarketplaceName>> OffersAsync(string publisher, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.Offer);
        return SourceListing.ReadAsync(
            $"the offers of {publisher}",
            publisher,
            () => session.Subscription.GetVirtualMachineImageOffersAsync(location, publisher, cancellation),
            offer =>
            {
                sought.Meet(SoughtPart.Publisher, publisher);
                sought.Meet(SoughtPart.Offer, offer.Name);
                return pattern.Matches(offer.Name) ? new MarketplaceName(publisher, offer.Name) : null;
            });
    }

    private Task<IReadOnlyList<MarketplaceName>> SkusAsync(MarketplaceName offer, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.Sku);
        Wildcard named = ImageSourceFilter.PatternOf(filter.Name);
        return SourceListing.ReadAsync(
            $"the SKUs of {offer}",
            offer.ToString(),
            () => session.Subscription.GetVirtualMachineImageSkusAsync(location, offer.Publisher, offer.Offer, cancellation),
            sku =>
            {
                sought.Meet(SoughtPart.Sku, sku.Name);
                sought.Meet(SoughtPart.Name, sku.Name);
                return pattern.Matches(sku.Name) && named.Matches(sku.Name) ? offer with { Sku = sku.Name } : null;
            });
    }

    private async Task<IReadOnlyList<MarketplaceName>> VersionsAsync(MarketplaceName sku, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.Version);
        SubscriptionResourceGetVirtualMachineImagesOptions options = new(location, sku.Publisher, sku.Offer, sku.Sku);
        IReadOnlyList<MarketplaceName> versions = await SourceListing.ReadAsync(
            $"the versions of {sku}",
            sku.ToString(),
            () => session.Subscription.GetVirtualMachineImagesAsync(options, cancellation),
            version =>
            {
                sought.Meet(SoughtPart.Version, version.Name);
                return pattern.Matches(version.Name) ? sku with { Version = version.Name } : null;
            }).ConfigureAwait(false);
        IEnumerable<MarketplaceName> ordered = versions.OrderByDescending(version => version.Version, VersionOrder.Instance);
        return [.. filter.AllVersions ? ordered : ordered.Take(1)];
    }

    private Task<ImageSource?> DetailsAsync(MarketplaceName name, CancellationToken cancellation) => AzureErrors.CallAsync($"Reading the image {name}", name.ToString(), async () =>
    {
        VirtualMachineImage? image = await Lookup.FindAsync(() => session.Subscription.GetVirtualMachineImageAsync(
            location, name.Publisher, name.Offer, name.Sku, name.Version, cancellation)).ConfigureAwait(false);
        return image is null ? null : ToSource(name, image);
    });

    private ImageSource ToSource(MarketplaceName name, VirtualMachineImage image)
    {
        string? benefit = LicenseBenefits.RequiredBy(name.Publisher, name.Sku);
        return new ImageSource
        {
            Kind = ImageSourceKind.Marketplace,
            Name = name.Sku,
            Location = location.Name,
            Urn = name.ToString(),
            Publisher = name.Publisher,
            Offer = name.Offer,
            Sku = name.Sku,
            Version = name.Version,
            OsType = image.OSDiskImageOperatingSystem?.ToString(),
            Architecture = image.Architecture?.ToString(),
            HyperVGeneration = image.HyperVGeneration?.ToString(),
            SecurityType = image.Features.FirstOrDefault(feature => string.Equals(feature.Name, "SecurityType", StringComparison.OrdinalIgnoreCase))?.Value ?? SecurityTypes.Standard,
            OsState = OsState.Generalized,
            ImageType = image.DataDiskImages.Count > 0 ? ImageType.VmImage : ImageType.OsImage,
            DataDiskCount = image.DataDiskImages.Count,
            Plan = image.Plan is { } plan ? new ImagePlan(plan.Name, plan.Product, plan.Publisher) : null,
            BenefitRequired = benefit,
            BenefitAvailable = benefit is null ? null : LicenseBenefits.IsBroughtBy(_quotaId),
            SubscriptionQuotaId = benefit is null ? null : _quotaId,
            DeprecationState = image.ImageDeprecationStatus?.ImageState?.ToString(),
            EndOfLife = image.ImageDeprecationStatus?.ScheduledDeprecationOn,
        };
    }
}

/// <summary>A Marketplace image's name, as far as it is known.</summary>
internal sealed record MarketplaceName(string Publisher, string Offer, string Sku = "", string Version = "")
{
    /// <summary>The URN.</summary>
    public override string ToString() => string.Join(":", new[] { Publisher, Offer, Sku, Version }.Where(part => part.Length > 0));
}
