using AzImageTools.Disks;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Readiness.Repair;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Upload;

/// <summary>A disk that was uploaded. Lengths are in bytes.</summary>
public sealed record VhdUpload
{
    /// <summary>The managed disk's resource id; the address of a page blob.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>The name of the disk or blob.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>The managed disk's resource group; null for a page blob.</summary>
    public string? ResourceGroupName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The managed disk's region; null for a page blob.</summary>
    public string? Location { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The subscription; null where a SAS was used, which does not tell it.</summary>
    public string? SubscriptionId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What the disk is in Azure.</summary>
    public required UploadTargetKind TargetKind { get; init; }

    /// <summary>The page blob's address, never with a signature; null for a managed disk, whose pages had one for the upload only.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The image file uploaded.</summary>
    public required string SourcePath { get; init; }

    /// <summary>Its format.</summary>
    public required DiskFormat SourceFormat { get; init; }

    /// <summary>The disk's capacity, rounded up to 1 MiB; the blob has 512 bytes more, the footer.</summary>
    public required long Capacity { get; init; }

    /// <summary>What was read of the disk; the rest was known to be empty.</summary>
    public required long BytesRead { get; init; }

    /// <summary>What of the capacity was not sent, being zero.</summary>
    public required long BytesSkipped { get; init; }

    /// <summary>Whether the free space of volumes was left out: then it reads as zeros in Azure, and is not identical to the disk.</summary>
    public bool FreeSpaceSkipped => FreeSpace.Any(static volume => volume.IsSkipped);

    /// <summary>How many bytes that the image file keeps were left out as free space; <see cref="BytesSkipped"/> has them too.</summary>
    public long BytesSkippedAsFree { get; init; }

    /// <summary>The volumes whose free space was left out, and those left whole with why; empty where leaving it out was not asked for.</summary>
    public IReadOnlyList<FreeSpaceVolume> FreeSpace { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>What was repaired of the disk for this upload, each rule with what was and is; empty where that was not asked for.</summary>
    public IReadOnlyList<RepairResult> Repairs { get; init => field = PrintableList.Of(value); } = [];

    /// <summary>What was sent, the footer among it.</summary>
    public required long BytesSent { get; init; }

    /// <summary>What an earlier, interrupted run had sent already.</summary>
    public required long BytesResumed { get; init; }

    /// <summary>What was read back and compared, with -Verify: all that was sent but the footer; else 0.</summary>
    public required long BytesVerified { get; init; }

    /// <summary>How many Put Page requests the service confirmed.</summary>
    public required long Requests { get; init; }

    /// <summary>How many requests had to be sent again.</summary>
    public required long Retries { get; init; }

    /// <summary>How long it took, from the creation of the target to its completion.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The CRC-64/NVME of the capacity's bytes as they are in Azure (without the footer), as 16 hexadecimal digits.</summary>
    public required string Crc64 { get; init; }

    /// <summary>
    /// Whether the pages that the service holds were compared with those meant; the checksum of each was checked by the service.
    /// False where the SAS does not allow reading.
    /// </summary>
    public required bool Verified { get; init; }

    /// <summary>Windows or Linux; null where it is not known.</summary>
    public string? OsType { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>V1 or V2; null where it is not known.</summary>
    public string? HyperVGeneration { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The id: what is made of an upload where a command takes text.</summary>
    public override string ToString() => Id;
}
