using System.Runtime.CompilerServices;
using System.Text.Json;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Sources.Marketplace;

/// <summary>Reads the Marketplace of a region: names level by level, versions with all that is told of them in one answer a SKU; from the cache where that is new enough.</summary>
internal sealed class MarketplaceReader
{
    private const int MostEntries = 100_000;

    private static readonly ConditionalWeakTable<ImageSession, ReadGate> Gates = new();

    private readonly ArmDocuments _documents;
    private readonly MarketplaceCache _cache;
    private readonly ReadGate _gate;
    private readonly OperationContext _context;
    private readonly bool _isRefreshed;

    /// <param name="session">The session.</param>
    /// <param name="location">The region.</param>
    /// <param name="isRefreshed">Whether what is kept is read anew.</param>
    /// <param name="context">Log and clock.</param>
    public MarketplaceReader(ImageSession session, AzureLocation location, bool isRefreshed, OperationContext context)
    {
        _documents = new ArmDocuments(session.Arm, new ResourceIdentifier($"/subscriptions/{session.Context.SubscriptionId}/providers/Microsoft.Compute/locations/{location.Name}"), ApiVersions.Marketplace);
        _cache = MarketplaceCache.Of(session, location.Name);
        _gate = Gates.GetValue(session, _ => new ReadGate(context.Time));
        _context = context;
        _isRefreshed = isRefreshed;
    }

    /// <summary>All publishers.</summary>
    public Task<string[]> PublishersAsync(CancellationToken cancellation) => NamesAsync("the publishers", [], cancellation);

    /// <summary>A publisher's offers; none where there is no such publisher.</summary>
    public Task<string[]> OffersAsync(string publisher, CancellationToken cancellation) => NamesAsync($"the offers of {publisher}", [publisher], cancellation);

    /// <summary>An offer's SKUs.</summary>
    public Task<string[]> SkusAsync(MarketplaceName offer, CancellationToken cancellation) => NamesAsync($"the SKUs of {offer}", [offer.Publisher, offer.Offer], cancellation);

    /// <summary>A SKU's versions, in no order.</summary>
    public async Task<MarketplaceVersion[]> VersionsAsync(MarketplaceName sku, CancellationToken cancellation)
    {
        string key = string.Join("/", sku.Publisher, sku.Offer, sku.Sku);
        if (!_isRefreshed && _cache.FindVersions(key, _context.Time.GetUtcNow()) is { } kept)
        {
            return kept;
        }

        string path = PathOf([sku.Publisher, sku.Offer, sku.Sku]);
        MarketplaceVersion[] versions = await ReadAsync($"the versions of {sku}", path, "&$expand=properties", MarketplaceVersion.From, cancellation).ConfigureAwait(false);
        for (int index = 0; index < versions.Length; index++)
        {
            // A cloud whose lists tell numbers alone is asked for each; there is none such known.
            if (!versions[index].HasDetails)
            {
                versions[index] = await DetailsAsync(sku, path, versions[index], cancellation).ConfigureAwait(false);
            }
        }

        _cache.Keep(key, _context.Time.GetUtcNow(), versions);
        return versions;
    }

    /// <summary>Keeps what was read for later sessions.</summary>
    public void Flush() => _cache.Flush();

    private async Task<string[]> NamesAsync(string what, string[] above, CancellationToken cancellation)
    {
        string key = string.Join("/", above);
        if (!_isRefreshed && _cache.FindNames(key, _context.Time.GetUtcNow()) is { } kept)
        {
            return kept;
        }

        string[] names = await ReadAsync(what, PathOf(above), string.Empty, static entry => ArmDocuments.Text(entry, "name") is { Length: > 0 } name ? name : null, cancellation).ConfigureAwait(false);
        if (names.Length > 0)
        {
            _cache.Keep(key, _context.Time.GetUtcNow(), names);
        }

        return names;
    }

    private Task<MarketplaceVersion> DetailsAsync(MarketplaceName sku, string path, MarketplaceVersion version, CancellationToken cancellation)
        => AzureErrors.CallAsync($"Reading the image {sku with { Version = version.Number }}", sku.ToString(), async () =>
        {
            BinaryData? content = await GetAsync($"{path}/{Uri.EscapeDataString(version.Number)}", string.Empty, cancellation).ConfigureAwait(false);
            if (content is null)
            {
                return version;
            }

            using JsonDocument document = JsonDocument.Parse(content);
            return MarketplaceVersion.From(document.RootElement) ?? version;
        });

    private Task<T[]> ReadAsync<T>(string what, string path, string query, Func<JsonElement, T?> select, CancellationToken cancellation)
        where T : class => AzureErrors.CallAsync($"Listing {what}", path, async () =>
        {
            if (await GetAsync(path, query, cancellation).ConfigureAwait(false) is not { } content)
            {
                return [];
            }

            using JsonDocument document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() > MostEntries)
            {
                throw new RequestFailedException(200, $"The service's list of {what} is none, or has more than {MostEntries} entries.", "InvalidAnswer", innerException: null);
            }

            return document.RootElement.EnumerateArray().Select(select).OfType<T>().ToArray();
        });

    private Task<BinaryData?> GetAsync(string path, string query, CancellationToken cancellation)
        => _gate.RunAsync(() => _documents.ReadManyAsync(path, query, _gate, cancellation), cancellation);

    /// <summary>The list below a publisher, offer, SKU.</summary>
    private static string PathOf(string[] names)
    {
        string[] escaped = [.. names.Select(Uri.EscapeDataString)];
        return escaped.Length switch
        {
            0 => "publishers",
            1 => $"publishers/{escaped[0]}/artifacttypes/vmimage/offers",
            2 => $"publishers/{escaped[0]}/artifacttypes/vmimage/offers/{escaped[1]}/skus",
            _ => $"publishers/{escaped[0]}/artifacttypes/vmimage/offers/{escaped[1]}/skus/{escaped[2]}/versions",
        };
    }
}

/// <summary>A Marketplace image's name, as far as it is known.</summary>
internal sealed record MarketplaceName(string Publisher, string Offer, string Sku = "", string Version = "")
{
    /// <summary>The URN.</summary>
    public override string ToString() => string.Join(":", new[] { Publisher, Offer, Sku, Version }.Where(part => part.Length > 0));
}
