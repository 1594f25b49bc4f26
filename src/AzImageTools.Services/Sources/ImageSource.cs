using AzImageTools.Disks;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Sources;

/// <summary>Something that a virtual machine can be made of.</summary>
/// <remarks>
/// Of <see cref="Id"/> on one side and <see cref="PublisherName"/>, <see cref="Offer"/>, <see cref="Skus"/> and <see cref="Version"/>
/// on the other only one is set: Set-AzVMSourceImage binds either by property name, and refuses objects that have some of both.
/// </remarks>
public sealed record ImageSource
{
    /// <summary>Where it comes from.</summary>
    public required ImageSourceKind Kind { get; init; }

    /// <summary>The resource id; null for the Marketplace, whose images are named by their URN.</summary>
    public string? Id { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The managed image's name, a gallery image's version, or the Marketplace SKU.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The resource group; null where there is none.</summary>
    public string? ResourceGroupName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The region.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>All regions that it can be had in, as far as they are known.</summary>
    public IReadOnlyList<string> Locations { get; init => field = PrintableList.Of<string>([.. value.Select(PrintableText.Of)]); } = PrintableList.Of<string>([]);

    /// <summary>The subscription's id; null where it is in none.</summary>
    public string? SubscriptionId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>publisher:offer:sku:version</c>; null outside the Marketplace.</summary>
    public string? Urn { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The publisher; null outside the Marketplace.</summary>
    public string? Publisher { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The offer; null outside the Marketplace.</summary>
    public string? Offer { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The SKU; null outside the Marketplace.</summary>
    public string? Sku { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The version; null outside the Marketplace (a gallery version's number is its <see cref="Name"/>).</summary>
    public string? Version { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The publisher, by the name under which Az cmdlets bind it.</summary>
    public string? PublisherName => Publisher;

    /// <summary>The SKU, by the name under which Az cmdlets bind it.</summary>
    public string? Skus => Sku;

    /// <summary>The page blob's address, without a signature; null for all but VHDs.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The gallery: its name, or a community or shared gallery's public name; null for others.</summary>
    public string? GalleryName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The image definition in the gallery; null for others.</summary>
    public string? GalleryImageDefinitionName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>Windows</c> or <c>Linux</c>; null where not told.</summary>
    public string? OsType { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>x64</c> or <c>Arm64</c>.</summary>
    public string? Architecture { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>V1</c> (BIOS) or <c>V2</c> (UEFI).</summary>
    public string? HyperVGeneration { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What its security features allow, such as <c>TrustedLaunchSupported</c> or <c>TrustedLaunch</c>; <c>Standard</c> for none.</summary>
    public required string SecurityType { get; init => field = PrintableText.Of(value); }

    /// <summary>The disk controllers that it starts behind: <c>SCSI</c>, <c>NVMe</c>.</summary>
    public IReadOnlyList<string> DiskControllerTypes { get; init => field = PrintableList.Of<string>([.. value.Select(PrintableText.Of)]); } = PrintableList.Of(["SCSI"]);

    /// <summary>Generalized or specialized.</summary>
    public required OsState OsState { get; init; }

    /// <summary>Whole machine or OS disk only.</summary>
    public required ImageType ImageType { get; init; }

    /// <summary>How many data disks it has.</summary>
    public int DataDiskCount { get; init; }

    /// <summary>The purchase plan; null for none.</summary>
    public ImagePlan? Plan { get; init; }

    /// <summary>Whether this subscription has accepted the plan's terms; null where there is no plan, or it could not be told.</summary>
    public bool? TermsAccepted { get; init; }

    /// <summary>The benefit that using it takes, such as <c>Visual Studio subscription</c>; null for none.</summary>
    public string? BenefitRequired { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Whether the subscription's offer brings that benefit; null where none is required or the offer is not known.</summary>
    public bool? BenefitAvailable { get; init; }

    /// <summary>The subscription's offer, as <c>MSDN_2014-09-01</c>; null where no benefit is required.</summary>
    public string? SubscriptionQuotaId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>Active</c>, <c>ScheduledForDeprecation</c> or <c>Deprecated</c>; null where not told.</summary>
    public string? DeprecationState { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What Azure names to be used in its stead; null where it names nothing.</summary>
    public string? Alternative { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>When its publisher ends it: from then on no machine can be made of a Marketplace image. Null where not told.</summary>
    public DateTimeOffset? EndOfLife { get; init; }

    /// <summary>When it was published; null where not told.</summary>
    public DateTimeOffset? PublishedDate { get; init; }

    /// <summary>The size of its OS disk in GiB; null where not told.</summary>
    public int? OsDiskSizeGB { get; init; }
}

/// <summary>The purchase plan that a virtual machine made of the image must repeat, after its terms were accepted.</summary>
/// <param name="Name">The plan's name; for Marketplace images mostly the SKU.</param>
/// <param name="Product">The product; for Marketplace images mostly the offer.</param>
/// <param name="Publisher">The publisher.</param>
public sealed record ImagePlan(string Name, string Product, string Publisher)
{
    /// <summary>The plan's name.</summary>
    public string Name { get; init => field = PrintableText.Of(value); } = PrintableText.Of(Name);

    /// <summary>The product.</summary>
    public string Product { get; init => field = PrintableText.Of(value); } = PrintableText.Of(Product);

    /// <summary>The publisher.</summary>
    public string Publisher { get; init => field = PrintableText.Of(value); } = PrintableText.Of(Publisher);

    internal static ImagePlan? From(MarketplacePlan? plan) => plan is null ? null : new ImagePlan(plan.Name, plan.Product, plan.Publisher);
}

/// <summary>Where an image comes from.</summary>
public enum ImageSourceKind : long
{
    /// <summary>The Azure Marketplace, Microsoft's own images among it.</summary>
    Marketplace,

    /// <summary>A gallery that its owner shows to everybody.</summary>
    CommunityGallery,

    /// <summary>A gallery that its owner shares with this subscription or tenant.</summary>
    SharedGallery,

    /// <summary>A gallery in the subscription.</summary>
    Gallery,

    /// <summary>A managed image in the subscription.</summary>
    ManagedImage,

    /// <summary>A page blob that ends with the footer of a fixed VHD.</summary>
    Vhd,
}
