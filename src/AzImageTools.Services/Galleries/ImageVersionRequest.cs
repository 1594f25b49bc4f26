using AzImageTools.Services.Images;

namespace AzImageTools.Services.Galleries;

/// <summary>What is said of an image that is to be made, and of the gallery that it goes into.</summary>
public abstract record ImageVersionRequest
{
    private protected ImageVersionRequest()
    {
    }

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

    /// <summary>The gallery; null for a managed image.</summary>
    public string? GalleryName { get; init; }

    /// <summary>The image definition, which is created when it is not there.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The version, as <c>1.2.3</c>; when null the next one.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>The publisher of a definition that is created; the gallery's name when null.</summary>
    public string? Publisher { get; init; }

    /// <summary>The offer of a definition that is created; the OS type when null.</summary>
    public string? Offer { get; init; }

    /// <summary>The SKU of a definition that is created; the definition's name when null.</summary>
    public string? Sku { get; init; }

    /// <summary>Adds to a definition that is there the features that it lacks and the image has, from this version on.</summary>
    public bool UpdateDefinition { get; init; }

    /// <summary>The image's region. It has to be the source's, which is the default.</summary>
    public string? Location { get; init; }

    /// <summary>The regions that a gallery version is replicated to; the source's own is always among them.</summary>
    public IReadOnlyList<ImageTargetRegion> TargetRegions { get; init; } = [];

    /// <summary>How many copies a gallery version has in each region that says nothing else; one when null.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage of a gallery version in each region that says nothing else, such as <c>Premium_LRS</c>; Azure's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Keeps the image in zone-redundant storage where nothing else is said.</summary>
    public bool ZoneResilient { get; init; }

    /// <summary>After when a gallery version should not be used any more; null for never.</summary>
    public DateTimeOffset? EndOfLifeDate { get; init; }

    /// <summary>Whether machines that ask for the latest version never get a gallery version.</summary>
    public bool ExcludeFromLatest { get; init; }

    /// <summary>Regions in which machines that ask for the latest version don't get it.</summary>
    public IReadOnlyList<string> ExcludeFromLatestIn { get; init; } = [];

    /// <summary>Whether Azure refuses to delete a gallery version before its end of life.</summary>
    public bool BlockDeletion { get; init; }

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
