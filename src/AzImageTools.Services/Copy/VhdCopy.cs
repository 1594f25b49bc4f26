using AzImageTools.Disks;

namespace AzImageTools.Services.Copy;

/// <summary>A disk that was copied within Azure. Lengths are in bytes.</summary>
public sealed record VhdCopy
{
    /// <summary>The copy's resource id; the address of a page blob, never with a signature.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group; null for a page blob.</summary>
    public string? ResourceGroupName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its region; null for a page blob.</summary>
    public string? Location { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its subscription; null for a page blob.</summary>
    public string? SubscriptionId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>What it is: a page blob or a snapshot.</summary>
    public required CopyKind CopyKind { get; init; }

    /// <summary>The page blob's address, never with a signature; null for a snapshot.</summary>
    public Uri? Uri { get; init; }

    /// <summary>What was copied: a resource id, or a page blob's address.</summary>
    public required string SourceId { get; init => field = PrintableText.Of(value); }

    /// <summary>The disk's capacity.</summary>
    public required long Capacity { get; init; }

    /// <summary>What this run had copied; null for a snapshot, of which Azure does not tell.</summary>
    public long? BytesCopied { get; init; }

    /// <summary>What was there from an earlier run.</summary>
    public long? BytesResumed { get; init; }

    /// <summary>What of the capacity holds no data.</summary>
    public long? BytesSkipped { get; init; }

    /// <summary>What was read from both and found the same.</summary>
    public long? BytesVerified { get; init; }

    /// <summary>How many ranges the service was asked to copy.</summary>
    public long? Requests { get; init; }

    /// <summary>How many requests had to be sent again.</summary>
    public long? Retries { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The CRC-64/NVME of the disk's content, as 16 hexadecimal digits; null where it is not known: of a snapshot, and of what an earlier run copied, unless it was verified.</summary>
    public string? Crc64 { get; init; }

    /// <summary>The copy's id: what is made of it where a command takes text.</summary>
    public override string ToString() => Id;
}

/// <summary>What a copy is.</summary>
public enum CopyKind : long
{
    /// <summary>A page blob in a storage account.</summary>
    PageBlob,

    /// <summary>A snapshot.</summary>
    Snapshot,
}
