namespace AzImageTools.Services.Publish;

/// <summary>Which gallery image version to wait for.</summary>
public sealed record VersionWaitRequest
{
    /// <summary>The version's resource id; else the names.</summary>
    public string? VersionId { get; init; }

    /// <summary>The gallery's resource group.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The gallery.</summary>
    public string? GalleryName { get; init; }

    /// <summary>The image definition.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>The version, as <c>1.2.3</c>.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>How long to wait; null for as long as it takes.</summary>
    public TimeSpan? Timeout { get; init; }
}
