using AzImageTools.Disks.Containers;
using AzImageTools.Readiness.Repair;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Upload;

/// <summary>Which disk to upload, and where to.</summary>
public sealed record UploadRequest
{
    /// <summary>The disk image's path, in any format that can be read.</summary>
    public required string Path { get; init; }

    /// <summary>Where to upload it to.</summary>
    public required UploadTarget Target { get; init; }

    /// <summary>How to open the disk image; null for the defaults.</summary>
    public VirtualDiskOptions? DiskOptions { get; init; }

    /// <summary>The folder for the journal, by which an interrupted upload is continued; null for the disk image's own.</summary>
    public string? JournalPath { get; init; }

    /// <summary>What was repaired of the disk for this upload, and kept beside it; told with the upload.</summary>
    public IReadOnlyList<RepairResult> Repairs { get; init; } = [];

    /// <summary>Starts over where an interrupted upload could be continued.</summary>
    public bool Restart { get; init; }

    /// <summary>Reads everything back and compares it.</summary>
    public bool Verify { get; init; }

    /// <summary>Leaves out what the guest's file systems have as free: it reads as zeros in Azure, where that is certain.</summary>
    public bool SkipFreeSpace { get; init; }

    /// <summary>
    /// Asked whether what is there may be replaced, where the target's <see cref="UploadTarget.Force"/> does not say so; it is given the
    /// error that a no makes. Null for a no.
    /// </summary>
    public Func<ImageServiceException, Task<bool>>? AskToReplace { get; init; }

    /// <summary>Whether the disk is judged by the rules for disks in Azure first, and what of it.</summary>
    public UploadReadiness Readiness { get; init; }
}

/// <summary>What the rules for disks that are to run in Azure mean for an upload.</summary>
public enum UploadReadiness
{
    /// <summary>Each rule that the disk fails is a warning.</summary>
    Warn,

    /// <summary>The disk is uploaded only if its verdict is Ready.</summary>
    Require,

    /// <summary>The rules are not applied.</summary>
    None,
}
