using AzImageTools.Disks;
using AzImageTools.Disks.Items;

namespace AzImageTools.Services.Sources;

/// <summary>Reads the id, or the URN, of one image as what has to be looked for.</summary>
public static class SourceId
{
    private static readonly char[] Slash = ['/'];

    /// <summary>The filter that finds just what an id names: of a definition without a version, its latest.</summary>
    /// <param name="id">An id of a managed image, of a gallery's definition or version, of a community or shared gallery's image, or of a Marketplace image.</param>
    /// <param name="filter">What is asked besides.</param>
    /// <returns>The filter, and the subscription that it is about; null for the session's.</returns>
    /// <exception cref="ImageServiceException">It is no id of an image (ImageIdInvalid).</exception>
    public static (ImageSourceFilter Filter, string? SubscriptionId) Read(string id, ImageSourceFilter filter)
    {
        _ = filter ?? throw new ArgumentNullException(nameof(filter));
        string[] parts = (id ?? throw new ArgumentNullException(nameof(id))).Split(Slash, StringSplitOptions.RemoveEmptyEntries);
        if (After("communityGalleries") is { } community && After("images") is { } image)
        {
            return (filter with { Kinds = [ImageSourceKind.CommunityGallery], CommunityGalleries = [community], Name = Wildcard.Escape(image), Version = After("versions") }, null);
        }

        if (After("sharedGalleries") is { } shared && After("images") is { } sharedImage)
        {
            return (filter with { Kinds = [ImageSourceKind.SharedGallery], SharedGalleries = [shared], Name = Wildcard.Escape(sharedImage), Version = After("versions") }, null);
        }

        if (After("publishers") is { } publisher && After("offers") is { } offer && After("skus") is { } sku)
        {
            return (OfUrn(string.Join(":", publisher, offer, sku, After("versions") ?? "latest"), filter) with { Location = filter.Location ?? After("locations") }, After("subscriptions"));
        }

        if (After("subscriptions") is { } subscription && After("resourceGroups") is { } group && After("images") is { } name)
        {
            ImageSourceFilter own = filter with { ResourceGroupName = group, Name = Wildcard.Escape(name), AcrossSubscriptions = false };
            return After("galleries") is { } gallery
                ? (own with { Kinds = [ImageSourceKind.Gallery], GalleryName = Wildcard.Escape(gallery), Version = After("versions") }, subscription)
                : (own with { Kinds = [ImageSourceKind.ManagedImage] }, subscription);
        }

        throw new ImageServiceException("ImageIdInvalid", ErrorKind.InvalidArgument, $"'{id}' is no id of an image.", "Use the Id of a managed image, of a gallery's image definition or version, or of a community or shared gallery's image.", id);

        string? After(string type)
        {
            int index = Array.FindIndex(parts, part => string.Equals(part, type, StringComparison.OrdinalIgnoreCase));
            return index >= 0 && index + 1 < parts.Length ? parts[index + 1] : null;
        }
    }

    /// <summary>The filter that finds just what a URN names, as az and Packer write it.</summary>
    /// <param name="urn"><c>publisher:offer:sku:version</c>, where the version may be <c>latest</c> or left out.</param>
    /// <param name="filter">What is asked besides.</param>
    /// <exception cref="ImageServiceException">It is none (UrnInvalid).</exception>
    public static ImageSourceFilter OfUrn(string urn, ImageSourceFilter filter)
    {
        _ = filter ?? throw new ArgumentNullException(nameof(filter));
        string[] parts = (urn ?? throw new ArgumentNullException(nameof(urn))).Split(':');
        if (parts.Length is not (3 or 4) || Array.Exists(parts, static part => part.Length == 0))
        {
            throw new ImageServiceException("UrnInvalid", ErrorKind.InvalidArgument, $"'{urn}' is no URN.", "Use publisher:offer:sku:version, such as Canonical:ubuntu-24_04-lts:server:latest.", urn);
        }

        return filter with
        {
            Kinds = [ImageSourceKind.Marketplace],
            Publishers = [Wildcard.Escape(parts[0])],
            Offer = Wildcard.Escape(parts[1]),
            Sku = Wildcard.Escape(parts[2]),
            Version = parts.Length == 4 ? parts[3] : "latest",
        };
    }
}
