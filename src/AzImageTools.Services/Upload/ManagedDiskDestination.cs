using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>A new managed disk that is made for an upload.</summary>
internal sealed class ManagedDiskDestination(ImageSession session, ManagedDiskTarget target) : UploadDestination
{
    /// <summary>How long the SAS of an upload is valid.</summary>
    private static readonly TimeSpan AccessDuration = TimeSpan.FromHours(24);

    private string? _location = target.Location;

    public override string Description => $"managed disk '{target.DiskName}' in resource group '{target.ResourceGroupName}'";

    /// <summary>The largest <c>uploadSizeBytes</c> (REST reference, Disks - Create Or Update, CreationData).</summary>
    public override long MaximumLength => 35_183_298_347_520;

    private ResourceIdentifier GroupId => ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName);

    private ResourceIdentifier DiskId => ManagedDiskResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName, target.DiskName);

    private ManagedDiskCollection Disks => session.Arm.GetResourceGroupResource(GroupId).GetManagedDisks();

    private ManagedDiskResource Disk => session.Arm.GetManagedDiskResource(DiskId);

    public override async Task CheckAsync(OperationContext context)
    {
        Response<ResourceGroupResource> group = await AzureErrors.CallAsync(
            $"Finding the resource group '{target.ResourceGroupName}'",
            target.ResourceGroupName,
            () => session.Arm.GetResourceGroupResource(GroupId).GetAsync(context.Cancellation)).ConfigureAwait(false);
        _location ??= group.Value.Data.Location.Name;

        bool exists = await CallAsync(
            "Looking for", async () => (await Disks.ExistsAsync(target.DiskName, context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
        if (exists)
        {
            throw new ImageServiceException(
                "DiskAlreadyExists", ServiceErrorKind.AlreadyExists, $"There is a {Description} already.", "Choose another name with -DiskName, or remove it first.", DiskId.ToString());
        }
    }

    public override Task CreateAsync(UploadSourceInfo source, StepRun run)
        => CallAsync(
            "Creating",
            async () =>
            {
                ManagedDiskData disk = new(new AzureLocation(_location!))
                {
                    CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = source.Length },
                    OSType = Enum.TryParse(source.OsType, out SupportedOperatingSystemType os) ? os : null,
                    HyperVGeneration = source.HyperVGeneration is null ? (HyperVGeneration?)null : new HyperVGeneration(source.HyperVGeneration),
                };
                RunTag.Apply(disk.Tags, userTags: null, run.RunId);
                ArmOperation<ManagedDiskResource> operation = await Disks.CreateOrUpdateAsync(
                    WaitUntil.Started, target.DiskName, disk, run.Cancellation).ConfigureAwait(false);
                return await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            });

    public override Task<PageBlobClient> OpenAsync(StepRun run)
        => CallAsync(
            "Getting write access to",
            async () =>
            {
                GrantAccessData grant = new(AccessLevel.Write, (int)AccessDuration.TotalSeconds);
                ArmOperation<AccessUri> operation = await Disk.GrantAccessAsync(WaitUntil.Started, grant, run.Cancellation).ConfigureAwait(false);
                AccessUri access = await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
                return session.Storage.PageBlobWithSas(new Uri(access.AccessSas), new PageCrcPolicy());
            });

    public override async Task CloseAsync(bool uploaded, StepRun run)
    {
        if (!uploaded)
        {
            // The disk is going to be removed, which tells of a failure that matters.
            await RevokeIfPossibleAsync(run).ConfigureAwait(false);
            return;
        }

        await CallAsync("Ending the upload to", () => RevokeAsync(run)).ConfigureAwait(false);
        Response<ManagedDiskResource> disk = await CallAsync("Checking", () => Disk.GetAsync(run.Cancellation)).ConfigureAwait(false);
        DiskState? state = disk.Value.Data.DiskState;
        if (state is not null && (state == DiskState.ReadyToUpload || state == DiskState.ActiveUpload))
        {
            throw new ImageServiceException(
                "UploadNotEnded", ServiceErrorKind.InvalidState, $"The {Description} is still in state {state} after its upload was ended.", "Upload again.", DiskId.ToString());
        }
    }

    public override Task<bool> RemoveAsync(StepRun run)
        => OwnResource.DeleteAsync(
            run,
            $"the incomplete {Description}",
            cancellation => Lookup.FindAsync(() => Disk.GetAsync(cancellation)),
            disk => disk.Data.Tags,
            async (disk, cancellation) =>
            {
                await RevokeIfPossibleAsync(run).ConfigureAwait(false);
                return await disk.DeleteAsync(WaitUntil.Started, cancellation).ConfigureAwait(false);
            });

    public override VhdUpload Identify(VhdUpload upload)
        => upload with
        {
            Id = DiskId.ToString(),
            Name = target.DiskName,
            ResourceGroupName = target.ResourceGroupName,
            Location = _location,
            SubscriptionId = session.Context.SubscriptionId,
            TargetKind = UploadTargetKind.ManagedDisk,
        };

    private async Task<bool> RevokeAsync(StepRun run)
    {
        ArmOperation operation = await Disk.RevokeAccessAsync(WaitUntil.Started, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
        return true;
    }

    /// <summary>Azure complains of the footer that a half-written disk lacks, but ends the access all the same.</summary>
    private async Task RevokeIfPossibleAsync(StepRun run)
    {
        try
        {
            await CallAsync("Ending the access to", () => RevokeAsync(run)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception)
        {
            run.Context.Log.Debug(exception.Message);
        }
    }

    private Task<T> CallAsync<T>(string doing, Func<Task<T>> call) => AzureErrors.CallAsync($"{doing} the {Description}", DiskId.ToString(), call);
}
