using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Upload;

/// <summary>What is done with a managed disk under upload, whoever began it.</summary>
internal static class UploadDisk
{
    /// <summary>Whether a disk in that state waits for its upload or its end.</summary>
    public static bool IsUnderUpload(DiskState? state) => state == DiskState.ReadyToUpload || state == DiskState.ActiveUpload;

    /// <summary>Ends write access, and with it the upload, for good.</summary>
    /// <exception cref="RequestFailedException">Azure refuses, or the disk's bytes are not those of a fixed VHD.</exception>
    public static async Task EndAccessAsync(ManagedDiskResource disk, StepRun run)
    {
        ArmOperation operation = await disk.RevokeAccessAsync(WaitUntil.Started, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    /// <summary>Ends write access to a disk that is then deleted.</summary>
    public static async Task TryEndAccessAsync(ManagedDiskResource disk, StepRun run)
    {
        try
        {
            await EndAccessAsync(disk, run).ConfigureAwait(false);
        }
        catch (RequestFailedException exception)
        {
            // Azure complains of the footer that a half-written disk lacks, but ends the access all the same.
            run.Context.Log.Debug(AzureErrors.Translate(exception, "Ending the access to the managed disk", disk.Id.ToString()).Message);
        }
    }
}
