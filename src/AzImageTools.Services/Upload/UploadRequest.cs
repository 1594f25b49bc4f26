using AzImageTools.Disks.Containers;

namespace AzImageTools.Services.Upload;

/// <summary>Which disk to upload, and where to.</summary>
public sealed record UploadRequest
{
    /// <summary>How many requests are in flight at most where nothing else is said: each has 4 MiB in memory.</summary>
    public const int DefaultThrottleLimit = 32;

    /// <summary>The disk image's path, in any format that can be read.</summary>
    public required string Path { get; init; }

    /// <summary>Where to upload it to.</summary>
    public required UploadTarget Target { get; init; }

    /// <summary>How to open the disk image; null for the defaults.</summary>
    public VirtualDiskOptions? DiskOptions { get; init; }

    /// <summary>
    /// How many requests may be in flight at most, 1 to 256. It begins with 8 of them, adds some while that is faster, and
    /// takes some away when the service asks for less.
    /// </summary>
    public int ThrottleLimit { get; init; } = DefaultThrottleLimit;

    /// <summary>The folder for the journal, by which an interrupted upload is continued; null for the disk image's own.</summary>
    public string? JournalPath { get; init; }

    /// <summary>Starts over where an interrupted upload could be continued.</summary>
    public bool Restart { get; init; }

    /// <summary>Reads everything back and compares it.</summary>
    public bool Verify { get; init; }

    /// <summary>Leaves out what the guest's file systems have as free: it reads as zeros in Azure, where that is certain.</summary>
    public bool SkipFreeSpace { get; init; }

    /// <summary>Whether the disk is judged by the rules for disks in Azure first, and what of it.</summary>
    public UploadReadiness Readiness { get; init; }

    /// <summary>The requests in flight and the memory for them, where several uploads share them; null for this one's own.</summary>
    public UploadBudget? Budget { get; init; }
}
