using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Galleries;

/// <summary>Into which image definition of which gallery a version goes, and how it is kept there.</summary>
internal sealed record GalleryTarget
{
    public required string GalleryName { get; init; }

    public required string ResourceGroupName { get; init; }

    public required string DefinitionName { get; init; }

    /// <summary>The version, as <c>1.2.3</c>; the next one when null.</summary>
    public string? Version { get; init; }

    /// <summary>The publisher of a definition that is made; the gallery's name when null.</summary>
    public string? Publisher { get; init; }

    /// <summary>The offer of a definition that is made; the OS type when null.</summary>
    public string? Offer { get; init; }

    /// <summary>The SKU of a definition that is made; the definition's name when null.</summary>
    public string? Sku { get; init; }

    /// <summary>The security type of a definition that is made; the source's own when null.</summary>
    public string? SecurityType { get; init; }

    /// <summary>Adds to a definition that is there the features that it lacks and the source has.</summary>
    public bool UpdateDefinition { get; init; }

    /// <summary>The regions beside the version's own, which may be among them.</summary>
    public IReadOnlyList<ImageTargetRegion> TargetRegions { get; init; } = [];

    /// <summary>How many copies are kept in each region that says nothing else; one when null.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage in each region that says nothing else; Azure's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Keeps the version in zone-redundant storage where nothing else is said.</summary>
    public bool ZoneResilient { get; init; }

    /// <summary>After when the version should not be used any more.</summary>
    public DateTimeOffset? EndOfLife { get; init; }

    /// <summary>Whether machines that ask for the latest version get another.</summary>
    public bool ExcludeFromLatest { get; init; }

    /// <summary>Regions in which machines that ask for the latest version get another.</summary>
    public IReadOnlyList<string> ExcludeFromLatestIn { get; init; } = [];

    /// <summary>Whether Azure refuses to delete the version before its end of life.</summary>
    public bool BlockDeletion { get; init; }

    /// <summary>The user's tags for what is made.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }

    /// <summary>The parameter that names the definition, for remedies.</summary>
    public string DefinitionParameter { get; init; } = "-GalleryImageDefinitionName";

    /// <summary>The parameter that names the gallery's resource group, for remedies.</summary>
    public string GroupParameter { get; init; } = "-GalleryResourceGroupName";

    /// <summary>Refuses dates that Azure would refuse, at the end of a capture.</summary>
    /// <param name="now">The time.</param>
    /// <exception cref="ImageServiceException">The end of life is over (EndOfLifeInvalid), or is missing where a deletion is to be blocked until then (EndOfLifeRequired).</exception>
    public void CheckDates(DateTimeOffset now)
    {
        if (EndOfLife <= now)
        {
            throw new ImageServiceException("EndOfLifeInvalid", ErrorKind.InvalidArgument, FormattableString.Invariant($"The end of life, {EndOfLife:yyyy-MM-dd}, has to be in the future."), "Give a later -EndOfLifeDate, or none.", DefinitionName);
        }

        if (BlockDeletion && EndOfLife is null)
        {
            throw new ImageServiceException("EndOfLifeRequired", ErrorKind.InvalidArgument, "A deletion is blocked until the version's end of life, and it has none.", "Give -EndOfLifeDate with -BlockDeletion.", DefinitionName);
        }
    }

    /// <summary>What a request says of it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="resourceGroup">The gallery's resource group.</param>
    /// <param name="definition">The image definition where the request names none.</param>
    /// <exception cref="ImageServiceException">A name is missing, or can't be one.</exception>
    public static GalleryTarget Of(ImageVersionRequest request, string? resourceGroup, string? definition = null) => new()
    {
        GalleryName = ResourceNames.Require(request.GalleryName, "gallery"),
        DefinitionName = ResourceNames.Require(request.GalleryImageDefinitionName ?? definition, "image definition"),
        ResourceGroupName = ResourceNames.Require(resourceGroup, "gallery's resource group"),
        Version = request.ImageVersion,
        Publisher = request.Publisher,
        Offer = request.Offer,
        Sku = request.Sku,
        SecurityType = request.SecurityType,
        UpdateDefinition = request.UpdateDefinition,
        TargetRegions = request.TargetRegions,
        ReplicaCount = request.ReplicaCount,
        StorageAccountType = request.StorageAccountType,
        ZoneResilient = request.ZoneResilient,
        EndOfLife = request.EndOfLifeDate,
        ExcludeFromLatest = request.ExcludeFromLatest,
        ExcludeFromLatestIn = request.ExcludeFromLatestIn,
        BlockDeletion = request.BlockDeletion,
        Tag = request.Tag,
    };
}
