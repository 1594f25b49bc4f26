using AzImageTools.Disks;

namespace AzImageTools.Services.Retire;

/// <summary>Which versions of a gallery are stale.</summary>
public sealed record StaleVersionRequest
{
    /// <summary>The gallery's resource group.</summary>
    public required string ResourceGroupName { get; init; }

    /// <summary>The gallery.</summary>
    public required string GalleryName { get; init; }

    /// <summary>The image definitions, with wildcards; all when null.</summary>
    public string? GalleryImageDefinitionName { get; init; }

    /// <summary>How many of the newest versions, by their numbers, are never stale: at least one.</summary>
    public int KeepNewest { get; init; } = 1;

    /// <summary>How old a version has to be; null for any age.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Whether only versions whose end of life is over are stale.</summary>
    public bool PastEndOfLife { get; init; }

    /// <summary>How long a version is kept from being the latest before it is deleted by a later run; null to delete at once.</summary>
    public TimeSpan? WaitingTime { get; init; }
}

/// <summary>What is done with a version of an image definition, and why.</summary>
public sealed record StaleImageVersion
{
    /// <summary>The version's id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its number.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The gallery's resource group.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>The gallery.</summary>
    public required string GalleryName { get; init => field = PrintableText.Of(value); }

    /// <summary>The image definition.</summary>
    public required string GalleryImageDefinitionName { get; init => field = PrintableText.Of(value); }

    /// <summary>What is done with it.</summary>
    public required StaleVersionAction Action { get; init; }

    /// <summary>Why, as a sentence.</summary>
    public required string Reason { get; init => field = PrintableText.Of(value); }

    /// <summary>When it was published; null where not told.</summary>
    public DateTimeOffset? PublishedDate { get; init; }

    /// <summary>When its publisher ends it; null where not told.</summary>
    public DateTimeOffset? EndOfLife { get; init; }
}

/// <summary>What is done with a version.</summary>
public enum StaleVersionAction : long
{
    /// <summary>It stays as it is.</summary>
    Keep,

    /// <summary>It is kept from being the latest, and deleted by a run after the waiting time.</summary>
    ExcludeFromLatest,

    /// <summary>It is deleted.</summary>
    Delete,
}
