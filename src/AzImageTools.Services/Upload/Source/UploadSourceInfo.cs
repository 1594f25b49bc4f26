using AzImageTools.Disks;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;

namespace AzImageTools.Services.Upload.Source;

/// <summary>What is known of the disk before the upload.</summary>
/// <param name="Path">The image file's full path.</param>
/// <param name="Format">Its format.</param>
/// <param name="Length">The length of the fixed VHD that it becomes, footer included, in bytes.</param>
/// <param name="DataLength">How much of it may be data; the rest is known to be empty, in bytes.</param>
/// <param name="OsType">Windows or Linux; null where it is not known.</param>
/// <param name="HyperVGeneration">V1 or V2, V2 where the disk boots both ways; null where it is not known.</param>
internal sealed record UploadSourceInfo(string Path, DiskFormat Format, long Length, long DataLength, string? OsType, string? HyperVGeneration)
{
    /// <summary>x64 or Arm64; null where it is not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>The disk, open. Whoever plans the upload closes it.</summary>
    public required OpenedImage Image { get; init; }

    /// <summary>By what a later run knows whether it is still the same disk.</summary>
    public required SourceIdentity Identity { get; init; }

    /// <summary>The volumes whose free space is left out, and those left whole; empty where leaving it out was not asked for.</summary>
    public IReadOnlyList<FreeSpaceVolume> FreeSpace { get; init; } = [];

    /// <summary>How many bytes that the image keeps are left out as free space.</summary>
    public long BytesSkippedAsFree { get; init; }

    /// <summary>What is left out as free space, as the end of a sentence; null where that was not asked for.</summary>
    public string? FreeSpaceSummary { get; init; }
}
