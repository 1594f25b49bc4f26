using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Journal;

namespace AzImageTools.Services.Upload;

/// <summary>A target as the upload sees it: checked, created, written through a blob client, completed or left, removed.</summary>
internal abstract class UploadDestination
{
    /// <summary>What names the target: a page blob's address without signature, a managed disk's resource id.</summary>
    public abstract string Id { get; }

    /// <summary>The target as the middle of a sentence: <c>managed disk 'web01' in resource group 'web'</c>.</summary>
    public abstract string Description { get; }

    /// <summary>The largest fixed VHD that it takes, footer included, in bytes.</summary>
    public abstract long MaximumLength { get; }

    /// <summary>Looks ahead at what is there, where that takes a while, so that <see cref="CheckAsync"/> need not wait for it.</summary>
    /// <param name="context">Cancellation.</param>
    public virtual void BeginLooking(OperationContext context)
    {
    }

    /// <summary>The run that created what is to be taken over; null where nothing is.</summary>
    public string? TakenOverRunId { get; protected set; }

    /// <summary>Checks, reading only, what is there, and that the target can be created or continued.</summary>
    /// <param name="earlier">The journal of an interrupted upload to it; null for none.</param>
    /// <param name="use">What is meant to be done with what is there.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">Something of somebody else's is there.</exception>
    public abstract Task<TargetState> CheckAsync(JournalContent? earlier, TargetUse use, OperationContext context);

    /// <summary>Creates the target, empty.</summary>
    public abstract Task CreateAsync(UploadSourceInfo source, StepRun run);

    /// <summary>Gets access to the target's pages.</summary>
    /// <param name="source">The disk.</param>
    /// <param name="leaseId">The lease to take where there are leases.</param>
    /// <param name="run">Its id is that of the run which created the target.</param>
    public abstract Task<UploadAccess> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run);

    /// <summary>Ends an upload that is there as a whole.</summary>
    /// <param name="crc64">The disk's CRC-64/NVME as 16 hexadecimal digits.</param>
    /// <param name="run">Its id is that of the run which created the target.</param>
    public abstract Task CompleteAsync(string crc64, StepRun run);

    /// <summary>Lets go of an upload that did not end well, so that it can be continued. Takes no longer than its cancellation allows, and never fails.</summary>
    public abstract Task LeaveAsync(StepRun run);

    /// <summary>Removes what the run created.</summary>
    /// <returns>Whether there was anything.</returns>
    public abstract Task<bool> RemoveAsync(StepRun run);

    /// <summary>Fills in what names the target.</summary>
    public abstract VhdUpload Identify(VhdUpload upload);
}
