using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using Azure.Core;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>What an upload found at its target, and with it what can be done there: one of the four below.</summary>
internal abstract record TargetState
{
    private TargetState()
    {
    }

    /// <summary>What the target is in Azure.</summary>
    public required TargetIdentity Identity { get; init; }

    /// <summary>What creating a managed disk, and sending to it, does in Azure's own words; none for page blobs.</summary>
    public (IReadOnlyList<ResourceChange> ToCreate, IReadOnlyList<ResourceChange> ToSend) ChangesFor(UploadTarget target)
    {
        if (target is not ManagedDiskTarget disk)
        {
            return ([], []);
        }

        ResourceIdentifier id = new(Identity.Id);
        bool needsToken = string.Equals(disk.DataAccessAuthMode, "AzureActiveDirectory", StringComparison.OrdinalIgnoreCase);
        return (
            [ResourceChange.Create(id, new AzureLocation(Identity.Location!), disk.Tags)],
            [ResourceChange.Act(id, "beginGetAccess"), ResourceChange.Act(id, "endGetAccess"), .. needsToken ? [ResourceChange.OfData(id, "upload")] : Array.Empty<ResourceChange>()]);
    }

    /// <summary>Nothing that is to stay: the target is created.</summary>
    /// <param name="Target">Creates it.</param>
    internal sealed record Create(NewTarget Target) : TargetState;

    /// <summary>What an interrupted upload left, and its journal: it is written on.</summary>
    /// <param name="Journal">What the journal tells.</param>
    /// <param name="Target">Opens it.</param>
    internal sealed record Continue(JournalContent Journal, ExistingTarget Target) : TargetState;

    /// <summary>What an upload left that no journal here tells of: what of it is the disk's is kept, the rest written on.</summary>
    /// <param name="RunId">The run that created it.</param>
    /// <param name="Target">Opens it.</param>
    internal sealed record TakeOver(string RunId, ExistingTarget Target) : TargetState;

    /// <summary>The whole disk, as the journal tells: the run that ended the upload was killed before it could remove the journal.</summary>
    /// <param name="Journal">What the journal tells.</param>
    /// <param name="Target">Gives access to the pages, to see whether it is so.</param>
    internal sealed record Ended(JournalContent Journal, EndedManagedDisk Target) : TargetState;
}

/// <summary>What an uploaded disk is in Azure.</summary>
/// <param name="Kind">Page blob or managed disk.</param>
/// <param name="Id">The managed disk's resource id; the page blob's address.</param>
/// <param name="Name">The name of the disk or blob.</param>
/// <param name="SubscriptionId">The subscription; null where a page blob's credential does not tell.</param>
internal sealed record TargetIdentity(UploadTargetKind Kind, string Id, string Name, string? SubscriptionId)
{
    /// <summary>The managed disk's resource group; null for a page blob.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The managed disk's region; null for a page blob.</summary>
    public string? Location { get; init; }

    /// <summary>The page blob's address; null for a managed disk.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The sandbox that it is in; null for Azure.</summary>
    public string? SandboxId { get; init; }
}

/// <summary>A target that is to be created.</summary>
internal abstract class NewTarget
{
    /// <summary>
    /// The error of a managed disk that turns out to be somebody else's while it is created or opened: Azure has no condition for
    /// that. Nothing is done to it from then on.
    /// </summary>
    public const string TakenErrorId = "DiskAlreadyExists";

    /// <summary>Creates it, empty.</summary>
    /// <exception cref="ImageServiceException">Somebody else did (<see cref="TakenErrorId"/>, BlobAlreadyExists), or Azure refused.</exception>
    public abstract Task<ExistingTarget> CreateAsync(UploadSourceInfo source, StepRun run);

    /// <summary>Removes it, if the run created it.</summary>
    /// <param name="leaseId">The lease that may be held on it, where there are leases.</param>
    /// <param name="run">The run.</param>
    /// <returns>Whether there was anything.</returns>
    public abstract Task<bool> RemoveAsync(Guid leaseId, StepRun run);
}

/// <summary>A target that is there, and this upload's.</summary>
internal abstract class ExistingTarget
{
    /// <summary>Gets access to its pages.</summary>
    /// <param name="source">The disk.</param>
    /// <param name="leaseId">The lease to take where there are leases.</param>
    /// <param name="run">Its id is that of the run which created the target.</param>
    /// <exception cref="ImageServiceException">Somebody else has it (<see cref="NewTarget.TakenErrorId"/>, LeaseAlreadyPresent), or Azure refused.</exception>
    public abstract Task<TargetWriter> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run);
}

/// <summary>A target while its pages are written, up to its completion or until it is left.</summary>
/// <param name="blob">The pages.</param>
/// <param name="leaseId">The lease held meanwhile; null where there are none.</param>
/// <param name="isEmpty">Whether it was only just created.</param>
internal abstract class TargetWriter(PageBlobClient blob, string? leaseId, bool isEmpty)
{
    /// <summary>The pages.</summary>
    public PageBlobClient Blob => blob;

    /// <summary>The lease held meanwhile; null where there are none.</summary>
    public string? LeaseId => leaseId;

    /// <summary>Whether it was only just created.</summary>
    public bool IsEmpty => isEmpty;

    /// <summary>Ends an upload that is there as a whole.</summary>
    /// <param name="crc64">The disk's CRC-64/NVME as 16 hexadecimal digits.</param>
    /// <param name="run">Its id is that of the run which created the target.</param>
    public abstract Task CompleteAsync(string crc64, StepRun run);

    /// <summary>Lets go of an upload that did not end well, so that it can be continued. Takes no longer than its cancellation allows, and never fails.</summary>
    public abstract Task LeaveAsync(CancellationToken cancellation);
}
