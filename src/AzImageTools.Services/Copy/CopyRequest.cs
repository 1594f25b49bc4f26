using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Copy;

/// <summary>What to copy within Azure, and where to.</summary>
public sealed record CopyRequest
{
    /// <summary>What to copy.</summary>
    public required DownloadSource Source { get; init; }

    /// <summary>Where to.</summary>
    public required CopyDestination Destination { get; init; }

    /// <summary>Starts over where an interrupted copy could be continued.</summary>
    public bool Restart { get; init; }

    /// <summary>Reads both, and compares each byte.</summary>
    public bool Verify { get; init; }

    /// <summary>
    /// Asked whether a blob that is there may be replaced, where the target's <see cref="UploadTarget.Force"/> does not say so; it is given the
    /// error that a no makes. Null for a no.
    /// </summary>
    public Func<ImageServiceException, Task<bool>>? AskToReplace { get; init; }
}

/// <summary>Where something is copied to.</summary>
public abstract record CopyDestination
{
    private protected CopyDestination()
    {
    }

    /// <summary>It in words, which differ for what differs.</summary>
    public abstract string Description { get; }
}

/// <summary>A page blob, with the bytes of the disk as a fixed VHD.</summary>
/// <param name="Blob">The blob, and what gives access to it.</param>
public sealed record BlobDestination(UploadTarget Blob) : CopyDestination
{
    /// <inheritdoc/>
    public override string Description => Blob.Description;
}

/// <summary>An incremental snapshot in any region, of an incremental snapshot.</summary>
/// <param name="ResourceGroupName">A resource group that is there.</param>
/// <param name="SnapshotName">The snapshot's name.</param>
public sealed record SnapshotDestination(string ResourceGroupName, string SnapshotName) : CopyDestination
{
    /// <summary>The region; null for the resource group's.</summary>
    public string? Location { get; init; }

    /// <summary>The subscription, by id or name; null for the session's.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary>Tags of the snapshot; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <inheritdoc/>
    public override string Description => $"snapshot '{SnapshotName}' in resource group '{ResourceGroupName}'";
}
