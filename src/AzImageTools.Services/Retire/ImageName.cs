using AzImageTools.Services.Sources;
using AzImageTools.Services.Sources.Marketplace;

namespace AzImageTools.Services.Retire;

/// <summary>An image with its version, as a reference or a tag names it.</summary>
/// <param name="Image">A managed image's or image definition's id, or <c>publisher:offer:sku</c>.</param>
/// <param name="Version">The version; null where it has none, or it is not told which.</param>
internal sealed record ImageName(string Image, string? Version)
{
    private const string Versions = "/versions/";
    private const int UrnParts = 4;

    /// <summary>Of the Marketplace the SKU; null for others.</summary>
    public MarketplaceName? Sku { get; private init; }

    /// <summary>Reads an id or a URN; null where it is neither of an image.</summary>
    public static ImageName? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        string[] parts = text!.Split(':');
        if (parts.Length == UrnParts && Array.TrueForAll(parts, static part => part.Length > 0))
        {
            return OfMarketplace(parts[0], parts[1], parts[2], parts[3]);
        }

        string[] path = text.Split('/');
        if (After("publishers") is { } publisher && After("offers") is { } offer && After("skus") is { } sku && After("versions") is { } number)
        {
            return OfMarketplace(publisher, offer, sku, number);
        }

        // A managed image, or one of a gallery: versions are made of disks and machines too.
        if (text[0] != '/' || text.IndexOf("/images/", StringComparison.OrdinalIgnoreCase) < 0)
        {
            return null;
        }

        int at = text.IndexOf(Versions, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? new ImageName(text, Version: null) : new ImageName(text.Substring(0, at), text.Substring(at + Versions.Length));

        string? After(string name)
        {
            int index = Array.FindIndex(path, part => string.Equals(part, name, StringComparison.OrdinalIgnoreCase));
            return index >= 0 && index + 1 < path.Length && path[index + 1].Length > 0 ? path[index + 1] : null;
        }
    }

    /// <summary>Whether a version is older than another; null where one of the two is not known.</summary>
    public static bool? IsOlder(string? version, string? latest) => version is null || latest is null ? null : VersionOrder.Instance.Compare(version, latest) < 0;

    private static ImageName OfMarketplace(string publisher, string offer, string sku, string version)
    {
        MarketplaceName name = new(publisher, offer, sku);
        return new ImageName(name.ToString(), string.Equals(version, "latest", StringComparison.OrdinalIgnoreCase) ? null : version) { Sku = name };
    }
}
