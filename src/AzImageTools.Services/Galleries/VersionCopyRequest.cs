using AzImageTools.Services.Images;

namespace AzImageTools.Services.Galleries;

/// <summary>Which version of a gallery to copy, and where.</summary>
public sealed record VersionCopyRequest
{
    /// <summary>The version's resource id; null where it is named.</summary>
    public string? SourceId { get; init; }

    /// <summary>The resource group of the version's gallery.</summary>
    public string? SourceResourceGroupName { get; init; }

    /// <summary>The version's gallery.</summary>
    public string? SourceGalleryName { get; init; }

    /// <summary>The version's image definition.</summary>
    public string? SourceGalleryImageDefinitionName { get; init; }

    /// <summary>The version's number.</summary>
    public string? SourceImageVersion { get; init; }

    /// <summary>The gallery that it is copied into.</summary>
    public required string GalleryName { get; init; }

    /// <summary>That gallery's resource group; the source's when null.</summary>
    public string? GalleryResourceGroupName { get; init; }

    /// <summary>The image definition there, which is created as the source's where it is missing; one of the same name when null.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The number of the copy; the source's when null.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>The publisher of a definition that is created; the source's when null.</summary>
    public string? Publisher { get; init; }

    /// <summary>The offer of a definition that is created; the source's when null.</summary>
    public string? Offer { get; init; }

    /// <summary>The SKU of a definition that is created; the source's when null.</summary>
    public string? Sku { get; init; }

    /// <summary>Adds to a definition that is there the features that it lacks and the source has, from this version on.</summary>
    public bool UpdateDefinition { get; init; }

    /// <summary>The regions of the copy, beside the source's own, which is always among them; the source's when empty.</summary>
    public IReadOnlyList<ImageTargetRegion> TargetRegions { get; init; } = [];

    /// <summary>How many copies there are in each region that says nothing else; as the source's when null.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage in each region that says nothing else, such as <c>Premium_LRS</c>; as the source's when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>After when the copy should not be used any more; the source's when null.</summary>
    public DateTimeOffset? EndOfLifeDate { get; init; }

    /// <summary>Whether machines that ask for the latest version never get the copy; as the source when null.</summary>
    public bool? ExcludeFromLatest { get; init; }

    /// <summary>Tags for what is created, in the place of the source's of the same name.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }

    /// <summary>Whether to return when Azure makes the copy, without waiting until it is in all its regions.</summary>
    public bool NoWait { get; init; }
}
