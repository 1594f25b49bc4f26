using System.Text.Json;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Graph;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using AzImageTools.Services.Sources.Marketplace;
using Azure.Core;

namespace AzImageTools.Services.Retire;

/// <summary>Finds what was made of images, in all subscriptions that the sign-in sees, by one question to Resource Graph; and one to the Marketplace for each of its SKUs that versions came from.</summary>
/// <param name="session">The session.</param>
public sealed class ImageConsumerService(ImageSession session)
{
    private const string MachineType = "microsoft.compute/virtualmachines";
    private const string ScaleSetType = "microsoft.compute/virtualmachinescalesets";
    private const string VersionType = "microsoft.compute/galleries/images/versions";
    private const string Versions = "/versions/";

    /// <summary>What nobody can see here, for messages.</summary>
    public const string Unseen = "Machines of other tenants, host pools, image templates, and what the sign-in may not read are not seen.";

    /// <summary>Lists machines and scale sets with the own image that each was made of, and image versions and definitions with the image that they came from.</summary>
    /// <param name="imageId">The id of a managed image, image definition or version, or a URN of the Marketplace with or without a version; null for all.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <param name="asksMarketplace">Whether the Marketplace is asked for newer versions of what image versions came from.</param>
    /// <exception cref="ImageServiceException">Resource Graph refused or could not be reached.</exception>
    public async Task<IReadOnlyList<ImageConsumer>> FindAsync(string? imageId, OperationContext context, bool asksMarketplace = true)
    {
        _ = context ?? throw new ArgumentNullException(nameof(context));
        Dictionary<string, List<(string Number, bool IsExcluded)>> versions = new(StringComparer.OrdinalIgnoreCase);
        List<Found> found = [];
        string query = $"Resources | where type in~ ('{MachineType}', '{ScaleSetType}', '{VersionType}') | project id, name, type, location, resourceGroup, subscriptionId, properties, tags | order by id asc";
        ResourceGraph graph = new(session);
        await foreach (JsonElement row in graph.RowsAsync(query, "Listing machines and image versions", context).ConfigureAwait(false))
        {
            Note(row, versions);
            if (Read(row) is { } one)
            {
                found.Add(one);
            }
        }

        found.AddRange([.. found.Where(static one => one.Consumer.Kind == ImageConsumerKind.ImageVersion).GroupBy(static one => DefinitionOf(one.Consumer.Id), StringComparer.OrdinalIgnoreCase).Select(AsDefinition)]);
        if (imageId is not null)
        {
            found.RemoveAll(one => !IsOf(one.Consumer, imageId));
        }

        foreach (string hidden in await graph.HiddenSubscriptionsAsync(context).ConfigureAwait(false))
        {
            context.Log.Warning($"Subscription {hidden} is not looked through: the sign-in may not read it.");
        }

        IReadOnlyDictionary<MarketplaceName, string> newest = asksMarketplace ? await NewestAsync(found, context).ConfigureAwait(false) : new Dictionary<MarketplaceName, string>();
        return [.. found.Select(one => WithLatest(one, versions, newest))];
    }

    private static bool IsOf(ImageConsumer consumer, string imageId)
    {
        string wanted = ImageName.Parse(imageId) is { Sku: { } sku } name ? string.Join(":", new[] { sku.ToString(), name.Version }.OfType<string>()) : imageId.TrimEnd('/');
        string separator = consumer.ImageId.StartsWith("/", StringComparison.Ordinal) ? Versions : ":";
        string whole = consumer.ImageVersion is { } version ? consumer.ImageId + separator + version : consumer.ImageId;
        return string.Equals(consumer.ImageId, wanted, StringComparison.OrdinalIgnoreCase)
            || string.Equals(whole, wanted, StringComparison.OrdinalIgnoreCase)

            // Which version it was is not told: it may be this one.
            || (consumer.ImageVersion is null && wanted.StartsWith(consumer.ImageId + separator, StringComparison.OrdinalIgnoreCase));
    }

    private static string DefinitionOf(string version) => version.Substring(0, version.IndexOf(Versions, StringComparison.OrdinalIgnoreCase));

    private static void Note(JsonElement row, Dictionary<string, List<(string Number, bool IsExcluded)>> versions)
    {
        if (ArmDocuments.Text(row, "id") is { } id && id.IndexOf(Versions, StringComparison.OrdinalIgnoreCase) is > 0 and var at && ArmDocuments.Text(row, "properties", "provisioningState") is null or "Succeeded" or "Updating")
        {
            string definition = id.Substring(0, at);
            if (!versions.TryGetValue(definition, out List<(string Number, bool IsExcluded)>? known))
            {
                versions.Add(definition, known = []);
            }

            bool isExcluded = row.GetProperty("properties").TryGetProperty("publishingProfile", out JsonElement profile)
                && profile.TryGetProperty("excludeFromLatest", out JsonElement excluded) && excluded.ValueKind == JsonValueKind.True;
            known.Add((id.Substring(at + Versions.Length), isExcluded));
        }
    }

    private static Found? Read(JsonElement row)
    {
        (ImageConsumerKind Kind, string[] Path)? place = ArmDocuments.Text(row, "type")?.ToLowerInvariant() switch
        {
            MachineType => (ImageConsumerKind.VirtualMachine, ["properties", "storageProfile", "imageReference"]),
            ScaleSetType => (ImageConsumerKind.ScaleSet, ["properties", "virtualMachineProfile", "storageProfile", "imageReference"]),
            VersionType => (ImageConsumerKind.ImageVersion, ["properties", "storageProfile", "source"]),
            _ => null,
        };
        if (place is not var (kind, path) || ArmDocuments.Text(row, "id") is not { } id)
        {
            return null;
        }

        string? told = kind == ImageConsumerKind.ImageVersion ? ArmDocuments.Text(row, "tags", VersionOrigin.BaseTag) : null;
        ImageName? from = ImageName.Parse(told);
        if ((ImageName.Parse(ArmDocuments.Text(row, [.. path, "id"])) ?? from) is not { } image)
        {
            return null;
        }

        ImageConsumer consumer = new()
        {
            Kind = kind,
            Id = id,
            Name = ArmDocuments.Text(row, "name") ?? string.Empty,
            ResourceGroupName = new ResourceIdentifier(id).ResourceGroupName,
            Location = ArmDocuments.Text(row, "location"),
            SubscriptionId = ArmDocuments.Text(row, "subscriptionId"),
            ImageId = image.Image,
            ImageVersion = image.Version ?? ArmDocuments.Text(row, [.. path, "exactVersion"]),
            BaseImage = told,
        };
        return new Found(consumer, image, from);
    }

    /// <summary>A definition, as its newest version has it.</summary>
    private static Found AsDefinition(IGrouping<string, Found> versions)
    {
        Found newest = versions.OrderByDescending(static version => version.Consumer.Name, VersionOrder.Instance).First();
        return newest with { Consumer = newest.Consumer with { Kind = ImageConsumerKind.ImageDefinition, Id = versions.Key, Name = versions.Key.Substring(versions.Key.LastIndexOf('/') + 1) } };
    }

    private static ImageConsumer WithLatest(Found found, Dictionary<string, List<(string Number, bool IsExcluded)>> versions, IReadOnlyDictionary<MarketplaceName, string> newest)
    {
        string? latest = Latest(found.Image), latestBase = Latest(found.Base);
        return found.Consumer with
        {
            LatestVersion = latest,
            IsOutdated = ImageName.IsOlder(found.Consumer.ImageVersion, latest),
            LatestBaseVersion = latestBase,
            IsBaseOutdated = ImageName.IsOlder(found.Base?.Version, latestBase),
        };

        string? Latest(ImageName? image) => image switch
        {
            null => null,
            { Sku: { } sku } => newest.TryGetValue(sku, out string? number) ? number : null,
            _ => versions.TryGetValue(image.Image, out List<(string Number, bool IsExcluded)>? known)
                ? known.Where(static version => !version.IsExcluded).Select(static version => version.Number).OrderByDescending(static number => number, VersionOrder.Instance).FirstOrDefault()
                : null,
        };
    }

    /// <summary>The newest versions of the Marketplace's SKUs that versions came from, in the region of one of them; a SKU that can't be read costs a warning.</summary>
    private async Task<IReadOnlyDictionary<MarketplaceName, string>> NewestAsync(IEnumerable<Found> found, OperationContext context)
    {
        var skus = found.SelectMany(static one => new[] { one.Image.Sku, one.Base?.Sku }.OfType<MarketplaceName>().Select(sku => (Sku: sku, one.Consumer.Location)))
            .Where(static one => one.Location is not null).GroupBy(static one => one.Sku).Select(static same => (Sku: same.Key, same.First().Location)).ToList();
        Dictionary<string, MarketplaceReader> readers = skus.Select(static one => new AzureLocation(one.Location!).Name).Distinct(StringComparer.Ordinal)
            .ToDictionary(static name => name, name => new MarketplaceReader(session, new AzureLocation(name), isRefreshed: false, context), StringComparer.Ordinal);
        (MarketplaceName Sku, string? Number)[] read = await Task.WhenAll(skus.Select(async Task<(MarketplaceName, string?)> (one) =>
        {
            try
            {
                MarketplaceVersion[] versions = await readers[new AzureLocation(one.Location!).Name].VersionsAsync(one.Sku, context.Cancellation).ConfigureAwait(false);
                return (one.Sku, versions.Where(static version => !version.IsDeprecated).Select(static version => version.Number).OrderByDescending(static number => number, VersionOrder.Instance).FirstOrDefault());
            }
            catch (ImageServiceException problem)
            {
                context.Log.Warning($"Whether {one.Sku} has a newer version is not seen: {problem.Message}");
                return (one.Sku, null);
            }
        })).ConfigureAwait(false);
        foreach (MarketplaceReader reader in readers.Values)
        {
            reader.Flush();
        }

        return read.Where(static one => one.Number is not null).ToDictionary(static one => one.Sku, static one => one.Number!);
    }

    /// <param name="Consumer">What was made.</param>
    /// <param name="Image">What it was made of.</param>
    /// <param name="Base">What that came from at first; null where nothing tells.</param>
    private sealed record Found(ImageConsumer Consumer, ImageName Image, ImageName? Base);
}
