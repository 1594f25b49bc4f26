using AzImageTools.Disks;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Upload;

/// <summary>An upload under way, or one that was interrupted and left something. Lengths are in bytes.</summary>
public sealed record PendingUpload
{
    /// <summary>The managed disk's resource id, or the page blob's address; empty while a running upload keeps its journal to itself.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>The name of the disk or blob; the journal's while that can't be read.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The managed disk's resource group; null for a page blob.</summary>
    public string? ResourceGroupName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The managed disk's region; null for a page blob.</summary>
    public string? Location { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The subscription; null for a page blob.</summary>
    public string? SubscriptionId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What the disk is in Azure.</summary>
    public UploadTargetKind TargetKind { get; init; }

    /// <summary>
    /// <c>Running</c> where an upload on this machine writes to it; the state of a managed disk, <c>ReadyToUpload</c> or
    /// <c>ActiveUpload</c>; <c>Interrupted</c> for what only the journal tells of.
    /// </summary>
    public required string State { get; init => field = PrintableText.Of(value); }

    /// <summary>The disk's capacity, rounded up to 1 MiB; null where it is not known.</summary>
    public long? Capacity { get; init; }

    /// <summary>What was sent, by the journal; null without one.</summary>
    public long? BytesSent { get; init; }

    /// <summary>When the upload began, or the managed disk was created.</summary>
    public DateTimeOffset? Begun { get; init; }

    /// <summary>The disk image; null where there is no journal here.</summary>
    public string? SourcePath { get; init; }

    /// <summary>The journal, by which the upload can be continued; null where there is none here.</summary>
    public string? JournalPath { get; init; }

    /// <summary>The run that created the target: by the target itself, or by the journal alone; null for a target that no run of this module created.</summary>
    internal string? RunId { get; init; }

    /// <summary>The id: what is made of it where a command takes text.</summary>
    public override string ToString() => Id;
}
