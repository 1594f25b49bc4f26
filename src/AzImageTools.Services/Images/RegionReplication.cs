using AzImageTools.Disks;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>How far a gallery image version is in one of its regions.</summary>
public sealed record RegionReplication
{
    private const int Whole = 100;

    /// <summary>The region, such as <c>westeurope</c>.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The service's word: <c>Replicating</c>, <c>Completed</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public required string State { get; init => field = PrintableText.Of(value); }

    /// <summary>How much of it is there, from 0 to 100 percent.</summary>
    public required int Progress { get; init; }

    /// <summary>What the service says of it, such as why it failed; null for nothing.</summary>
    public string? Details { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>How many copies there are to be; null where that is not told.</summary>
    public int? ReplicaCount { get; init; }

    /// <summary>The storage, such as <c>Standard_ZRS</c>; null where that is not told.</summary>
    public string? StorageAccountType { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The region and how far it is there.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} {Progress}%");

    /// <summary>What a version tells, where it was asked for; its regions alone where not.</summary>
    internal static IReadOnlyList<RegionReplication> Of(GalleryImageVersionData version)
    {
        Dictionary<AzureLocation, RegionalReplicationStatus> told = [];
        foreach (RegionalReplicationStatus status in version.ReplicationStatus?.Summary ?? [])
        {
            told[new AzureLocation(status.Region ?? string.Empty)] = status;
        }

        return [.. (version.PublishingProfile?.TargetRegions ?? []).Select(region =>
        {
            AzureLocation location = new(region.Name);
            RegionalReplicationStatus? status = told.TryGetValue(location, out RegionalReplicationStatus? found) ? found : null;
            return new RegionReplication
            {
                Name = location.Name,
                State = status?.State?.ToString() ?? "Unknown",
                Progress = Math.Min(Math.Max(status?.Progress ?? 0, 0), Whole),
                Details = string.IsNullOrEmpty(status?.Details) ? null : status!.Details,
                ReplicaCount = region.RegionalReplicaCount,
                StorageAccountType = region.StorageAccountType?.ToString(),
            };
        })];
    }
}
