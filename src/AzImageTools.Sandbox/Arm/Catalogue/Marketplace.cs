using System.Globalization;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>The sandbox's Marketplace. Names, generations and sizes are those of the images it is modelled on; versions are examples.</summary>
internal sealed class Marketplace(SandboxOptions options)
{
    private readonly GeneratedMarketplace? _generated = options.Marketplace is { } size ? GeneratedMarketplace.Of(size) : null;

    private const string Windows = "Windows";
    private const string Linux = "Linux";
    private const string Server = "MicrosoftWindowsServer";
    private const string Client = "MicrosoftWindowsDesktop";

    public static IReadOnlyList<MarketplaceImage> Images { get; } =
    [
        new(Server, "WindowsServer", "2019-datacenter-gensecond", "17763.6775.250107") { OsType = Windows },
        new(Server, "WindowsServer", "2022-datacenter", "20348.2966.241205") { OsType = Windows, Generation = "V1", SecurityType = null },
        new(Server, "WindowsServer", "2022-datacenter", "20348.3091.250112") { OsType = Windows, Generation = "V1", SecurityType = null },
        new(Server, "WindowsServer", "2022-datacenter-g2", "20348.2966.241205") { OsType = Windows },
        new(Server, "WindowsServer", "2022-datacenter-g2", "20348.3091.250112") { OsType = Windows },
        new(Server, "WindowsServer", "2022-datacenter-azure-edition", "20348.3091.250112") { OsType = Windows },
        new(Server, "WindowsServer", "2025-datacenter-g2", "26100.2894.250113") { OsType = Windows },
        new(Server, "WindowsServer", "2025-datacenter-azure-edition", "26100.2894.250113") { OsType = Windows },
        new(Client, "windows-11", "win11-24h2-ent", "26100.2894.250113") { OsType = Windows },
        new(Client, "windows-11", "win11-24h2-pro", "26100.2894.250113") { OsType = Windows },
        new(Client, "windows-10", "win10-22h2-pro-g2", "19045.5371.250110")
        {
            OsType = Windows,
            EndOfLife = new DateTimeOffset(2025, 10, 14, 0, 0, 0, TimeSpan.Zero),
        },
        new("MicrosoftSQLServer", "sql2022-ws2022", "sqldev-gen2", "16.0.250113") { OsType = Windows },
        new("Canonical", "ubuntu-24_04-lts", "server", "24.04.202501060") { OsType = Linux, DiskSize = 30 },
        new("Canonical", "ubuntu-24_04-lts", "server", "24.04.202502210") { OsType = Linux, DiskSize = 30 },
        new("Canonical", "ubuntu-24_04-lts", "server-gen1", "24.04.202502210") { OsType = Linux, DiskSize = 30, Generation = "V1", SecurityType = null },
        new("Canonical", "ubuntu-24_04-lts", "server-arm64", "24.04.202502210") { OsType = Linux, DiskSize = 30, Architecture = "Arm64", SecurityType = null },
        new("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "22.04.202502180") { OsType = Linux, DiskSize = 30 },
        new("cognosys", "rocky-linux-9", "rocky-linux-9", "1.2024.1204") { OsType = Linux, DiskSize = 10, Generation = "V1", SecurityType = null, HasPlan = true },
    ];

    public IEnumerable<string> Publishers() => Images.Select(image => image.Publisher).Concat(_generated?.Publishers ?? []);

    public IEnumerable<string> Offers(string publisher)
        => Images.Where(image => JsonReading.Same(image.Publisher, publisher)).Select(image => image.Offer).Concat(_generated?.Offers(publisher) ?? []);

    public IEnumerable<string> Skus(string publisher, string offer)
        => Images.Where(image => JsonReading.Same(image.Publisher, publisher) && JsonReading.Same(image.Offer, offer)).Select(image => image.Sku)
            .Concat(_generated?.Skus(publisher, offer) ?? []);

    /// <summary>The versions of a SKU, in the order of their texts.</summary>
    public IEnumerable<MarketplaceImage> Versions(string? publisher, string? offer, string? sku)
        => Images.Where(image => JsonReading.Same(image.Publisher, publisher) && JsonReading.Same(image.Offer, offer) && JsonReading.Same(image.Sku, sku))
            .Concat(_generated?.Images(publisher ?? "", offer ?? "", sku ?? "") ?? [])
            .OrderBy(image => image.Version, StringComparer.Ordinal);

    /// <summary>The image that a reference names; <c>latest</c> stands for the newest version.</summary>
    public MarketplaceImage? Find(string? publisher, string? offer, string? sku, string? version)
    {
        var versions = Versions(publisher, offer, sku);
        return JsonReading.Same(version, "latest")
            ? versions.OrderBy(image => image.Version, NumericOrder.Instance).LastOrDefault()
            : versions.FirstOrDefault(image => JsonReading.Same(image.Version, version));
    }

    /// <summary>The plan of that name as its publisher writes it; null for none.</summary>
    public PurchasePlan? FindPlan(string publisher, string offer, string name)
        => Versions(publisher, offer, name).Where(image => image.HasPlan).Select(image => new PurchasePlan(image.Publisher, image.Offer, image.Sku)).FirstOrDefault();

    /// <summary>Versions by their numbers, part by part.</summary>
    private sealed class NumericOrder : IComparer<string>
    {
        public static NumericOrder Instance { get; } = new();

        public int Compare(string? x, string? y)
        {
            var left = Parts(x);
            var right = Parts(y);
            return left.Zip(right, (one, other) => one.CompareTo(other)).FirstOrDefault(order => order != 0) is var order and not 0 ? order : left.Length.CompareTo(right.Length);
        }

        private static long[] Parts(string? version)
            => [.. (version ?? "").Split('.').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];
    }
}

/// <summary>One version of an image in the Marketplace.</summary>
internal sealed record MarketplaceImage(string Publisher, string Offer, string Sku, string Version)
{
    public required string OsType { get; init; }

    public string Generation { get; init; } = "V2";

    public string Architecture { get; init; } = "x64";

    /// <summary>The guest that it brings, by the name of its disk; null for none that the sandbox has.</summary>
    public string? Guest => OsType is "Windows" ? Generation is "V2" ? "windows-generalized" : "windows-mbr-generalized" : Architecture is "x64" ? "linux-deprovisioned" : null;

    /// <summary>In GiB.</summary>
    public int DiskSize { get; init; } = 127;

    /// <summary>What the image says of Trusted Launch; null for nothing.</summary>
    public string? SecurityType { get; init; } = "TrustedLaunchSupported";

    /// <summary>Whether a purchase plan, named as the SKU is, must be given.</summary>
    public bool HasPlan { get; init; }

    /// <summary>From when on it can't be deployed any more; null for never.</summary>
    public DateTimeOffset? EndOfLife { get; init; }
}
