using AzImageTools.Services.Plans;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>Something that may be left of a run, with all that tells so.</summary>
/// <param name="Resource">It, as it is now.</param>
internal sealed record Leftover(TemporaryResource Resource)
{
    /// <summary>Its id.</summary>
    public ResourceIdentifier Id => Resource.Id;

    /// <summary>The manifest that lists it, which nobody else has open; null where none does.</summary>
    public RunManifest? Manifest { get; init; }

    /// <summary>When the manifest says that it was about to be made; null without one.</summary>
    public DateTimeOffset? Announced { get; init; }

    /// <summary>Whether the run that its tags tell of has its manifest open on this machine.</summary>
    public bool IsAliveHere { get; init; }

    /// <summary>When it was made, as Azure tells it.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The end of the lease of the run's own group around it; null where it lies in another, or the group tells none.</summary>
    public DateTimeOffset? GroupLease { get; init; }

    /// <summary>The run that the tags tell of.</summary>
    public RunIdentity? Tagged => TemporaryTags.Read(Resource.Tags, Id, out _);

    /// <summary>Whether the tags are its own.</summary>
    public bool IsBound
    {
        get
        {
            _ = TemporaryTags.Read(Resource.Tags, Id, out bool isBound);
            return isBound;
        }
    }

    /// <summary>The run that it is taken to be of.</summary>
    public RunIdentity? Run => Manifest?.Content.Run ?? Tagged;

    /// <summary>Its run's id, of the tag alone where they tell nothing else.</summary>
    public string? RunId => Run?.RunId ?? (Resource.Tags.TryGetValue(RunTag.Name, out string? id) ? id : null);

    /// <summary>The end of the lease that its tags or its group's tell of.</summary>
    public DateTimeOffset? LeaseEnd
    {
        get
        {
            DateTimeOffset? own = TemporaryTags.ReadLease(Resource.Tags);
            return own is null || GroupLease > own ? GroupLease ?? own : own;
        }
    }

    /// <summary>It for people and scripts.</summary>
    /// <param name="reason">Why it was kept; null where it was removed.</param>
    public ImageLeftover Describe(string? reason) => new()
    {
        Id = Id.ToString(),
        Name = Id.Name,
        ResourceGroupName = Id.ResourceGroupName ?? Id.Name,
        SubscriptionId = Id.SubscriptionId ?? string.Empty,
        Kind = Resource.Kind.Description,
        Purpose = Run?.Purpose,
        RunId = RunId,
        CreatedAt = Created,
        IsRemoved = reason is null,
        Reason = reason,
    };
}
