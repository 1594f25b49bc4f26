using System.Runtime.InteropServices;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;

namespace AzImageTools.Services.Upload.Target;

/// <summary>Finds out, reading only, what an upload meets at its target.</summary>
internal abstract class TargetCheck
{
    /// <summary>A blob is there.</summary>
    private protected const string BlobExistsErrorId = "BlobAlreadyExists";

    /// <summary>Something is there, and access to it does not tell what.</summary>
    private protected const string NotVisibleErrorId = "TargetNotVisible";

    /// <summary>A managed disk is there that waits for an upload which no journal here tells of.</summary>
    private protected const string UnderUploadErrorId = "DiskUnderUpload";

    /// <summary>What names the target: a page blob's address without signature, a managed disk's resource id.</summary>
    public abstract string Id { get; }

    /// <summary>The target as the middle of a sentence: <c>managed disk 'web01' in resource group 'web'</c>.</summary>
    public abstract string Description { get; }

    /// <summary>The largest fixed VHD that it takes, footer included, in bytes.</summary>
    public abstract long MaximumLength { get; }

    /// <summary>The check of a target.</summary>
    /// <param name="session">The session; null only where the target carries its own credential.</param>
    /// <param name="target">The target.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">A name or security type can't be (NameInvalid, SecurityTypeNotSupported), or there is no session (NotConnected).</exception>
    public static TargetCheck Of(ImageSession? session, UploadTarget target, TimeProvider time)
        => target is ManagedDiskTarget disk
            ? new ManagedDiskCheck(session, disk)
            : new PageBlobCheck(new UploadBlob(PageBlobAccess.Open(session, target, time)), target.Force, target is PageBlobTarget ? session!.Context.SubscriptionId : null);

    /// <summary>Whether an error of <see cref="RunAsync"/> is one that <see cref="UploadTarget.Force"/> answers.</summary>
    public static bool IsForceable(ImageServiceException refusal) => refusal.ErrorId is BlobExistsErrorId or NotVisibleErrorId or UnderUploadErrorId;

    /// <summary>Begins to look at what is there, where that takes a while, so that <see cref="RunAsync"/> need not wait for it.</summary>
    /// <param name="context">Cancellation.</param>
    public virtual void Begin(OperationContext context)
    {
    }

    /// <summary>Looks at what is there.</summary>
    /// <param name="earlier">The journal of an interrupted upload to it; null for none.</param>
    /// <param name="use">What is meant to be done with what is there.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">Something of somebody else's is there.</exception>
    public abstract Task<TargetState> RunAsync(JournalContent? earlier, TargetUse use, OperationContext context);
}

/// <summary>What an upload means to do with what it finds at its target.</summary>
/// <param name="Length">How long the target has to be, in bytes, footer included.</param>
/// <param name="Restart">Whether it begins anew even where it could be continued.</param>
/// <param name="Verify">Whether it reads back what is there: then it may keep what no journal tells of.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TargetUse(long Length, bool Restart, bool Verify);
