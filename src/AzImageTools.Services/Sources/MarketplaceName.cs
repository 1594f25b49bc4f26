namespace AzImageTools.Services.Sources;

/// <summary>A Marketplace image's name, as far as it is known.</summary>
internal sealed record MarketplaceName(string Publisher, string Offer, string Sku = "", string Version = "")
{
    /// <summary>The URN.</summary>
    public override string ToString() => string.Join(":", new[] { Publisher, Offer, Sku, Version }.Where(part => part.Length > 0));
}
