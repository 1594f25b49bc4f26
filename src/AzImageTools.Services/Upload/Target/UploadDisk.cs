using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A managed disk under upload: what is done with it, whoever began.</summary>
internal sealed class UploadDisk(ImageSession session, string resourceGroupName, string diskName)
{
    /// <summary>The session.</summary>
    public ImageSession Session => session;

    /// <summary>Its resource id.</summary>
    public ResourceIdentifier Id { get; } = ManagedDiskResource.CreateResourceIdentifier(session.Context.SubscriptionId, resourceGroupName, diskName);

    /// <summary>The disk as the middle of a sentence.</summary>
    public string Description => $"managed disk '{diskName}' in resource group '{resourceGroupName}'";

    /// <summary>Its resource group.</summary>
    public ResourceGroupResource ResourceGroup
        => session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, resourceGroupName));

    /// <summary>Sends requests to it.</summary>
    public ManagedDiskResource Resource => session.Arm.GetManagedDiskResource(Id);

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

    /// <summary>The disk as it is; null where it is not there.</summary>
    public Task<ManagedDiskResource?> FindAsync(CancellationToken cancellation)
        => CallAsync("Looking for", () => Lookup.FindAsync(() => Resource.GetAsync(cancellation)));

    /// <summary>Calls Azure, and translates what it refuses.</summary>
    /// <param name="doing">What is done to the disk, before its description: <c>Creating</c>.</param>
    /// <param name="call">The call.</param>
    public Task<T> CallAsync<T>(string doing, Func<Task<T>> call) => AzureErrors.CallAsync($"{doing} the {Description}", Id.ToString(), call);

    /// <summary>The error of a disk that somebody else makes at the same time.</summary>
    public ImageServiceException Taken(Exception? cause = null)
        => new(
            NewTarget.TakenErrorId,
            ErrorKind.AlreadyExists,
            $"There is {ResourceNames.WithArticle(Description)} already: something else is creating it at the same time.",
            "Choose another name with -DiskName.",
            Id.ToString(),
            cause);
}
