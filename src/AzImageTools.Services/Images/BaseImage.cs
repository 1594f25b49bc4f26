using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>The image that a machine or disk was made of, with its version: <c>publisher:offer:sku:version</c>, or a resource id.</summary>
internal static class BaseImage
{
    /// <summary>That of a machine; null where nobody tells.</summary>
    public static string? Of(ImageReference? reference) => reference switch
    {
        null => null,
        { Publisher: { Length: > 0 } publisher } => $"{publisher}:{reference.Offer}:{reference.Sku}:{reference.ExactVersion ?? reference.Version}",
        _ => reference.Id?.ToString() ?? reference.CommunityGalleryImageId ?? reference.SharedGalleryImageUniqueId,
    };

    /// <summary>That of a disk or snapshot; null where nobody tells. The Marketplace's is named by its id.</summary>
    public static string? Of(DiskCreationData? creation)
        => creation?.GalleryImageReference is { } gallery
            ? gallery.Id?.ToString() ?? gallery.CommunityGalleryImageId ?? gallery.SharedGalleryImageId
            : creation?.ImageReference?.Id?.ToString();
}
