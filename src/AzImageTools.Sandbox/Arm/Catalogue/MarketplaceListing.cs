using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>Lists publishers, offers, SKUs and versions of the Marketplace.</summary>
internal sealed class MarketplaceListing(ArmStore store, Marketplace marketplace)
{
    private const string Publishers = "Microsoft.Compute/locations/publishers";
    private const string Artifacts = Publishers + "/artifacttypes";
    private const string Offers = Artifacts + "/offers";
    private const string Skus = Offers + "/skus";
    private const string Versions = Skus + "/versions";

    /// <returns>The answer; null where the path is not the Marketplace's.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!request.Type.StartsWith(Publishers, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // Location, publisher, artifact type, offer, SKU, version: as many as the path has.
        var names = request.Names;
        if (names.Count > 2 && !JsonReading.Same(names[2], "vmimage"))
        {
            throw NotFound();
        }

        if (request.HasName)
        {
            return Is(Versions) ? ArmReply.Ok(DescribeVersion(request, marketplace.Versions(names[1], names[3], names[4]).FirstOrDefault(image => JsonReading.Same(image.Version, names[5])) ?? throw NotFound(), withDetails: true)) : null;
        }

        return Is(Publishers) ? List(marketplace.Publishers(), name => IdOf(request, name))
            : Is(Offers) ? List(marketplace.Offers(names[1]), name => IdOf(request, names[1], name))
            : Is(Skus) ? List(marketplace.Skus(names[1], names[3]), name => IdOf(request, names[1], names[3], name))
            : Is(Versions) ? ListVersions(request, [.. marketplace.Versions(names[1], names[3], names[4])])
            : null;

        bool Is(string type) => JsonReading.Same(request.Type, type);

        HttpResponseMessage List(IEnumerable<string> all, Func<string, string> id)
        {
            var items = all.Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(name => name, StringComparer.OrdinalIgnoreCase).ToList();
            return items.Count == 0 ? throw NotFound() : ArmReply.Ok(new JsonArray([.. items.Select(name => DescribeName(names[0], name, id(name)))]));
        }
    }

    private static ArmException NotFound() => new(HttpStatusCode.NotFound, "NotFound", "Artifact: VMImage was not found.");

    private static string IdOf(ArmRequest request, MarketplaceImage image) => IdOf(request, image.Publisher, image.Offer, image.Sku, image.Version);

    private static JsonObject DescribeName(string location, string name, string id)
        => new JsonObject { ["location"] = location, ["name"] = name, ["id"] = id };

    private static string IdOf(ArmRequest request, string publisher, string? offer = null, string? sku = null, string? version = null)
        => "/Subscriptions/" + request.SubscriptionId + "/Providers/Microsoft.Compute/Locations/" + request.Names[0] + "/Publishers/" + publisher
            + (offer is null ? "" : "/ArtifactTypes/VMImage/Offers/" + offer)
            + (sku is null ? "" : "/Skus/" + sku)
            + (version is null ? "" : "/Versions/" + version);

    private HttpResponseMessage ListVersions(ArmRequest request, List<MarketplaceImage> images)
    {
        if (images.Count == 0)
        {
            throw NotFound();
        }

        var descending = request.Http.QueryValue("$orderby").IndexOf("desc", StringComparison.OrdinalIgnoreCase) >= 0;
        IEnumerable<MarketplaceImage> ordered = descending ? Enumerable.Reverse(images) : images;
        if (int.TryParse(request.Http.QueryValue("$top"), NumberStyles.None, CultureInfo.InvariantCulture, out var most))
        {
            ordered = ordered.Take(most);
        }

        var withDetails = request.Http.QueryValue("$expand").Length > 0;
        return ArmReply.Ok(new JsonArray([.. ordered.Select(image => DescribeVersion(request, image, withDetails))]));
    }

    private JsonObject DescribeVersion(ArmRequest request, MarketplaceImage image, bool withDetails)
    {
        var version = DescribeName(request.Names[0], image.Version, IdOf(request, image));
        if (withDetails)
        {
            version["properties"] = DescribeProperties(image);
        }

        return version;
    }

    private JsonObject DescribeProperties(MarketplaceImage image)
    {
        var features = new JsonArray(new JsonObject { ["name"] = "IsAcceleratedNetworkSupported", ["value"] = "True" });
        if (image.Generation is "V2")
        {
            features.Add(new JsonObject { ["name"] = "DiskControllerTypes", ["value"] = "SCSI, NVMe" });
        }

        if (image.SecurityType is not null)
        {
            features.Add(new JsonObject { ["name"] = "SecurityType", ["value"] = image.SecurityType });
        }

        var properties = new JsonObject
        {
            ["hyperVGeneration"] = image.Generation,
            ["architecture"] = image.Architecture,
            ["replicaType"] = "Managed",
            ["disallowed"] = new JsonObject { ["vmDiskType"] = "Unmanaged" },
            ["automaticOSUpgradeProperties"] = new JsonObject { ["automaticOSUpgradeSupported"] = !image.HasPlan },
            ["imageDeprecationStatus"] = DescribeDeprecation(image),
            ["features"] = features,
            ["osDiskImage"] = new JsonObject { ["operatingSystem"] = image.OsType, ["sizeInGb"] = image.DiskSize },
            ["dataDiskImages"] = new JsonArray(),
        };
        if (image.HasPlan)
        {
            properties["plan"] = new JsonObject { ["name"] = image.Sku, ["product"] = image.Offer, ["publisher"] = image.Publisher };
        }

        return properties;
    }

    private JsonObject DescribeDeprecation(MarketplaceImage image)
    {
        if (image.EndOfLife is not { } end)
        {
            return new JsonObject { ["imageState"] = "Active" };
        }

        return new JsonObject
        {
            ["imageState"] = end > store.Cloud.Now ? "ScheduledForDeprecation" : "Deprecated",
            ["scheduledDeprecationTime"] = end.ToString("O", CultureInfo.InvariantCulture),
        };
    }
}
