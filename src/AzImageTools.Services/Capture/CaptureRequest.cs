using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Capture;

/// <summary>Which virtual machine to capture, and into what.</summary>
public sealed record CaptureRequest : ImageVersionRequest
{
    /// <summary>The virtual machine's resource id; else <see cref="VMName"/> and <see cref="VMResourceGroupName"/> name it.</summary>
    public string? VMId { get; init; }

    /// <summary>The virtual machine's name.</summary>
    public string? VMName { get; init; }

    /// <summary>The virtual machine's resource group.</summary>
    public string? VMResourceGroupName { get; init; }

    /// <summary>The managed image's name. For a gallery the image definition's, unless <see cref="ImageVersionRequest.GalleryImageDefinitionName"/> says otherwise.</summary>
    public string? ImageName { get; init; }

    /// <summary>The managed image's resource group; the virtual machine's when null.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>Whole machine or OS disk only.</summary>
    public ImageType ImageType { get; init; } = ImageType.VmImage;

    /// <summary>Generalized, or, into a gallery only, specialized: the virtual machine is then left as it is.</summary>
    public OsState OsState { get; init; } = OsState.Generalized;

    /// <summary>The gallery's resource group; when null <see cref="ResourceGroupName"/>, and then the virtual machine's.</summary>
    public string? GalleryResourceGroupName { get; init; }

    /// <summary>Takes no snapshot of the OS disk before the machine is generalized.</summary>
    public bool NoBackup { get; init; }

    /// <summary>Generalizes the guest first, which has to run; a guest that has stopped is only judged.</summary>
    public bool Generalize { get; init; }

    /// <summary>With <see cref="Generalize"/>: how long the guest may take until it has stopped; null for what its system mostly needs.</summary>
    public TimeSpan? GeneralizationTimeout { get; init; }

    /// <summary>With <see cref="Generalize"/>: the readiness rules not to ask, by id, with PowerShell's wildcards.</summary>
    public IReadOnlyList<string> ExcludedRules { get; init; } = [];

    /// <summary>With <see cref="Generalize"/> and <see cref="PreserveSource"/>: the disk access whose private endpoints temporary snapshots are read through, of a disk that is open to those alone.</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>Captures a temporary clone of the machine in its place, which is generalized for it; the machine itself is only read.</summary>
    public bool PreserveSource { get; init; }

    /// <summary>With <see cref="PreserveSource"/>: the resource group for what is temporary; one of its own when null.</summary>
    public string? TemporaryResourceGroupName { get; init; }

    /// <summary>With <see cref="PreserveSource"/>: the subnet that the clone joins, beside its twin; a network of its own that leads nowhere when null.</summary>
    public string? SubnetId { get; init; }

    /// <summary>Whether the machine is a clone that goes when it has been captured: nobody wants it back.</summary>
    internal bool IsClone { get; init; }

    /// <summary>Of a clone: where its image comes from, which is the machine that was cloned.</summary>
    internal VersionOrigin? CloneOrigin { get; init; }

    /// <summary>Captures a running Windows machine all the same.</summary>
    public bool AllowRunning { get; init; }
}
