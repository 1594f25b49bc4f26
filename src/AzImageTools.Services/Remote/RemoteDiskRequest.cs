using AzImageTools.Disks;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Remote;

/// <summary>A disk in Azure that is to be read where it lies, by one of its three names.</summary>
public sealed record RemoteDiskRequest
{
    /// <summary>The resource id of a managed disk, a snapshot, a restore point's disk, or a virtual machine, of which the OS disk is read.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The address of a blob, which is read with the session's credential.</summary>
    public Uri? BlobUri { get; init; }

    /// <summary>An address that holds a shared access signature, of a blob or an exported disk. Needs no session.</summary>
    public SasTarget? Sas { get; init; }

    /// <summary>With a virtual machine: the data disk with that logical unit number in place of the OS disk.</summary>
    public int? Lun { get; init; }

    /// <summary>What a blob holds; null to go by its name's extension, else a VHD. Disks and snapshots are always read as the VHD that Azure exports.</summary>
    public DiskFormat? Format { get; init; }

    /// <summary>The disk access whose private endpoints a temporary snapshot is read through, of a disk that is open to those alone (AllowPrivate).</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>Where a temporary snapshot is made; the disk's own resource group by default.</summary>
    public string? TemporaryResourceGroupName { get; init; }

    /// <summary>Tags for a temporary snapshot, such as a policy may require.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
