namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>One version of an image in the Marketplace.</summary>
internal sealed record MarketplaceImage(string Publisher, string Offer, string Sku, string Version)
{
    public required string OsType { get; init; }

    public string Generation { get; init; } = "V2";

    public string Architecture { get; init; } = "x64";

    /// <summary>In GiB.</summary>
    public int DiskSize { get; init; } = 127;

    /// <summary>What the image says of Trusted Launch; null for nothing.</summary>
    public string? SecurityType { get; init; } = "TrustedLaunchSupported";

    /// <summary>Whether a purchase plan, named as the SKU is, must be given.</summary>
    public bool HasPlan { get; init; }

    /// <summary>From when on it can't be deployed any more; null for never.</summary>
    public DateTimeOffset? EndOfLife { get; init; }
}
