using AzImageTools.Disks;

namespace AzImageTools.Services.Images;

/// <summary>An image that was made: from a virtual machine, or from an uploaded disk.</summary>
public sealed record CapturedImage
{
    /// <summary>The image's resource id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>The managed image's name, or the gallery image's version, such as <c>1.0.0</c>.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The resource group of the image, or of its gallery.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>The image's region, such as <c>westeurope</c>.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>Managed image or gallery image version.</summary>
    public required ImageKind ImageKind { get; init; }

    /// <summary>The gallery; null for a managed image.</summary>
    public string? GalleryName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The image definition in the gallery; null for a managed image.</summary>
    public string? GalleryImageDefinitionName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Whole machine or OS disk only.</summary>
    public required ImageType ImageType { get; init; }

    /// <summary>Generalized or specialized.</summary>
    public required OsState OsState { get; init; }

    /// <summary><c>Windows</c> or <c>Linux</c>.</summary>
    public required string OsType { get; init => field = PrintableText.Of(value); }

    /// <summary><c>V1</c> (BIOS) or <c>V2</c> (UEFI).</summary>
    public required string HyperVGeneration { get; init => field = PrintableText.Of(value); }

    /// <summary>The id of the virtual machine, disk or snapshot that it was made of, or the page blob's address.</summary>
    public string? SourceId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>How many data disks it has.</summary>
    public int DataDiskCount { get; init; }

    /// <summary>The ids of the snapshots taken before the capture, oldest first. They stay, and are billed, until deleted.</summary>
    public IReadOnlyList<string> SnapshotIds { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The regions that it is replicated to; the image's own for a managed image.</summary>
    public IReadOnlyList<string> TargetRegions { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>How far it is in each region; empty for a managed image.</summary>
    public IReadOnlyList<RegionReplication> Replication { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>The service's word for its state, such as <c>Succeeded</c>.</summary>
    public required string ProvisioningState { get; init => field = PrintableText.Of(value); }
}

/// <summary>What sort of resource an image is.</summary>
public enum ImageKind : long
{
    /// <summary>A managed image: one region, no Trusted Launch, no Arm64.</summary>
    ManagedImage,

    /// <summary>A version of an image definition in an Azure Compute Gallery.</summary>
    Gallery,
}

/// <summary>What an image holds.</summary>
public enum ImageType : long
{
    /// <summary>A whole virtual machine: its OS disk and all its data disks.</summary>
    VmImage,

    /// <summary>An OS disk only.</summary>
    OsImage,
}

/// <summary>Whether an image's OS still is the machine that it was taken from.</summary>
public enum OsState : long
{
    /// <summary>It gave up its identity (Sysprep, waagent -deprovision); each VM made of it gets a name and users of its own.</summary>
    Generalized,

    /// <summary>It kept its name, users and settings.</summary>
    Specialized,
}
