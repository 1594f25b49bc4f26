using AzImageTools.Services.Plans;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>A target as the upload sees it: checked, created, written through a blob client, completed, removed.</summary>
internal abstract class UploadDestination
{
    /// <summary>The target as the middle of a sentence: <c>managed disk 'web01' in resource group 'web'</c>.</summary>
    public abstract string Description { get; }

    /// <summary>The largest fixed VHD that it takes, footer included, in bytes.</summary>
    public abstract long MaximumLength { get; }

    /// <summary>Checks, reading only, that the target can be created.</summary>
    public abstract Task CheckAsync(OperationContext context);

    /// <summary>Creates the target, empty.</summary>
    public abstract Task CreateAsync(UploadSourceInfo source, StepRun run);

    /// <summary>Gets access to the target's pages.</summary>
    public abstract Task<PageBlobClient> OpenAsync(StepRun run);

    /// <summary>Gives the access up. Called once whatever became of the upload, under a token of its own.</summary>
    /// <param name="uploaded">Whether the disk is there as a whole; if so, a failure is one of the upload.</param>
    /// <param name="run">Its cancellation is not that of the upload.</param>
    public abstract Task CloseAsync(bool uploaded, StepRun run);

    /// <summary>Removes what this run created.</summary>
    /// <returns>Whether there was anything.</returns>
    public abstract Task<bool> RemoveAsync(StepRun run);

    /// <summary>Fills in what names the target.</summary>
    public abstract VhdUpload Identify(VhdUpload upload);
}
