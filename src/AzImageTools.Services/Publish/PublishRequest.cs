using AzImageTools.Services.Images;

namespace AzImageTools.Services.Publish;

/// <summary>What to make a gallery image version of, and where.</summary>
public sealed record PublishRequest
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

    /// <summary>The generation, where the source does not tell it; one that contradicts it is an error.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary>The architecture, where the source does not tell it; one that contradicts it is an error.</summary>
    public string? Architecture { get; init; }

    /// <summary>The security type of a definition that is created, such as <c>TrustedLaunchSupported</c>; the source's own when null.</summary>
    public string? SecurityType { get; init; }

    /// <summary>That the image starts behind NVMe too; what the source tells when false.</summary>
    public bool Nvme { get; init; }

    /// <summary>That the image has drivers for accelerated networking; what the source tells when false.</summary>
    public bool AcceleratedNetworking { get; init; }

    /// <summary>That machines made of the image can be hibernated; what the source tells when false.</summary>
    public bool Hibernation { get; init; }

    /// <summary>The gallery.</summary>
    public required string GalleryName { get; init; }

    /// <summary>The gallery's resource group; the source's when null. Needed for a page blob.</summary>
    public string? GalleryResourceGroupName { get; init; }

    /// <summary>The image definition, which is created when it is not there.</summary>
    public required string GalleryImageDefinitionName { get; init; }

    /// <summary>The version, as <c>1.2.3</c>; when null the next one.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>The publisher of a definition that is created; the gallery's name when null.</summary>
    public string? Publisher { get; init; }

    /// <summary>The offer of a definition that is created; the OS type when null.</summary>
    public string? Offer { get; init; }

    /// <summary>The SKU of a definition that is created; the definition's name when null.</summary>
    public string? Sku { get; init; }

    /// <summary>Adds to a definition that is there the features that it lacks and the source has, from this version on.</summary>
    public bool UpdateDefinition { get; init; }

    /// <summary>The version's own region. It has to be the source's, which is the default.</summary>
    public string? Location { get; init; }

    /// <summary>The regions that the version is replicated to; the source's own is always among them.</summary>
    public IReadOnlyList<ImageTargetRegion> TargetRegions { get; init; } = [];

    /// <summary>How many copies are kept in each region that says nothing else; one when null.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage in each region that says nothing else, such as <c>Premium_LRS</c>; Azure's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Keeps the version in zone-redundant storage where nothing else is said.</summary>
    public bool ZoneResilient { get; init; }

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

    /// <summary>Tags for what is created.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }

    /// <summary>What is said of the image's features.</summary>
    internal FeatureWish Features => new()
    {
        HyperVGeneration = HyperVGeneration,
        Architecture = Architecture,
        SecurityType = SecurityType,
        Nvme = Nvme,
        AcceleratedNetworking = AcceleratedNetworking,
        Hibernation = Hibernation,
    };
}
