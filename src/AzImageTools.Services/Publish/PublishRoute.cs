using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Publish;

/// <summary>Finds the way from a source to a version that its definition takes.</summary>
internal static class PublishRoute
{
    /// <summary>Chooses the shortest way that the definition takes: of the source itself, or through a managed image or page blobs of it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="version">The version, which tells of its definition and keys.</param>
    /// <param name="hasStorage">Whether there is storage for page blobs on the way.</param>
    /// <returns>What Azure is told of; the way of the source itself, null for one of what is made of it first.</returns>
    /// <exception cref="ImageServiceException">There is none (ImageDefinitionMismatch).</exception>
    public static (VersionSourceKind Kind, VersionWay? Own) Choose(VersionSource source, NewGalleryVersion version, bool hasStorage)
    {
        string own = source.Content.Features.SecurityType ?? SecurityTypes.Standard;
        string wanted = version.Definition.SecurityType ?? SecurityTypes.Standard;
        IReadOnlyList<VersionSourceKind> taken = VersionSources.KindsOf(wanted, own);

        // "VM image version source doesn't currently support customer-managed key encryption" (azure/virtual-machines/image-version-encryption).
        VersionWay? way = source.Ways.FirstOrDefault(way => taken.Contains(way.Kind) && !(way.Kind == VersionSourceKind.VirtualMachine && version.HasKeys));
        if (way is not null)
        {
            return (way.Kind, way);
        }

        if (source.Image is not null && taken.Contains(VersionSourceKind.ManagedImage))
        {
            return (VersionSourceKind.ManagedImage, null);
        }

        bool canBeCopied = source.Copyable.Count > 0 && taken.Contains(VersionSourceKind.PageBlob);
        if (canBeCopied && hasStorage)
        {
            return (VersionSourceKind.PageBlob, null);
        }

        throw new ImageServiceException(
            "ImageDefinitionMismatch",
            ErrorKind.InvalidArgument,
            taken.Count == 0
                ? $"The {version.Definition.Description} is for security type {wanted}, and the {source.Content.Description} would give {own}."
                : $"The {version.Definition.Description} is for security type {wanted}, and takes {string.Join(", ", taken.Select(NameOf))}: the {source.Content.Description} is none of these{(taken.Contains(VersionSourceKind.ManagedImage) ? $", and can't become a managed image on the way: it {source.ImageObstacle}" : string.Empty)}.",
            (canBeCopied ? "Name storage in its region for page blobs of it on the way (-TemporaryStorageAccountName, -TemporaryContainer), or name" : taken.Contains(VersionSourceKind.PageBlob) ? "Upload or copy the disk as a page blob and publish that, or name" : "Name") + $" another -GalleryImageDefinitionName: it is created for {own} when it is not there.",
            version.Definition.Id.ToString());
    }

    private static string NameOf(VersionSourceKind kind) => kind switch
    {
        VersionSourceKind.VirtualMachine => "machines",
        VersionSourceKind.Disk => "disks and snapshots",
        VersionSourceKind.ManagedImage => "managed images",
        VersionSourceKind.GalleryVersion => "versions of galleries",
        _ => "page blobs",
    };
}
