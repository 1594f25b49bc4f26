using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Publish;

/// <summary>What to make a gallery image version of, and where.</summary>
public sealed record PublishRequest : ImageVersionRequest
{
    /// <summary>The resource id of a managed disk, snapshot, virtual machine, managed image or gallery image version; null for a page blob.</summary>
    public string? SourceId { get; init; }

    /// <summary>The name of a managed disk in <see cref="SourceResourceGroupName"/>, in place of its id.</summary>
    public string? DiskName { get; init; }

    /// <summary>The resource group of <see cref="DiskName"/>.</summary>
    public string? SourceResourceGroupName { get; init; }

    /// <summary>The address of a page blob that holds a fixed VHD; null for others. A SAS in it is dropped: the service reads the blob as itself.</summary>
    public Uri? BlobUri { get; init; }

    /// <summary>Data disks beside a disk, snapshot or page blob.</summary>
    public IReadOnlyList<DataDiskSource> DataDisks { get; init; } = [];

    /// <summary><c>Windows</c> or <c>Linux</c>, where the source does not tell it.</summary>
    public string? OsType { get; init; }

    /// <summary>Generalized or specialized, where the source does not tell it (disks, snapshots, page blobs: generalized when null).</summary>
    public OsState? OsState { get; init; }

    /// <summary>A storage account in the source's region for page blobs on the way, where the definition takes neither the source's disks nor a managed image of them; null for none.</summary>
    public string? TemporaryStorageAccountName { get; init; }

    /// <summary>A container there.</summary>
    public string? TemporaryContainer { get; init; }

    /// <summary>The gallery's resource group; the source's when null. Needed for a page blob.</summary>
    public string? GalleryResourceGroupName { get; init; }

    /// <summary>After when the version should not be used any more; null for never.</summary>
    public DateTimeOffset? EndOfLifeDate { get; init; }

    /// <summary>Whether machines that ask for the latest version get another.</summary>
    public bool ExcludeFromLatest { get; init; }

    /// <summary>The image that the source was once made of and its version, where the source does not tell it; kept in a tag.</summary>
    public string? BaseImage { get; init; }

    /// <summary>The CRC-64/NVME of the OS disk's bytes, as <c>VhdUpload.Crc64</c> has it; kept in a tag. Null where it is not known.</summary>
    public string? Checksum { get; init; }

    /// <summary>The file of a readiness report on the source, whose SHA-256 is kept in a tag; null for none.</summary>
    public string? ReadinessReportPath { get; init; }

    /// <summary>Whether to return when Azure makes the version, without waiting until it is in all its regions.</summary>
    public bool NoWait { get; init; }
}
