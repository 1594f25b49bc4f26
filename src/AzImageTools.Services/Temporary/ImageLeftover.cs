using AzImageTools.Disks;

namespace AzImageTools.Services.Temporary;

/// <summary>Something that a run made for a while and left, or that looks so.</summary>
public sealed record ImageLeftover
{
    /// <summary>Its resource id; of a page blob its address.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group; a group's own name; empty for a page blob.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>What it is, such as <c>snapshot</c>.</summary>
    public required string Kind { get; init => field = PrintableText.Of(value); }

    /// <summary>What the run made it for, such as <c>boot</c>; null where that is not told.</summary>
    public string? Purpose { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The run's id; null where it is not told.</summary>
    public string? RunId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>When it was made, as Azure tells it; null where it does not.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether it has been removed.</summary>
    public required bool IsRemoved { get; init; }

    /// <summary>Why it was kept, as a sentence; null where it was removed.</summary>
    public string? Reason { get; init => field = PrintableText.OfOptional(value); }
}

/// <summary>Where to look for what runs left.</summary>
public sealed record LeftoverRequest
{
    /// <summary>Only in this resource group; in the whole subscription when null.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>Only of these runs; of all where there are none.</summary>
    public IReadOnlyList<string> RunIds { get; init; } = [];
}
