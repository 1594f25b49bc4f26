using AzImageTools.Services.Images;

namespace AzImageTools.Services.Capture;

/// <summary>Which virtual machine to capture, and into what.</summary>
public sealed record CaptureRequest
{
    /// <summary>The virtual machine's resource id; else <see cref="VMName"/> and <see cref="VMResourceGroupName"/> name it.</summary>
    public string? VMId { get; init; }

    /// <summary>The virtual machine's name.</summary>
    public string? VMName { get; init; }

    /// <summary>The virtual machine's resource group.</summary>
    public string? VMResourceGroupName { get; init; }

    /// <summary>The managed image's name. For a gallery the image definition's, unless <see cref="GalleryImageDefinitionName"/> says otherwise.</summary>
    public string? ImageName { get; init; }

    /// <summary>The managed image's resource group; the virtual machine's when null.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>Whole machine or OS disk only.</summary>
    public ImageType ImageType { get; init; } = ImageType.VmImage;

    /// <summary>Generalized, or, into a gallery only, specialized: the virtual machine is then left as it is.</summary>
    public OsState OsState { get; init; } = OsState.Generalized;

    /// <summary>The gallery to capture into; null for a managed image.</summary>
    public string? GalleryName { get; init; }

    /// <summary>The gallery's resource group; when null <see cref="ResourceGroupName"/>, and then the virtual machine's.</summary>
    public string? GalleryResourceGroupName { get; init; }

    /// <summary>The image definition, which is created when it is not there.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The version, as <c>1.2.3</c>; when null the next one.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>The publisher of a definition that is to be created; the gallery's name when null.</summary>
    public string? Publisher { get; init; }

    /// <summary>The offer of a definition that is to be created; the OS type when null.</summary>
    public string? Offer { get; init; }

    /// <summary>The SKU of a definition that is to be created; the definition's name when null.</summary>
    public string? Sku { get; init; }

    /// <summary>The generation, where the machine does not tell it; one that contradicts it is an error.</summary>
    public string? HyperVGeneration { get; init; }

    /// <summary>The architecture, where the OS disk does not tell it; one that contradicts it is an error.</summary>
    public string? Architecture { get; init; }

    /// <summary>The security type of a definition that is to be created, such as <c>TrustedLaunchSupported</c>; the machine's own when null.</summary>
    public string? SecurityType { get; init; }

    /// <summary>That the image starts behind NVMe too; what the machine and its OS disk tell when false.</summary>
    public bool Nvme { get; init; }

    /// <summary>That the image has drivers for accelerated networking; what the OS disk tells when false.</summary>
    public bool AcceleratedNetworking { get; init; }

    /// <summary>That machines made of the image can be hibernated; what the machine tells when false.</summary>
    public bool Hibernation { get; init; }

    /// <summary>Adds to a definition that is there the features that it lacks and the image has, from this version on.</summary>
    public bool UpdateDefinition { get; init; }

    /// <summary>Takes no snapshot of the OS disk before the machine is generalized.</summary>
    public bool NoBackup { get; init; }

    /// <summary>Generalizes the guest first, which has to run; a guest that has stopped is only judged.</summary>
    public bool Generalize { get; init; }

    /// <summary>With <see cref="Generalize"/>: how long the guest may take until it has stopped; null for what its system mostly needs.</summary>
    public TimeSpan? GeneralizationTimeout { get; init; }

    /// <summary>With <see cref="Generalize"/>: the readiness rules not to ask, by id, with PowerShell's wildcards.</summary>
    public IReadOnlyList<string> ExcludedRules { get; init; } = [];

    /// <summary>With <see cref="Generalize"/> and <see cref="PreserveSource"/>: the disk access whose private endpoints temporary snapshots are read through, of a disk that is open to those alone.</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>Captures a temporary clone of the machine in its place, which is generalized for it; the machine itself is only read.</summary>
    public bool PreserveSource { get; init; }

    /// <summary>With <see cref="PreserveSource"/>: the resource group for what is temporary; one of its own when null.</summary>
    public string? TemporaryResourceGroupName { get; init; }

    /// <summary>With <see cref="PreserveSource"/>: the subnet that the clone joins, beside its twin; a network of its own that leads nowhere when null.</summary>
    public string? SubnetId { get; init; }

    /// <summary>Whether the machine is a clone that goes when it has been captured: nobody wants it back.</summary>
    internal bool IsClone { get; init; }

    /// <summary>Captures a running Windows machine all the same.</summary>
    public bool AllowRunning { get; init; }

    /// <summary>The image's region. It has to be the virtual machine's, which is the default.</summary>
    public string? Location { get; init; }

    /// <summary>The regions that a gallery version is replicated to; the virtual machine's own is always among them.</summary>
    public IReadOnlyList<ImageTargetRegion> TargetRegions { get; init; } = [];

    /// <summary>How many copies a gallery version has in each region that says nothing else; one when null.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage of a gallery version in each region that says nothing else, such as <c>Premium_LRS</c>; Azure's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    public bool ZoneResilient { get; init; }

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
