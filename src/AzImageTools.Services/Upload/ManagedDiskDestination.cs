using AzImageTools.Services.Capture;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Journal;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Upload;

/// <summary>A new managed disk that is made for an upload.</summary>
internal sealed class ManagedDiskDestination(ImageSession session, ManagedDiskTarget target) : UploadDestination
{
    private string? _location = target.Location;
    private string? _replaceable;

    public override string Id => DiskId.ToString();

    public override string Description => $"managed disk '{target.DiskName}' in resource group '{target.ResourceGroupName}'";

    /// <summary>The largest <c>uploadSizeBytes</c> (REST reference, Disks - Create Or Update, CreationData).</summary>
    public override long MaximumLength => 35_183_298_347_520;

    private ResourceIdentifier GroupId => ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName);

    private ResourceIdentifier DiskId => ManagedDiskResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName, target.DiskName);

    private ManagedDiskCollection Disks => session.Arm.GetResourceGroupResource(GroupId).GetManagedDisks();

    private ManagedDiskResource Disk => session.Arm.GetManagedDiskResource(DiskId);

    public override async Task<TargetState> CheckAsync(JournalContent? earlier, bool restart, OperationContext context)
    {
        Response<ResourceGroupResource> group = await AzureErrors.CallAsync(
            $"Finding the resource group '{target.ResourceGroupName}'",
            target.ResourceGroupName,
            () => session.Arm.GetResourceGroupResource(GroupId).GetAsync(context.Cancellation)).ConfigureAwait(false);
        _location ??= group.Value.Data.Location.Name;

        ManagedDiskResource? disk = await CallAsync("Looking for", () => Lookup.FindAsync(() => Disk.GetAsync(context.Cancellation))).ConfigureAwait(false);
        if (disk is null)
        {
            return TargetState.ToCreate;
        }

        bool isOwn = earlier is not null && RunTag.IsOf(disk.Data.Tags, earlier.Header.RunId) && disk.Data.CreationData.UploadSizeBytes == earlier.Header.Length;
        if (isOwn && IsUnderUpload(disk.Data.DiskState))
        {
            _replaceable = restart ? earlier!.Header.RunId : null;
            return restart ? TargetState.ToCreate : TargetState.ToContinue;
        }

        if (isOwn && earlier!.IsVerified && !restart)
        {
            return TargetState.Ended;
        }

        throw new ImageServiceException(
            "DiskAlreadyExists",
            ServiceErrorKind.AlreadyExists,
            isOwn ? $"The upload to the {Description} was ended before it was complete." : $"There is a {Description} already.",
            "Choose another name with -DiskName, or remove it first.",
            DiskId.ToString());
    }

    public override async Task CreateAsync(UploadSourceInfo source, StepRun run)
    {
        if (_replaceable is { } earlier)
        {
            await RemoveAsync(run with { RunId = earlier }).ConfigureAwait(false);
        }

        await CallAsync(
            "Creating",
            async () =>
            {
                ManagedDiskData disk = Describe(source);
                RunTag.Apply(disk.Tags, target.Tags, run.RunId);
                ArmOperation<ManagedDiskResource> operation = await Disks.CreateOrUpdateAsync(
                    WaitUntil.Started, target.DiskName, disk, run.Cancellation).ConfigureAwait(false);
                return await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    public override async Task<UploadAccess> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
    {
        DiskWriteAccess access = new(duration => GrantAsync(duration, run), source.DataLength, run.Context);
        try
        {
            await access.BeginAsync().ConfigureAwait(false);
            return new UploadAccess(session.Storage.PageBlobWithSas(access.Address, access), LeaseId: null);
        }
        catch (ImageServiceException exception) when (source.IsContinued && exception.Kind == ServiceErrorKind.InvalidState)
        {
            run.Context.Log.Warning(
                $"Azure does not give write access again to the {Description}, so its upload can't be continued: it is replaced by a new one. ({exception.Message})");
        }

        await RemoveAsync(run).ConfigureAwait(false);
        await CreateAsync(source, run).ConfigureAwait(false);
        await access.BeginAsync().ConfigureAwait(false);
        return new UploadAccess(session.Storage.PageBlobWithSas(access.Address, access), LeaseId: null, IsNew: true);
    }

    public override async Task CompleteAsync(string crc64, StepRun run)
    {
        await CallAsync("Ending the upload to", () => RevokeAsync(run)).ConfigureAwait(false);
        Response<ManagedDiskResource> disk = await CallAsync("Checking", () => Disk.GetAsync(run.Cancellation)).ConfigureAwait(false);
        if (IsUnderUpload(disk.Value.Data.DiskState))
        {
            throw new ImageServiceException(
                "UploadNotEnded",
                ServiceErrorKind.InvalidState,
                $"The {Description} is still in state {disk.Value.Data.DiskState} after its upload was ended.",
                "The same command tries again.",
                DiskId.ToString());
        }
    }

    /// <summary>The access is left to expire: to revoke it would end the upload for good.</summary>
    public override Task LeaveAsync(StepRun run) => Task.CompletedTask;

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

    /// <summary>Whether a disk in that state waits for its upload or its end.</summary>
    public static bool IsUnderUpload(DiskState? state) => state == DiskState.ReadyToUpload || state == DiskState.ActiveUpload;

    private ManagedDiskData Describe(UploadSourceInfo source)
    {
        ManagedDiskData disk = new(new AzureLocation(_location!))
        {
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = source.Length },
            OSType = Enum.TryParse(source.OsType, out SupportedOperatingSystemType os) ? os : null,
            HyperVGeneration = source.HyperVGeneration is null ? (HyperVGeneration?)null : new HyperVGeneration(source.HyperVGeneration),
            NetworkAccessPolicy = target.NetworkAccessPolicy is null ? (NetworkAccessPolicy?)null : new NetworkAccessPolicy(target.NetworkAccessPolicy),
            DiskAccessId = target.DiskAccessId is null ? null : ResourceNames.RequireId(target.DiskAccessId, DiskAccessResource.ResourceType, "disk access"),
        };
        if (source.Architecture is not null)
        {
            disk.SupportedCapabilities = new SupportedCapabilities { Architecture = new ArchitectureType(source.Architecture) };
        }

        if (target.Zone is not null)
        {
            disk.Zones.Add(target.Zone);
        }

        if (target.DiskSku is not null)
        {
            disk.Sku = new DiskSku { Name = new DiskStorageAccountType(target.DiskSku) };
        }

        if (target.SecurityType is not null && !string.Equals(target.SecurityType, "Standard", StringComparison.OrdinalIgnoreCase))
        {
            disk.SecurityProfile = new DiskSecurityProfile { SecurityType = new DiskSecurityType(target.SecurityType) };
        }

        if (target.DiskEncryptionSetId is not null)
        {
            disk.Encryption = new DiskEncryption
            {
                DiskEncryptionSetId = ResourceNames.RequireId(target.DiskEncryptionSetId, DiskEncryptionSetResource.ResourceType, "disk encryption set"),
                EncryptionType = ComputeEncryptionType.EncryptionAtRestWithCustomerKey,
            };
        }

        return disk;
    }

    private Task<Uri> GrantAsync(TimeSpan duration, StepRun run)
        => CallAsync(
            "Getting write access to",
            async () =>
            {
                GrantAccessData grant = new(AccessLevel.Write, (int)duration.TotalSeconds);
                ArmOperation<AccessUri> operation = await Disk.GrantAccessAsync(WaitUntil.Started, grant, run.Cancellation).ConfigureAwait(false);
                AccessUri access = await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
                return new Uri(access.AccessSas);
            });

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
