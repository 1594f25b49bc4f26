using System.Collections.Concurrent;
using System.Globalization;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>
/// A Marketplace of any size, made of numbers: a name ends with the number of what it names, and everything else follows from the number. Some publishers
/// have many offers and most have few, as in Azure.
/// </summary>
internal sealed class GeneratedMarketplace
{
    private static readonly ConcurrentDictionary<SandboxMarketplace, GeneratedMarketplace> Made = new();

    private static readonly string[] Vendors = ["contoso", "fabrikam", "northwind", "adatum", "tailspin", "wingtip", "litware", "proseware", "woodgrove", "fourthcoffee"];

    private static readonly string[] Products =
    [
        "firewall", "wordpress", "sql-server", "jenkins", "ubuntu-hardened", "rhel-cis", "vpn-gateway", "gitlab", "windows-server-cis", "mongodb",
        "kafka", "backup", "data-science", "nginx", "load-balancer", "security-scanner",
    ];

    private static readonly string[] Plans = ["standard", "byol", "payg", "enterprise", "basic", "developer"];

    private readonly int[] _offers;
    private readonly int[] _skus;
    private readonly int[] _versions;

    private GeneratedMarketplace(SandboxMarketplace size)
    {
        _offers = Share(size.Publishers, size.Offers);
        _skus = Share(size.Offers, size.Skus);
        _versions = Share(size.Skus, size.Versions);
    }

    /// <summary>The Marketplace of that size.</summary>
    public static GeneratedMarketplace Of(SandboxMarketplace size) => Made.GetOrAdd(size, static size => new GeneratedMarketplace(size));

    public IEnumerable<string> Publishers => Enumerable.Range(0, _offers.Length - 1).Select(PublisherName);

    /// <summary>The offers of a publisher; none where there is no such publisher.</summary>
    public IEnumerable<string> Offers(string publisher)
        => Find(publisher, _offers.Length - 1, PublisherName) is { } found ? Within(_offers, found).Select(OfferName) : [];

    public IEnumerable<string> Skus(string publisher, string offer) => FindOffer(publisher, offer) is { } found ? Within(_skus, found).Select(SkuName) : [];

    /// <summary>All versions of a SKU; none where there is no such SKU.</summary>
    public IEnumerable<MarketplaceImage> Images(string publisher, string offer, string sku)
    {
        if (FindOffer(publisher, offer) is not { } inOffer || Find(sku, _versions.Length - 1, SkuName) is not { } found || found < _skus[inOffer] || found >= _skus[inOffer + 1])
        {
            return [];
        }

        return Enumerable.Range(0, _versions[found + 1] - _versions[found])
            .Select(index => Describe(PublisherName(Find(publisher, _offers.Length - 1, PublisherName)!.Value), OfferName(inOffer), found, index));
    }

    private static MarketplaceImage Describe(string publisher, string offer, int sku, int index)
    {
        var isWindows = offer.StartsWith("windows", StringComparison.Ordinal) || offer.StartsWith("sql", StringComparison.Ordinal);
        var isOld = sku % 5 == 0;
        var isArm = !isWindows && !isOld && sku % 17 == 3;
        return new MarketplaceImage(publisher, offer, SkuName(sku), Version(sku, index))
        {
            OsType = isWindows ? "Windows" : "Linux",
            Generation = isOld ? "V1" : "V2",
            Architecture = isArm ? "Arm64" : "x64",
            SecurityType = isOld || isArm ? null : "TrustedLaunchSupported",
            DiskSize = isWindows ? 127 : 30,
            HasPlan = sku % 3 != 1,
            EndOfLife = sku % 50 == 7 ? new DateTimeOffset(2025, 6, 30, 0, 0, 0, TimeSpan.Zero) : null,
        };
    }

    /// <summary>Numbers that cross ten, so that the order of texts is not that of numbers.</summary>
    private static string Version(int sku, int index)
        => string.Join(".", new[] { 1 + (sku % 3), 7 + index, 20240000 + (index * 100) + (sku % 28) }.Select(static part => part.ToString(CultureInfo.InvariantCulture)));

    private static string PublisherName(int index) => Vendors[index % Vendors.Length] + Number(index);

    private static string OfferName(int index) => Products[(index * 7) % Products.Length] + "-" + Number(index);

    private static string SkuName(int index) => Plans[(index * 5) % Plans.Length] + (index % 5 == 0 ? "-" : "-gen2-") + Number(index);

    private static string Number(int index) => index.ToString("D5", CultureInfo.InvariantCulture);

    private static IEnumerable<int> Within(int[] starts, int parent) => Enumerable.Range(starts[parent], starts[parent + 1] - starts[parent]);

    /// <summary>Which of so many has that name; null for none.</summary>
    private static int? Find(string name, int count, Func<int, string> nameOf)
    {
        const int Digits = 5;
        return name.Length > Digits
            && int.TryParse(name.Substring(name.Length - Digits), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < count
            && JsonReading.Same(nameOf(index), name)
                ? index
                : null;
    }

    /// <summary>Where the children of each parent begin: each parent has one, and the rest go by chance, but the same each time, to the first rather than the last.</summary>
    private static int[] Share(int parents, int children)
    {
        var counts = new int[parents];
        var state = 2_463_534_242u;
        for (var child = 0; child < children; child++)
        {
            // Xorshift (Marsaglia 2003).
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            var chance = state / (double)uint.MaxValue;
            counts[child < parents ? child : Math.Min(parents - 1, (int)(parents * chance * Math.Sqrt(chance)))]++;
        }

        var starts = new int[parents + 1];
        for (var parent = 0; parent < parents; parent++)
        {
            starts[parent + 1] = starts[parent] + counts[parent];
        }

        return starts;
    }

    private int? FindOffer(string publisher, string offer)
        => Find(publisher, _offers.Length - 1, PublisherName) is { } of
            && Find(offer, _skus.Length - 1, OfferName) is { } found
            && found >= _offers[of] && found < _offers[of + 1]
                ? found
                : null;
}
