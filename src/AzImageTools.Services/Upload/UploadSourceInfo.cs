using AzImageTools.Disks;

namespace AzImageTools.Services.Upload;

/// <summary>What is known of the disk before the upload.</summary>
/// <param name="Path">The image file's full path.</param>
/// <param name="Format">Its format.</param>
/// <param name="Length">The length of the fixed VHD that it becomes, footer included, in bytes.</param>
/// <param name="DataLength">How much of it may be data; the rest is known to be empty, in bytes.</param>
/// <param name="OsType">Windows or Linux; null where it is not known.</param>
/// <param name="HyperVGeneration">V1 or V2, V2 where the disk boots both ways; null where it is not known.</param>
internal sealed record UploadSourceInfo(string Path, DiskFormat Format, long Length, long DataLength, string? OsType, string? HyperVGeneration);
