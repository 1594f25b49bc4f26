using System.Runtime.CompilerServices;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>Finds what virtual machines can be made of.</summary>
/// <param name="session">The session.</param>
public sealed class ImageSourceService(ImageSession session)
{
    /// <summary>The Marketplace publishers looked among when none is named: those of the usual operating systems, not all of the thousands.</summary>
    public static IReadOnlyList<string> DefaultPublishers { get; } =
    [
        "MicrosoftWindowsServer",
        "MicrosoftWindowsDesktop",
        "MicrosoftSQLServer",
        "MicrosoftVisualStudio",
        "microsoft-azure-linux",
        "Canonical",
        "Debian",
        "RedHat",
        "SUSE",
        "Oracle",
        "almalinux",
        "resf",
    ];

    /// <summary>Streams the image sources that a filter names, own images first. Nothing found yields nothing.</summary>
    /// <param name="filter">What to look for.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <param name="missing">Told at the end of each exact name that does not exist (PublisherNotFound, OfferNotFound, SkuNotFound, GalleryNotFound, ImageSourceNotFound, ImageVersionNotFound); null for nobody.</param>
    /// <returns>The sources, as they are found.</returns>
    /// <exception cref="ImageServiceException">A listing failed; no region is known (LocationRequired); a name is not valid.</exception>
    public IAsyncEnumerable<ImageSource> FindAsync(ImageSourceFilter filter, OperationContext context, Action<ImageServiceException>? missing = null)
        => FindCoreAsync(filter, context, missing, default);

    private async IAsyncEnumerable<ImageSource> FindCoreAsync(
        ImageSourceFilter filter, OperationContext context, Action<ImageServiceException>? missing, [EnumeratorCancellation] CancellationToken ofReader)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, ofReader);
        OperationContext own = context with { Cancellation = both.Token };
        ImageSourceKind[] kinds = [.. KindsOf(filter).OrderByDescending(kind => kind)];
        context.Log.Verbose($"Looking among {string.Join(", ", kinds)}{(filter.Kinds.Count > 0 ? ", as asked for" : ", where the other parameters belong; -Kind chooses others")}.");
        SoughtNames sought = new(filter, kinds);
        bool isFound = false;
        foreach (ImageSourceKind kind in kinds)
        {
            await foreach (ImageSource source in (await FindKindAsync(kind, filter, sought, own).ConfigureAwait(false)).ConfigureAwait(false))
            {
                if (Fits(source, filter))
                {
                    isFound = true;
                    yield return source;
                }
            }
        }

        foreach (ImageServiceException unmet in sought.Missing(isFound))
        {
            missing?.Invoke(unmet);
        }
    }

    private async Task<IAsyncEnumerable<ImageSource>> FindKindAsync(ImageSourceKind kind, ImageSourceFilter filter, SoughtNames sought, OperationContext context)
    {
        switch (kind)
        {
            case ImageSourceKind.ManagedImage:
                return new ManagedImageCatalogue(session, filter, sought).FindAsync(context);
            case ImageSourceKind.Gallery:
                return new GalleryCatalogue(session, filter, sought).FindAsync(context);
            case ImageSourceKind.Marketplace:
                return new MarketplaceCatalogue(session, filter, sought, await SubscriptionScope.LocationAsync(session, filter, context).ConfigureAwait(false)).FindAsync(context);
            case ImageSourceKind.SharedGallery or ImageSourceKind.CommunityGallery:
                AzureLocation location = await SubscriptionScope.LocationAsync(session, filter, context).ConfigureAwait(false);
                return new SharedGalleryCatalogue(session, kind, filter, sought, location).FindAsync(context);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind.");
        }
    }

    private static HashSet<ImageSourceKind> KindsOf(ImageSourceFilter filter)
    {
        HashSet<ImageSourceKind> kinds = [.. filter.Kinds];
        if (kinds.Count > 0)
        {
            return kinds;
        }

        if (filter.Publishers.Count > 0 || filter.Offer is not null || filter.Sku is not null)
        {
            kinds.Add(ImageSourceKind.Marketplace);
        }

        if (filter.GalleryName is not null)
        {
            kinds.Add(ImageSourceKind.Gallery);
        }

        if (filter.CommunityGalleries.Count > 0)
        {
            kinds.Add(ImageSourceKind.CommunityGallery);
        }

        if (filter.SharedGalleries.Count > 0)
        {
            kinds.Add(ImageSourceKind.SharedGallery);
        }

        if (kinds.Count == 0 && filter.ResourceGroupName is not null)
        {
            return [ImageSourceKind.Gallery, ImageSourceKind.ManagedImage];
        }

        return kinds.Count > 0 ? kinds : [ImageSourceKind.Marketplace, ImageSourceKind.Gallery, ImageSourceKind.ManagedImage];
    }

    private static bool Fits(ImageSource source, ImageSourceFilter filter) =>
        Fits(source.OsType, filter.OsType) && Fits(source.Architecture, filter.Architecture) && Fits(source.HyperVGeneration, filter.HyperVGeneration);

    private static bool Fits(string? value, string? wanted) => wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);
}
