using AzImageTools.Services.Galleries;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>What a version is published of: what it holds, and the ways in which Azure can be told of it.</summary>
internal sealed record VersionSource
{
    public required VersionContent Content { get; init; }

    /// <summary>The ways, the shortest first.</summary>
    public required IReadOnlyList<VersionWay> Ways { get; init; }

    /// <summary>The managed image that the source can become on the way; null where it can't.</summary>
    public Func<DiskImageData>? Image { get; init; }

    /// <summary>Why it can't become a managed image, as the rest of a sentence that begins with the source; empty where it can.</summary>
    public string ImageObstacle { get; init; } = string.Empty;

    /// <summary>The disks that can be copied to page blobs on the way, the OS disk first; none where they can't.</summary>
    public IReadOnlyList<CopyableDisk> Copyable { get; init; } = [];

    /// <summary>The source's resource, in whose group the managed image is made; null for a page blob.</summary>
    public ResourceIdentifier? Id { get; init; }

    /// <summary>The disks whose owner lets nobody, or not everybody, read them out; in words.</summary>
    public IReadOnlyList<string> NotExportable { get; init; } = [];
}

/// <summary>A way to tell Azure what a version is made of.</summary>
/// <param name="Kind">What is named.</param>
/// <param name="Words">That in words.</param>
/// <param name="Profile">The document.</param>
internal sealed record VersionWay(VersionSourceKind Kind, string Words, GalleryImageVersionStorageProfile Profile);
