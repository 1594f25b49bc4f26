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
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>A new managed disk that is made for an upload.</summary>
internal sealed class ManagedDiskDestination(ImageSession session, ManagedDiskTarget target) : UploadDestination
{
    private string? _location = target.Location;
    private string? _replaceable;
    private bool _isOthers;
    private bool _wasGranted;
    private bool _needsToken;

    public override string Id => DiskId.ToString();

    public override string Description => $"managed disk '{target.DiskName}' in resource group '{target.ResourceGroupName}'";

    /// <summary>The largest <c>uploadSizeBytes</c> (REST reference, Disks - Create Or Update, CreationData).</summary>
    public override long MaximumLength => 35_183_298_347_520;

    private ResourceIdentifier GroupId => ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName);

    private ResourceIdentifier DiskId => ManagedDiskResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName, target.DiskName);

    private ManagedDiskCollection Disks => session.Arm.GetResourceGroupResource(GroupId).GetManagedDisks();

    private ManagedDiskResource Disk => session.Arm.GetManagedDiskResource(DiskId);

    public override async Task<TargetState> CheckAsync(JournalContent? earlier, TargetUse use, OperationContext context)
    {
        Response<ResourceGroupResource> group = await AzureErrors.CallAsync(
            $"Finding the resource group '{target.ResourceGroupName}'",
            target.ResourceGroupName,
            () => session.Arm.GetResourceGroupResource(GroupId).GetAsync(context.Cancellation)).ConfigureAwait(false);
        _location ??= group.Value.Data.Location.Name;

        if (await FindAsync(context.Cancellation).ConfigureAwait(false) is not { } disk)
        {
            return TargetState.ToCreate;
        }

        bool isOwn = earlier is not null && RunTag.IsOf(disk.Data.Tags, earlier.Header.RunId) && disk.Data.CreationData.UploadSizeBytes == earlier.Header.Length;
        bool isUnderUpload = UploadDisk.IsUnderUpload(disk.Data.DiskState);
        if (isOwn && isUnderUpload)
        {
            _replaceable = use.Restart ? earlier!.Header.RunId : null;
            return use.Restart ? TargetState.ToCreate : TargetState.ToContinue;
        }

        if (isOwn && earlier!.IsVerified && !use.Restart)
        {
            return TargetState.Ended;
        }

        if (isUnderUpload && RunTag.Read(disk.Data.Tags) is { } runId)
        {
            return TakeOver(disk.Data, runId, use);
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

        // Creating is updating where there is one already, and there is no condition that Azure would check: so before and after.
        if (await FindAsync(run.Cancellation).ConfigureAwait(false) is not null)
        {
            throw Others();
        }

        ManagedDiskResource created;
        try
        {
            created = await CallAsync("Creating", () => CreateOrUpdateAsync(source, run)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind == ServiceErrorKind.InvalidState)
        {
            if (await FindAsync(run.Cancellation).ConfigureAwait(false) is { } other && !RunTag.IsOf(other.Data.Tags, run.RunId))
            {
                throw Others(exception);
            }

            throw;
        }

        if (!RunTag.IsOf(created.Data.Tags, run.RunId) || created.Data.DiskState is { } state && state != DiskState.ReadyToUpload)
        {
            throw Others();
        }
    }

    public override async Task<UploadAccess> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
    {
        DiskWriteAccess access = new(duration => GrantAsync(duration, run), source.DataLength, run.Context);
        _wasGranted = source.IsContinued;
        try
        {
            await access.BeginAsync().ConfigureAwait(false);
            return new UploadAccess(PagesThrough(access), LeaseId: null);
        }
        catch (ImageServiceException exception) when (!source.IsContinued && exception.Kind == ServiceErrorKind.InvalidState)
        {
            // To a disk that was only just made, somebody else was given access: so it is theirs.
            throw Others(exception);
        }
        catch (ImageServiceException exception) when (exception.Kind == ServiceErrorKind.InvalidState)
        {
            run.Context.Log.Warning(
                $"Azure does not give write access again to the {Description}, so its upload can't be continued: it is replaced by a new one. ({exception.Message})");
        }

        await RemoveAsync(run).ConfigureAwait(false);
        await CreateAsync(source, run).ConfigureAwait(false);
        _wasGranted = false;
        await access.BeginAsync().ConfigureAwait(false);
        return new UploadAccess(PagesThrough(access), LeaseId: null, IsNew: true);
    }

    public override async Task CompleteAsync(string crc64, StepRun run)
    {
        await CallAsync("Ending the upload to", async () =>
        {
            await UploadDisk.EndAccessAsync(Disk, run).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        Response<ManagedDiskResource> disk = await CallAsync("Checking", () => Disk.GetAsync(run.Cancellation)).ConfigureAwait(false);
        if (UploadDisk.IsUnderUpload(disk.Value.Data.DiskState))
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
        => _isOthers ? Task.FromResult(false) : OwnResource.DeleteAsync(
            run,
            $"the incomplete {Description}",
            cancellation => Lookup.FindAsync(() => Disk.GetAsync(cancellation)),
            disk => disk.Data.Tags,
            async (disk, cancellation) =>
            {
                await UploadDisk.TryEndAccessAsync(disk, run).ConfigureAwait(false);
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

    private Task<ManagedDiskResource?> FindAsync(CancellationToken cancellation)
        => CallAsync("Looking for", () => Lookup.FindAsync(() => Disk.GetAsync(cancellation)));

    /// <summary>What becomes of a disk that waits for an upload which no journal here tells of.</summary>
    private TargetState TakeOver(ManagedDiskData disk, string runId, TargetUse use)
    {
        if (!target.Force)
        {
            throw new ImageServiceException(
                "DiskUnderUpload",
                ServiceErrorKind.AlreadyExists,
                $"There is a {Description} already, in state {disk.DiskState}: an upload that no journal here tells of is under way, or was interrupted.",
                "If nothing sends to it any more, use -Force to send it anew (with -Verify, what is there already and right is kept), or Stop-AzVhdUpload to give it up.",
                DiskId.ToString());
        }

        if (use is { Verify: true, Restart: false } && disk.CreationData.UploadSizeBytes == use.Length)
        {
            TakenOverRunId = runId;
            return TargetState.ToTakeOver;
        }

        _replaceable = runId;
        return TargetState.ToCreate;
    }

    private async Task<ManagedDiskResource> CreateOrUpdateAsync(UploadSourceInfo source, StepRun run)
    {
        ManagedDiskData disk = Describe(source);
        RunTag.Apply(disk.Tags, target.Tags, run.RunId);
        ArmOperation<ManagedDiskResource> operation = await Disks.CreateOrUpdateAsync(
            WaitUntil.Started, target.DiskName, disk, run.Cancellation).ConfigureAwait(false);
        return await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    /// <summary>
    /// Looks at the disk before access to it is asked for: whoever also created it has put a tag of their own on it, and whoever
    /// was given access to it first keeps it.
    /// </summary>
    /// <exception cref="ImageServiceException">It is somebody else's (DiskAlreadyExists).</exception>
    private async Task RequireOwnAsync(StepRun run)
    {
        ManagedDiskData disk = (await CallAsync("Looking for", () => Disk.GetAsync(run.Cancellation)).ConfigureAwait(false)).Value.Data;
        if (!RunTag.IsOf(disk.Tags, run.RunId) || !_wasGranted && disk.DiskState == DiskState.ActiveUpload)
        {
            throw Others();
        }

        _needsToken = disk.DataAccessAuthMode == DataAccessAuthMode.AzureActiveDirectory;
    }

    /// <summary>The error of a disk that somebody else makes at the same time. From then on nothing is done to it.</summary>
    private ImageServiceException Others(Exception? cause = null)
    {
        _isOthers = true;
        return new ImageServiceException(
            "DiskAlreadyExists",
            ServiceErrorKind.AlreadyExists,
            $"There is a {Description} already: something else creates it at the same time.",
            "Choose another name with -DiskName.",
            DiskId.ToString(),
            cause);
    }

    private PageBlobClient PagesThrough(DiskWriteAccess access)
        => _needsToken
            ? session.Storage.PageBlobWithSas(access.Address, access, session.Storage.DiskToken())
            : session.Storage.PageBlobWithSas(access.Address, access);

    private ManagedDiskData Describe(UploadSourceInfo source)
    {
        ManagedDiskData disk = new(new AzureLocation(_location!))
        {
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = source.Length },
            OSType = Enum.TryParse(source.OsType, out SupportedOperatingSystemType os) ? os : null,
            HyperVGeneration = source.HyperVGeneration is null ? (HyperVGeneration?)null : new HyperVGeneration(source.HyperVGeneration),
            NetworkAccessPolicy = target.NetworkAccessPolicy is null ? (NetworkAccessPolicy?)null : new NetworkAccessPolicy(target.NetworkAccessPolicy),
            DataAccessAuthMode = target.DataAccessAuthMode is null ? (DataAccessAuthMode?)null : new DataAccessAuthMode(target.DataAccessAuthMode),
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
                await RequireOwnAsync(run).ConfigureAwait(false);
                GrantAccessData grant = new(AccessLevel.Write, (int)duration.TotalSeconds);
                ArmOperation<AccessUri> operation = await Disk.GrantAccessAsync(WaitUntil.Started, grant, run.Cancellation).ConfigureAwait(false);
                AccessUri access = await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
                _wasGranted = true;
                return new Uri(access.AccessSas);
            });

    private Task<T> CallAsync<T>(string doing, Func<Task<T>> call) => AzureErrors.CallAsync($"{doing} the {Description}", DiskId.ToString(), call);
}
