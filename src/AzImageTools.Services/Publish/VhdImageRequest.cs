using AzImageTools.Services.Images;

namespace AzImageTools.Services.Publish;

/// <summary>
/// Which uploaded disk to make a managed image of. The OS on it has to be generalized:
/// a managed image holds nothing else.
/// </summary>
public sealed record VhdImageRequest
{
    /// <summary>The image's name.</summary>
    public required string Name { get; init; }

    /// <summary>The image's resource group; when null the disk's. Needed for a blob.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The id of an uploaded managed disk, or of a snapshot; else <see cref="DiskName"/> or <see cref="BlobUri"/>.</summary>
    public string? DiskId { get; init; }

    /// <summary>The name of an uploaded managed disk in <see cref="ResourceGroupName"/>.</summary>
    public string? DiskName { get; init; }

    /// <summary>The address of an uploaded page blob that holds a fixed VHD. A SAS in it is dropped: the service reads the blob as itself.</summary>
    public Uri? BlobUri { get; init; }

    /// <summary><c>Windows</c> or <c>Linux</c>; the disk's own when null. Needed for a blob.</summary>
    public string? OsType { get; init; }

    /// <summary><c>V1</c> or <c>V2</c>; the disk's own when null. Needed for a blob.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary>What the data disks are made of: managed disks or snapshots beside such an OS disk, page blobs beside a page blob.</summary>
    public IReadOnlyList<DataDiskSource> DataDisks { get; init; } = [];

    /// <summary>The storage of VMs' OS disks made of the image, such as <c>Premium_LRS</c>; the service's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>The image's region; when null the disk's, or for a blob the resource group's.</summary>
    public string? Location { get; init; }

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    public bool ZoneResilient { get; init; }

    /// <summary>Tags for the image.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}
