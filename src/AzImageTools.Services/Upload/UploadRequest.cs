using AzImageTools.Disks;

namespace AzImageTools.Services.Upload;

/// <summary>Which disk to upload, and where to.</summary>
public sealed record UploadRequest
{
    /// <summary>How many requests are in flight where nothing else is said.</summary>
    public const int DefaultThrottleLimit = 8;

    /// <summary>The disk image's path, in any format that can be read.</summary>
    public required string Path { get; init; }

    /// <summary>Where to upload it to.</summary>
    public required UploadTarget Target { get; init; }

    /// <summary>How to open the disk image; null for the defaults.</summary>
    public VirtualDiskOptions? DiskOptions { get; init; }

    /// <summary>How many requests may be in flight, 1 to 256.</summary>
    public int ThrottleLimit { get; init; } = DefaultThrottleLimit;
}
