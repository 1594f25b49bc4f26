using AzImageTools.Disks.Items;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources.Marketplace;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>
/// Finds images in the Marketplace: publisher, offer, SKU, versions. The usual publishers come first; the thousands of others only where something particular is sought.
/// What fails on the way costs a warning.
/// </summary>
internal sealed class MarketplaceCatalogue
{
    private const int Concurrency = 32;
    private const int MostWarnings = 10;

    private readonly ImageSourceFilter _filter;
    private readonly SoughtNames _sought;
    private readonly AzureLocation _location;
    private readonly OperationContext _context;
    private readonly MarketplaceReader _reader;
    private readonly AcceptedTerms _terms;
    private readonly PartFailures _failures;
    private readonly SearchQuery? _search;
    private readonly SearchQuery? _application;
    private readonly string? _quotaId;
    private int _ending;

    public MarketplaceCatalogue(ImageSession session, ImageSourceFilter filter, SoughtNames sought, AzureLocation location, OperationContext context)
    {
        _filter = filter;
        _sought = sought;
        _location = location;
        _context = context;
        _reader = new MarketplaceReader(session, location, filter.Refresh, context);
        _terms = new AcceptedTerms(session, context);
        _failures = new PartFailures(context.Log);
        _search = filter.Search is null ? null : new SearchQuery(filter.Search);
        _application = filter.Application is null ? null : new SearchQuery(filter.Application);
        _quotaId = session.Subscription.Data.SubscriptionPolicies?.QuotaId;
    }

    /// <summary>Streams the images that the filter names.</summary>
    public async IAsyncEnumerable<ImageSource> FindAsync()
    {
        try
        {
            List<string> met = [];
            await foreach (ImageSource source in FromAsync(UsualOrNamed(met)).ConfigureAwait(false))
            {
                yield return source;
            }

            if (LooksFurther())
            {
                await foreach (ImageSource source in FromAsync(OthersAsync(met)).ConfigureAwait(false))
                {
                    yield return source;
                }
            }
        }
        finally
        {
            _reader.Flush();
            _failures.Finish();
            if (_ending > MostWarnings)
            {
                _context.Log.Warning($"{_ending - MostWarnings} more images are about to be deprecated: see their EndOfLife.");
            }
        }
    }

    private async IAsyncEnumerable<ImageSource> FromAsync(IAsyncEnumerable<string> publishers)
    {
        IAsyncEnumerable<MarketplaceName> skus = publishers
            .SelectManyConcurrentlyAsync(Concurrency, OffersAsync, _context.Cancellation)
            .SelectManyConcurrentlyAsync(Concurrency, SkusAsync, _context.Cancellation);
        await foreach (ImageSource source in (_search is null ? skus : RankedAsync(skus, _search))
            .SelectManyConcurrentlyAsync(Concurrency, VersionsAsync, _context.Cancellation).ConfigureAwait(false))
        {
            yield return source;
        }
    }

    /// <summary>Of all names the best first: they have to be known before the first is told.</summary>
    private static async IAsyncEnumerable<MarketplaceName> RankedAsync(IAsyncEnumerable<MarketplaceName> skus, SearchQuery search)
    {
        List<(MarketplaceName Name, double Rank)> found = [];
        await foreach (MarketplaceName sku in skus.ConfigureAwait(false))
        {
            if (search.Rank((sku.Publisher, 1), (sku.Offer, 1.5), (sku.Sku, 1.5)) is { } rank)
            {
                found.Add((sku, rank));
            }
        }

        foreach ((MarketplaceName name, _) in found.OrderByDescending(static entry => entry.Rank).ThenBy(static entry => entry.Name.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            yield return name;
        }
    }

    private bool LooksFurther() => _filter.Publishers.Any(static publisher => !ImageSourceFilter.PatternOf(publisher).IsLiteral) || (_filter.Publishers.Count == 0 && _filter.LooksEverywhere);

    /// <summary>The publishers that are known without asking: those that are named, else the usual ones.</summary>
    private async IAsyncEnumerable<string> UsualOrNamed(List<string> met)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        IEnumerable<string> known = _filter.Publishers.Count == 0
            ? ImageSourceService.DefaultPublishers
            : _filter.Publishers.Select(ImageSourceFilter.PatternOf).Where(static pattern => pattern.IsLiteral).Select(static pattern => pattern.Literal);
        foreach (string publisher in known.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            met.Add(publisher);
            yield return publisher;
        }
    }

    private async IAsyncEnumerable<string> OthersAsync(List<string> met)
    {
        List<Wildcard> patterns = _filter.Publishers.Count == 0 ? [ImageSourceFilter.PatternOf(null)] : [.. _filter.Publishers.Select(ImageSourceFilter.PatternOf)];
        HashSet<string> seen = new(met, StringComparer.OrdinalIgnoreCase);
        foreach (string publisher in await _reader.PublishersAsync(_context.Cancellation).ConfigureAwait(false))
        {
            if (patterns.Exists(pattern => pattern.Matches(publisher)) && seen.Add(publisher))
            {
                yield return publisher;
            }
        }
    }

    private Task<IReadOnlyList<MarketplaceName>> OffersAsync(string publisher, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(_filter.Offer);
        return _failures.OrNoneAsync<MarketplaceName>(
            async () =>
            {
                List<MarketplaceName> offers = [];
                foreach (string offer in await _reader.OffersAsync(publisher, cancellation).ConfigureAwait(false))
                {
                    _sought.Meet(SoughtPart.Publisher, publisher);
                    _sought.Meet(SoughtPart.Offer, offer);
                    if (pattern.Matches(offer))
                    {
                        offers.Add(new MarketplaceName(publisher, offer));
                    }
                }

                return offers;
            },
            () => _sought.MeetAll(SoughtPart.Publisher));
    }

    private Task<IReadOnlyList<MarketplaceName>> SkusAsync(MarketplaceName offer, CancellationToken cancellation)
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(_filter.Sku);
        Wildcard named = ImageSourceFilter.PatternOf(_filter.Name);
        return _failures.OrNoneAsync<MarketplaceName>(
            async () =>
            {
                List<MarketplaceName> skus = [];
                foreach (string sku in await _reader.SkusAsync(offer, cancellation).ConfigureAwait(false))
                {
                    _sought.Meet(SoughtPart.Sku, sku);
                    _sought.Meet(SoughtPart.Name, sku);
                    if (pattern.Matches(sku) && named.Matches(sku) && (_application is null || _application.Rank((offer.Publisher, 1), (offer.Offer, 1), (sku, 1)) is not null))
                    {
                        skus.Add(offer with { Sku = sku });
                    }
                }

                return skus;
            },
            () => _sought.MeetAll(SoughtPart.Sku));
    }

    private Task<IReadOnlyList<ImageSource>> VersionsAsync(MarketplaceName sku, CancellationToken cancellation) => _failures.OrNoneAsync<ImageSource>(
        async () =>
        {
            Wildcard pattern = ImageSourceFilter.PatternOf(_filter.NamedVersion);
            bool isNamed = _filter.NamedVersion is not null && pattern.IsLiteral;
            List<MarketplaceVersion> matching = [];
            foreach (MarketplaceVersion version in await _reader.VersionsAsync(sku, cancellation).ConfigureAwait(false))
            {
                _sought.Meet(SoughtPart.Version, version.Number);
                if (!pattern.Matches(version.Number))
                {
                    continue;
                }

                if (version.IsDeprecated && !_filter.IncludeDeprecated && !isNamed)
                {
                    _context.Log.Verbose($"{sku with { Version = version.Number }} is deprecated: no machine can be made of it. -IncludeDeprecated lists it all the same.");
                    continue;
                }

                matching.Add(version);
            }

            IEnumerable<MarketplaceVersion> ordered = matching.OrderByDescending(static version => version.Number, VersionOrder.Instance);
            List<ImageSource> sources = [];
            foreach (MarketplaceVersion version in _filter.AllVersions ? ordered : ordered.Take(1))
            {
                ImageSource source = await ToSourceAsync(sku with { Version = version.Number }, version).ConfigureAwait(false);
                sources.Add(source);
                WarnOfEnd(source, version);
            }

            return sources;
        },
        () => _sought.MeetAll(SoughtPart.Version));

    private void WarnOfEnd(ImageSource source, MarketplaceVersion version)
    {
        if (version.EndOfLife is not { } end || !(version.IsDeprecated || string.Equals(version.State, "ScheduledForDeprecation", StringComparison.OrdinalIgnoreCase)) || Interlocked.Increment(ref _ending) > MostWarnings)
        {
            return;
        }

        string when = version.IsDeprecated ? $"has been deprecated since {end:yyyy-MM-dd}: no machine can be made of it" : $"is deprecated from {end:yyyy-MM-dd} on: no machine can be made of it then";
        _context.Log.Warning($"{source.Urn} {when}.{(source.Alternative is { } other ? $" Azure names {other} instead." : string.Empty)}");
    }

    private async Task<ImageSource> ToSourceAsync(MarketplaceName name, MarketplaceVersion version)
    {
        string? benefit = LicenseBenefits.RequiredBy(name.Publisher, name.Offer, name.Sku);
        return new ImageSource
        {
            Kind = ImageSourceKind.Marketplace,
            Name = name.Sku,
            Location = _location.Name,
            Locations = [_location.Name],
            Urn = name.ToString(),
            Publisher = name.Publisher,
            Offer = name.Offer,
            Sku = name.Sku,
            Version = name.Version,
            OsType = version.OsType,
            Architecture = version.Architecture,
            HyperVGeneration = version.Generation,
            SecurityType = version.SecurityType ?? SecurityTypes.Standard,
            DiskControllerTypes = ControllerNames.Read(version.Controllers),
            OsState = OsState.Generalized,
            ImageType = version.DataDisks > 0 ? ImageType.VmImage : ImageType.OsImage,
            DataDiskCount = version.DataDisks,
            Plan = version.Plan is [var plan, var product, var publisher] ? new ImagePlan(plan, product, publisher) : null,
            TermsAccepted = version.Plan is [var ofPlan, var ofProduct, var ofPublisher] ? await _terms.IsAcceptedAsync(ofPublisher, ofProduct, ofPlan).ConfigureAwait(false) : null,
            BenefitRequired = benefit,
            BenefitAvailable = benefit is null ? null : LicenseBenefits.IsBroughtBy(_quotaId),
            SubscriptionQuotaId = benefit is null ? null : _quotaId,
            DeprecationState = version.State,
            EndOfLife = version.EndOfLife,
            Alternative = version.Alternative,
            OsDiskSizeGB = version.SizeGB,
        };
    }
}
