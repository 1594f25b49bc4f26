namespace AzImageTools.Services.Retire;

/// <summary>What becomes of a version that is there.</summary>
public sealed record VersionChangeRequest
{
    /// <summary>The version's id; null where it is named.</summary>
    public string? VersionId { get; init; }

    /// <summary>The gallery's resource group.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The gallery.</summary>
    public string? GalleryName { get; init; }

    /// <summary>The image definition.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The version.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>When its publisher ends it; null to leave it.</summary>
    public DateTimeOffset? EndOfLife { get; init; }

    /// <summary>Whether machines that ask for the latest never get it; null to leave it.</summary>
    public bool? ExcludeFromLatest { get; init; }

    /// <summary>Regions in which machines that ask for the latest don't get it; null to leave them.</summary>
    public IReadOnlyList<string>? ExcludeFromLatestIn { get; init; }

    /// <summary>Whether Azure refuses to delete it before its end of life; null to leave it.</summary>
    public bool? BlockDeletion { get; init; }
}
