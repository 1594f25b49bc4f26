using AzImageTools.Disks;

namespace AzImageTools.Services.Images;

/// <summary>What a data disk of an image is made of: a managed disk, a snapshot, or a page blob.</summary>
public sealed record DataDiskSource
{
    /// <summary>The managed disk's or snapshot's resource id; null for a page blob.</summary>
    public string? Id { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The address of a page blob that holds a fixed VHD; null for a disk or snapshot. A SAS in it is dropped: the service reads the blob as itself.</summary>
    public Uri? BlobUri { get; init; }

    /// <summary>Its number among the data disks, from 0 to 63; when null the first that no other has.</summary>
    public int? Lun { get; init; }

    /// <summary>How machines cache it: <c>None</c>, <c>ReadOnly</c> or <c>ReadWrite</c>; Azure's default when null.</summary>
    public string? Caching { get; init => field = PrintableText.OfOptional(value); }

    /// <inheritdoc/>
    public override string ToString() => Id ?? (BlobUri is null ? string.Empty : SecretText.WithoutQuery(BlobUri).ToString());
}
