using System.Runtime.CompilerServices;
using AzImageTools.Disks;
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

    /// <summary>In which order kinds are looked among.</summary>
    private static readonly ImageSourceKind[] Order =
        [ImageSourceKind.ManagedImage, ImageSourceKind.Gallery, ImageSourceKind.Vhd, ImageSourceKind.SharedGallery, ImageSourceKind.CommunityGallery, ImageSourceKind.Marketplace];

    /// <summary>Kinds that are listed region by region.</summary>
    private static readonly ImageSourceKind[] OfRegions = [ImageSourceKind.SharedGallery, ImageSourceKind.CommunityGallery, ImageSourceKind.Marketplace];

    /// <summary>What Azure answers for a region that has none of it, or that is none.</summary>
    private static readonly string[] WithoutProvider = ["NoRegisteredProviderFound", "LocationNotAvailableForResourceType"];

    /// <summary>Streams the image sources that a filter names, own images first. Nothing found yields nothing.</summary>
    /// <param name="filter">What to look for.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <param name="missing">Told at the end of each exact name that does not exist (PublisherNotFound, OfferNotFound, SkuNotFound, GalleryNotFound, ImageSourceNotFound, ImageVersionNotFound), and of each kind that could not be listed; null for nobody, and then one that can't ends the search.</param>
    /// <returns>The sources, as they are found.</returns>
    /// <exception cref="ImageServiceException">A listing failed; no region is known (LocationRequired); a name is not valid.</exception>
    public IAsyncEnumerable<ImageSource> FindAsync(ImageSourceFilter filter, OperationContext context, Action<ImageServiceException>? missing = null)
        => FindCoreAsync(filter, context, missing, default);

    private async IAsyncEnumerable<ImageSource> FindCoreAsync(
        ImageSourceFilter filter, OperationContext context, Action<ImageServiceException>? missing, [EnumeratorCancellation] CancellationToken ofReader)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, ofReader);
        OperationContext own = context with { Cancellation = both.Token };
        ImageSourceKind[] kinds = [.. KindsOf(filter)];
        context.Log.Verbose($"Looking among {string.Join(", ", kinds)}{(filter.Kinds.Count > 0 ? ", as asked for" : ", where the other parameters belong; -Kind chooses others")}.");
        SoughtNames sought = new(filter, kinds);
        SourceFit fit = await SourceFit.CreateAsync(session, filter, own).ConfigureAwait(false);
        bool isFound = false;
        foreach ((ImageSourceKind[] group, ImageSourceFilter place) in Groups(kinds, filter))
        {
            ImageServiceException? failure = null;
            IAsyncEnumerator<ImageSource> sources = FindGroupAsync(group, place, sought, own).GetAsyncEnumerator(both.Token);
            await using ConfiguredAsyncDisposable closing = sources.ConfigureAwait(false);
            while (true)
            {
                try
                {
                    if (!await sources.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (ImageServiceException problem) when (WithoutProvider.Contains(problem.ErrorId, StringComparer.OrdinalIgnoreCase))
                {
                    // What is sought can't be said to be missing: it was not looked for there.
                    sought.MeetAll(SoughtPart.Publisher);
                    own.Log.Warning($"{group[0]} is not looked through{(place.Location is { } named ? $" in '{named}'" : string.Empty)}. {problem.Message}");
                    break;
                }
                catch (ImageServiceException problem) when (missing is not null && kinds.Length > 1 && problem.Kind != ErrorKind.Authentication)
                {
                    // One kind that can't be listed does not keep the others from being found.
                    failure = problem;
                    break;
                }

                if (fit.Takes(sources.Current))
                {
                    isFound = true;
                    yield return sources.Current;
                }
            }

            if (failure is not null)
            {
                sought.MeetAll(SoughtPart.Publisher);
                missing!(failure);
            }
        }

        foreach (ImageServiceException unmet in sought.Missing(isFound))
        {
            missing?.Invoke(unmet);
        }
    }

    /// <summary>Kinds that are asked for together: own ones in all subscriptions, by one question.</summary>
    private static IEnumerable<(ImageSourceKind[] Kinds, ImageSourceFilter Filter)> Groups(ImageSourceKind[] kinds, ImageSourceFilter filter)
    {
        ImageSourceKind[] together = AsksGraph(filter) ? [.. kinds.Where(static kind => kind is ImageSourceKind.ManagedImage or ImageSourceKind.Gallery)] : [];
        if (together.Length > 0)
        {
            yield return (together, filter);
        }

        foreach (ImageSourceKind kind in kinds.Except(together))
        {
            if (!OfRegions.Contains(kind) || filter.Locations.Count == 0)
            {
                yield return ([kind], filter);
                continue;
            }

            foreach (string location in filter.Locations.Distinct(StringComparer.OrdinalIgnoreCase))
            {
                yield return ([kind], filter with { Location = location, Locations = [] });
            }
        }
    }

    /// <summary>Resource Graph lags behind: what is named as being in one place is read there.</summary>
    private static bool AsksGraph(ImageSourceFilter filter)
        => filter.AcrossSubscriptions && filter.ResourceGroupName is null && !(filter.GalleryName is not null && ImageSourceFilter.PatternOf(filter.GalleryName).IsLiteral);

    private async IAsyncEnumerable<ImageSource> FindGroupAsync(ImageSourceKind[] kinds, ImageSourceFilter filter, SoughtNames sought, OperationContext context)
    {
        if (kinds.Length > 1 || (AsksGraph(filter) && kinds[0] is ImageSourceKind.ManagedImage or ImageSourceKind.Gallery))
        {
            foreach (ImageSource source in Ranked(await new OwnImages(session, kinds, filter, sought).FindAsync(context).ConfigureAwait(false), filter))
            {
                yield return source;
            }

            yield break;
        }

        IAsyncEnumerable<ImageSource> found = await FindKindAsync(kinds[0], filter, sought, context).ConfigureAwait(false);
        if (filter.Search is null || kinds[0] == ImageSourceKind.Marketplace)
        {
            await foreach (ImageSource source in found.ConfigureAwait(false))
            {
                yield return source;
            }

            yield break;
        }

        List<ImageSource> all = [];
        await foreach (ImageSource source in found.ConfigureAwait(false))
        {
            all.Add(source);
        }

        foreach (ImageSource source in Ranked(all, filter))
        {
            yield return source;
        }
    }

    /// <summary>Those that match what is searched for, the best first; all where nothing is.</summary>
    private static IEnumerable<ImageSource> Ranked(IReadOnlyList<ImageSource> sources, ImageSourceFilter filter)
    {
        IEnumerable<ImageSource> found = sources;
        if (filter.Application is { } application)
        {
            SearchQuery query = new(application);
            found = found.Where(source => Rank(query, source) is not null);
        }

        if (filter.Search is not { } text)
        {
            return found;
        }

        SearchQuery search = new(text);
        return found.Select(source => (Source: source, Rank: Rank(search, source))).Where(static entry => entry.Rank is not null)
            .OrderByDescending(static entry => entry.Rank).Select(static entry => entry.Source);
    }

    private static double? Rank(SearchQuery query, ImageSource source)
        => query.Rank((source.Name, 1.5), (source.GalleryImageDefinitionName, 1.5), (source.GalleryName, 1), (source.ResourceGroupName, 0.5), (source.OsType, 0.5));

    private async Task<IAsyncEnumerable<ImageSource>> FindKindAsync(ImageSourceKind kind, ImageSourceFilter filter, SoughtNames sought, OperationContext context)
    {
        switch (kind)
        {
            case ImageSourceKind.ManagedImage:
                return new ManagedImageCatalogue(session, filter, sought).FindAsync(context);
            case ImageSourceKind.Gallery:
                return new GalleryCatalogue(session, filter, sought).FindAsync(context);
            case ImageSourceKind.Vhd:
                return new VhdCatalogue(session, filter, sought, context).FindAsync();
            case ImageSourceKind.Marketplace:
                return new MarketplaceCatalogue(session, filter, sought, await SubscriptionScope.LocationAsync(session, filter, context).ConfigureAwait(false), context).FindAsync();
            case ImageSourceKind.SharedGallery or ImageSourceKind.CommunityGallery:
                AzureLocation location = await SubscriptionScope.LocationAsync(session, filter, context).ConfigureAwait(false);
                return new SharedGalleryCatalogue(session, kind, filter, sought, location, context.Log).FindAsync(context);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind.");
        }
    }

    /// <summary>The kinds to look among, own images first and the large Marketplace last.</summary>
    private static IEnumerable<ImageSourceKind> KindsOf(ImageSourceFilter filter)
    {
        HashSet<ImageSourceKind> kinds = [.. filter.Kinds];
        if (kinds.Count == 0)
        {
            Add(ImageSourceKind.Marketplace, filter.Publishers.Count > 0 || filter.Offer is not null || filter.Sku is not null);
            Add(ImageSourceKind.Gallery, filter.GalleryName is not null);
            Add(ImageSourceKind.CommunityGallery, filter.CommunityGalleries.Count > 0);
            Add(ImageSourceKind.SharedGallery, filter.SharedGalleries.Count > 0);
            Add(ImageSourceKind.Vhd, filter.StorageAccounts.Count > 0);
        }

        if (kinds.Count == 0)
        {
            kinds.UnionWith([ImageSourceKind.Gallery, ImageSourceKind.ManagedImage]);
            Add(ImageSourceKind.Marketplace, filter.ResourceGroupName is null);
            Add(ImageSourceKind.SharedGallery, filter.ResourceGroupName is null && filter.LooksEverywhere);
            Add(ImageSourceKind.CommunityGallery, filter.ResourceGroupName is null && filter.LooksEverywhere);
        }

        return Order.Where(kinds.Contains);

        void Add(ImageSourceKind kind, bool isAsked)
        {
            if (isAsked)
            {
                kinds.Add(kind);
            }
        }
    }
}
