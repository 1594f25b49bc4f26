using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Remote;

/// <summary>What in Azure can give access to its bytes: a managed disk, a snapshot, or the disk of a restore point.</summary>
internal sealed record ReadableDisk
{
    /// <summary>Storage whose snapshots are filled in the background (Microsoft Learn, "Create an incremental snapshot for managed disks").</summary>
    private static readonly string[] FilledLater = ["UltraSSD_LRS", "PremiumV2_LRS"];

    public required ResourceIdentifier Id { get; init; }

    /// <summary>The thing in words.</summary>
    public required string Description { get; init; }

    public AzureLocation? Location { get; init; }

    public DiskState? State { get; init; }

    public NetworkAccessPolicy? NetworkAccess { get; init; }

    public DiskPublicNetworkAccess? PublicAccess { get; init; }

    public ResourceIdentifier? DiskAccessId { get; init; }

    public DataAccessAuthMode? AuthMode { get; init; }

    /// <summary>Whether it belongs to a machine, running or not.</summary>
    public bool IsAttached { get; init; }

    /// <summary>Whether it is a managed disk, of which a snapshot can be taken.</summary>
    public bool IsDisk { get; init; }

    /// <summary>Whether a snapshot of it can be read only when it has been filled.</summary>
    public bool IsFilledLater { get; init; }

    /// <summary>How big it is; null where it is not told.</summary>
    public int? SizeInGibibytes { get; init; }

    /// <summary>Its capacity in bytes; null where it is not told.</summary>
    public long? Capacity { get; init; }

    /// <summary>What names its content for ever, beside <see cref="ContentSince"/>; null where it is not told.</summary>
    public string? UniqueId { get; init; }

    /// <summary>Since when its content can't have changed while it belongs to no machine: a disk's, since it was last attached or detached.</summary>
    public DateTimeOffset? ContentSince { get; init; }

    /// <summary>Asks for access.</summary>
    public required Func<GrantAccessData, CancellationToken, Task<ArmOperation<AccessUri>>> Grant { get; init; }

    /// <summary>Ends all access.</summary>
    public required Func<CancellationToken, Task<ArmOperation>> Revoke { get; init; }

    /// <summary>Whether a machine may be running with it: disks of machines that are deallocated are Reserved.</summary>
    public bool MayBeInUse => IsAttached && State != DiskState.Reserved;

    /// <summary>Whether somebody was given access to it, whom revoking would take it from.</summary>
    public bool IsAccessed { get; init; }

    /// <summary>Reads what stands for a disk.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">A managed disk, a snapshot, a restore point's disk or a virtual machine.</param>
    /// <param name="lun">Which of a machine's data disks; null for the OS disk.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">It is none of them, is not there, or has no such disk.</exception>
    public static Task<ReadableDisk> FindAsync(ImageSession session, string id, int? lun, OperationContext context)
    {
        if (!ResourceIdentifier.TryParse(id, out ResourceIdentifier? parsed) || parsed!.SubscriptionId is null || parsed.ResourceGroupName is null)
        {
            throw Unsuitable(id);
        }

        string what = parsed.ResourceType == VirtualMachineResource.ResourceType ? "virtual machine" : parsed.ResourceType == SnapshotResource.ResourceType ? "snapshot" : "disk";
        return AzureErrors.CallAsync($"Reading the {what} '{parsed.Name}'", id, async () =>
        {
            if (parsed.ResourceType == VirtualMachineResource.ResourceType)
            {
                parsed = await FindDiskOfMachineAsync(session, parsed, lun, context).ConfigureAwait(false);
            }

            return parsed.ResourceType == ManagedDiskResource.ResourceType ? From(await session.Arm.GetManagedDiskResource(parsed).GetAsync(context.Cancellation).ConfigureAwait(false))
                : parsed.ResourceType == SnapshotResource.ResourceType ? From(await session.Arm.GetSnapshotResource(parsed).GetAsync(context.Cancellation).ConfigureAwait(false))
                : parsed.ResourceType == DiskRestorePointResource.ResourceType ? From(await session.Arm.GetDiskRestorePointResource(parsed).GetAsync(context.Cancellation).ConfigureAwait(false))
                : throw Unsuitable(id);
        });
    }

    /// <summary>A snapshot.</summary>
    public static ReadableDisk From(SnapshotResource snapshot) => new()
    {
        Id = snapshot.Id,
        Description = Describe("snapshot", snapshot.Id),
        Location = snapshot.Data.Location,
        State = snapshot.Data.DiskState,
        IsAccessed = HasAccess(snapshot.Data.DiskState),
        NetworkAccess = snapshot.Data.NetworkAccessPolicy,
        PublicAccess = snapshot.Data.PublicNetworkAccess,
        DiskAccessId = snapshot.Data.DiskAccessId,
        AuthMode = snapshot.Data.DataAccessAuthMode,
        SizeInGibibytes = snapshot.Data.DiskSizeGB,
        Capacity = snapshot.Data.DiskSizeBytes,
        UniqueId = snapshot.Data.UniqueId,
        ContentSince = snapshot.Data.TimeCreated,
        Grant = (data, cancellation) => snapshot.GrantAccessAsync(WaitUntil.Started, data, cancellation),
        Revoke = cancellation => snapshot.RevokeAccessAsync(WaitUntil.Started, cancellation),
    };

    private static bool HasAccess(DiskState? state) => state == DiskState.ActiveSas || state == new DiskState("ActiveSASFrozen");

    /// <summary>A resource in words.</summary>
    public static string Describe(string what, ResourceIdentifier id) => $"{what} '{id.Name}' in resource group '{id.ResourceGroupName}'";

    private static ReadableDisk From(ManagedDiskResource disk) => new()
    {
        Id = disk.Id,
        Description = Describe("managed disk", disk.Id),
        Location = disk.Data.Location,
        State = disk.Data.DiskState,
        IsAccessed = HasAccess(disk.Data.DiskState),
        NetworkAccess = disk.Data.NetworkAccessPolicy,
        PublicAccess = disk.Data.PublicNetworkAccess,
        DiskAccessId = disk.Data.DiskAccessId,
        AuthMode = disk.Data.DataAccessAuthMode,
        SizeInGibibytes = disk.Data.DiskSizeGB,
        Capacity = disk.Data.DiskSizeBytes,
        UniqueId = disk.Data.UniqueId,
        ContentSince = disk.Data.LastOwnershipUpdateOn ?? disk.Data.TimeCreated,
        IsDisk = true,
        IsAttached = disk.Data.ManagedBy is not null || disk.Data.ManagedByExtended.Count > 0,
        IsFilledLater = disk.Data.Sku?.Name is { } sku && FilledLater.Contains(sku.ToString(), StringComparer.OrdinalIgnoreCase),
        Grant = (data, cancellation) => disk.GrantAccessAsync(WaitUntil.Started, data, cancellation),
        Revoke = cancellation => disk.RevokeAccessAsync(WaitUntil.Started, cancellation),
    };

    private static ReadableDisk From(DiskRestorePointResource disk) => new()
    {
        Id = disk.Id,
        Description = Describe("restore point's disk", disk.Id),
        NetworkAccess = disk.Data.NetworkAccessPolicy,
        PublicAccess = disk.Data.PublicNetworkAccess,
        DiskAccessId = disk.Data.DiskAccessId,
        Grant = (data, cancellation) => disk.GrantAccessAsync(WaitUntil.Started, data, cancellation),
        Revoke = cancellation => disk.RevokeAccessAsync(WaitUntil.Started, cancellation),
    };

    private static async Task<ResourceIdentifier> FindDiskOfMachineAsync(ImageSession session, ResourceIdentifier id, int? lun, OperationContext context)
    {
        Response<VirtualMachineResource> machine = await session.Arm.GetVirtualMachineResource(id).GetAsync(cancellationToken: context.Cancellation).ConfigureAwait(false);
        VirtualMachineStorageProfile? storage = machine.Value.Data.StorageProfile;
        if (lun is null)
        {
            return storage?.OSDisk?.DiffDiskSettings is null && storage?.OSDisk?.ManagedDisk?.Id is { } osDisk ? osDisk : throw new ImageServiceException(
                "OsDiskNotReadable",
                ErrorKind.NotSupported,
                $"The virtual machine '{id.Name}' has no managed OS disk that lies in Azure's storage: it is ephemeral, or unmanaged.",
                "An unmanaged one is read by its blob's address; of an ephemeral one no snapshot can be taken: gather evidence on the machine, and give its file (-EvidencePath).",
                id.ToString());
        }

        return storage?.DataDisks.FirstOrDefault(disk => disk.Lun == lun)?.ManagedDisk?.Id ?? throw new ImageServiceException(
            "DataDiskNotFound",
            ErrorKind.NotFound,
            $"The virtual machine '{id.Name}' has no managed data disk with the logical unit number {lun}.",
            storage?.DataDisks.Count > 0 ? $"It has {string.Join(", ", storage.DataDisks.Select(disk => disk.Lun))}." : "It has no data disks at all.",
            id.ToString());
    }

    private static ImageServiceException Unsuitable(string id) => new(
        "ResourceIdInvalid",
        ErrorKind.InvalidArgument,
        $"'{id}' is not the resource id of a managed disk, snapshot or virtual machine.",
        "Give what Get-AzDisk, Get-AzSnapshot or Get-AzVM shows as Id.",
        id);
}
