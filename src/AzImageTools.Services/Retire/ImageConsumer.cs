using AzImageTools.Disks;

namespace AzImageTools.Services.Retire;

/// <summary>What was made of an image, and whether the image has a newer version.</summary>
public sealed record ImageConsumer
{
    /// <summary>What it is.</summary>
    public required ImageConsumerKind Kind { get; init; }

    /// <summary>Its resource id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group.</summary>
    public string? ResourceGroupName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its region.</summary>
    public string? Location { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its subscription's id.</summary>
    public string? SubscriptionId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The image that it was made of: a managed image, a gallery's image definition, or <c>publisher:offer:sku</c> of the Marketplace. Of an image definition that of its newest version.</summary>
    public required string ImageId { get; init => field = PrintableText.Of(value); }

    /// <summary>The version of the image definition; null where there is none, or Azure does not tell which the latest was.</summary>
    public string? ImageVersion { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The newest version that is not kept from being the latest; null where that is not seen.</summary>
    public string? LatestVersion { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Whether there is a newer version than its own; null where one of the two is not known.</summary>
    public bool? IsOutdated { get; init; }

    /// <summary>The image with its version that an image version came from at first, as the tag azimagetools-base keeps it; null where nothing tells.</summary>
    public string? BaseImage { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The newest version of that image; null where it is not seen.</summary>
    public string? LatestBaseVersion { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Whether that image has a newer version; null where one of the two is not known.</summary>
    public bool? IsBaseOutdated { get; init; }
}

/// <summary>What is made of an image.</summary>
public enum ImageConsumerKind : long
{
    /// <summary>A virtual machine.</summary>
    VirtualMachine,

    /// <summary>A scale set, for the machines it makes from now on.</summary>
    ScaleSet,

    /// <summary>A version of a gallery.</summary>
    ImageVersion,

    /// <summary>An image definition, by its newest version.</summary>
    ImageDefinition,
}
