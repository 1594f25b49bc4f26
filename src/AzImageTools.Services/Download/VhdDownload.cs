using AzImageTools.Disks;

namespace AzImageTools.Services.Download;

/// <summary>A disk that was brought down. Lengths are in bytes.</summary>
public sealed record VhdDownload
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The resource id of the disk or snapshot; the address of a page blob, never with a signature.</summary>
    public required string SourceId { get; init => field = PrintableText.Of(value); }

    /// <summary>The file's format.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>How it keeps the disk.</summary>
    public required DiskSubFormat SubFormat { get; init; }

    /// <summary>The disk's capacity.</summary>
    public required long Capacity { get; init; }

    /// <summary>The file's length; it takes less room where it has holes.</summary>
    public required long FileSize { get; init; }

    /// <summary>What was brought down.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>What an earlier run had brought down.</summary>
    public required long BytesResumed { get; init; }

    /// <summary>What of the capacity was not asked for, as the service holds no data there.</summary>
    public required long BytesSkipped { get; init; }

    /// <summary>What was read a second time and found the same.</summary>
    public required long BytesVerified { get; init; }

    /// <summary>How many ranges were asked for.</summary>
    public required long Requests { get; init; }

    /// <summary>How many requests had to be sent again.</summary>
    public required long Retries { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The CRC-64/NVME of the disk's content, as 16 hexadecimal digits: that of VhdUpload for the same disk.</summary>
    public required string Crc64 { get; init; }

    /// <summary>
    /// Whether the service gave a checksum of each range that this run brought down, and it was right. The file is read back and compared in any case.
    /// </summary>
    public required bool Verified { get; init; }

    /// <summary>The file's path: what is made of it where a command takes text.</summary>
    public override string ToString() => Path;
}
