using AzImageTools.Disks;
using AzImageTools.Services.Upload.Target;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Remote;

/// <summary>Access to the bytes of a disk in Azure.</summary>
/// <param name="Blob">Reads them.</param>
/// <param name="Name">What was asked for, without a secret.</param>
/// <param name="Format">The container that they are.</param>
internal sealed record RemoteAccess(PageBlobClient Blob, string Name, DiskFormat Format)
{
    /// <summary>What signs the address of a managed disk or snapshot; null for blobs.</summary>
    public DiskSignature? Signature { get; init; }

    /// <summary>Whether it may have been taken of a running machine.</summary>
    public bool IsCrashConsistent { get; init; }
}
