using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Download.Source;

/// <summary>A managed disk or a snapshot, by what both have.</summary>
internal sealed record ManagedBytes
{
    private ManagedBytes(ImageSession session)
    {
        Session = session;
    }

    /// <summary>The session.</summary>
    public ImageSession Session { get; }

    /// <summary>Its resource id.</summary>
    public required ResourceIdentifier Id { get; init; }

    /// <summary>What it is: <c>managed disk</c> or <c>snapshot</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The region.</summary>
    public required AzureLocation Location { get; init; }

    /// <summary>Its state; null where Azure does not tell.</summary>
    public DiskState? State { get; init; }

    /// <summary>The machine that it is attached to; null for none.</summary>
    public ResourceIdentifier? ManagedBy { get; init; }

    /// <summary>From where its bytes may be read.</summary>
    public NetworkAccessPolicy? NetworkAccess { get; init; }

    /// <summary>The disk access through which a private network reaches it.</summary>
    public ResourceIdentifier? DiskAccessId { get; init; }

    /// <summary>Whether reading its bytes takes a sign-in beside the signature.</summary>
    public bool NeedsToken { get; init; }

    /// <summary>How much of it is there, where its bytes come after it; null where they do not.</summary>
    public double? CompletionPercent { get; init; }

    /// <summary>Whether it is an incremental snapshot.</summary>
    public bool IsIncremental { get; init; }

    /// <summary>The capacity in bytes.</summary>
    public required long Capacity { get; init; }

    /// <summary>By what a later run knows whether its bytes are the same: what names it for ever, and when it was last attached or detached.</summary>
    public required SourceFile Stamp { get; init; }

    /// <summary>It as the middle of a sentence.</summary>
    public string Description => $"{Kind} '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>Reads it.</summary>
    /// <exception cref="ImageServiceException">The id is another resource's (ResourceIdInvalid), or it could not be read.</exception>
    public static async Task<ManagedBytes> ReadAsync(ImageSession session, string resourceId, OperationContext context)
    {
        if (ResourceIdentifier.TryParse(resourceId, out ResourceIdentifier? parsed) && parsed!.ResourceType == SnapshotResource.ResourceType)
        {
            ResourceIdentifier id = ResourceNames.RequireId(resourceId, SnapshotResource.ResourceType, "snapshot");
            SnapshotData data = await AzureErrors.CallAsync(
                $"Reading the snapshot '{id.Name}'", resourceId, async () => (await session.Arm.GetSnapshotResource(id).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data).ConfigureAwait(false);
            return new ManagedBytes(session)
            {
                Id = id,
                Kind = "snapshot",
                Location = data.Location,
                State = data.DiskState,
                NetworkAccess = data.NetworkAccessPolicy,
                DiskAccessId = data.DiskAccessId,
                NeedsToken = data.DataAccessAuthMode == DataAccessAuthMode.AzureActiveDirectory,
                CompletionPercent = data.CompletionPercent,
                IsIncremental = data.Incremental == true,
                Capacity = CapacityOf(data.DiskSizeBytes, data.DiskSizeGB),
                Stamp = new SourceFile(data.UniqueId ?? resourceId, CapacityOf(data.DiskSizeBytes, data.DiskSizeGB), data.TimeCreated ?? default),
            };
        }

        ResourceIdentifier diskId = ResourceNames.RequireId(resourceId, ManagedDiskResource.ResourceType, "managed disk or snapshot");
        ManagedDiskData disk = await AzureErrors.CallAsync(
            $"Reading the disk '{diskId.Name}'", resourceId, async () => (await session.Arm.GetManagedDiskResource(diskId).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data).ConfigureAwait(false);
        return new ManagedBytes(session)
        {
            Id = diskId,
            Kind = "managed disk",
            Location = disk.Location,
            State = disk.DiskState,
            ManagedBy = disk.ManagedBy,
            NetworkAccess = disk.NetworkAccessPolicy,
            DiskAccessId = disk.DiskAccessId,
            NeedsToken = disk.DataAccessAuthMode == DataAccessAuthMode.AzureActiveDirectory,
            CompletionPercent = disk.CompletionPercent,
            Capacity = CapacityOf(disk.DiskSizeBytes, disk.DiskSizeGB),
            Stamp = new SourceFile(disk.UniqueId ?? resourceId, CapacityOf(disk.DiskSizeBytes, disk.DiskSizeGB), disk.LastOwnershipUpdateOn ?? disk.TimeCreated ?? default),
        };
    }

    /// <summary>Asks for read access.</summary>
    /// <returns>The address of its bytes with a signature.</returns>
    public Task<Uri> GrantAsync(TimeSpan duration, OperationContext context)
        => AzureErrors.CallAsync($"Getting read access to the {Description}", Id.ToString(), async () =>
        {
            GrantAccessData grant = new(AccessLevel.Read, (int)duration.TotalSeconds);
            ArmOperation<AccessUri> operation = Id.ResourceType == SnapshotResource.ResourceType
                ? await Session.Arm.GetSnapshotResource(Id).GrantAccessAsync(WaitUntil.Started, grant, context.Cancellation).ConfigureAwait(false)
                : await Session.Arm.GetManagedDiskResource(Id).GrantAccessAsync(WaitUntil.Started, grant, context.Cancellation).ConfigureAwait(false);
            return new Uri((await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false)).AccessSas);
        });

    /// <summary>Ends all access to its bytes.</summary>
    public Task RevokeAsync(OperationContext context)
        => AzureErrors.CallAsync($"Ending the access to the {Description}", Id.ToString(), async () =>
        {
            ArmOperation operation = Id.ResourceType == SnapshotResource.ResourceType
                ? await Session.Arm.GetSnapshotResource(Id).RevokeAccessAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false)
                : await Session.Arm.GetManagedDiskResource(Id).RevokeAccessAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
        });

    /// <summary>Refuses what is not whole, or whose owner forbids that it leaves.</summary>
    /// <param name="context">Its log gets a warning where only some networks reach it.</param>
    /// <exception cref="ImageServiceException">It can't be read out (DiskUploadUnfinished, SnapshotIncomplete, DiskExportDenied).</exception>
    public void RequireReadable(OperationContext context)
    {
        if (State == DiskState.ReadyToUpload || State == DiskState.ActiveUpload)
        {
            throw new ImageServiceException(
                "DiskUploadUnfinished", ErrorKind.InvalidState, $"The upload of the {Description} has not ended ({State}).", "Wait for it, or give it up with Stop-AzVhdUpload.", Id.ToString());
        }

        if (CompletionPercent is < 100 and { } percent)
        {
            throw new ImageServiceException(
                "SnapshotIncomplete",
                ErrorKind.InvalidState,
                FormattableString.Invariant($"The {Description} is not complete: Azure has copied {percent:0} % of it."),
                "Wait until its completionPercent is 100.",
                Id.ToString());
        }

        if (NetworkAccess == NetworkAccessPolicy.DenyAll)
        {
            throw new ImageServiceException(
                "DiskExportDenied",
                ErrorKind.PermissionDenied,
                $"The {Description} has the network access policy DenyAll: its owner forbids that its content leaves Azure.",
                "Ask the owner; whoever may change it uses New-AzDiskUpdateConfig -NetworkAccessPolicy AllowAll or AllowPrivate.",
                Id.ToString());
        }

        if (NetworkAccess == NetworkAccessPolicy.AllowPrivate)
        {
            context.Log.Warning(
                $"The {Description} is reached from private networks only, by the disk access '{DiskAccessId?.Name}': from elsewhere its content can't be read.");
        }
    }

    private static long CapacityOf(long? bytes, int? gigabytes) => bytes ?? (long)(gigabytes ?? 0) << 30;
}
