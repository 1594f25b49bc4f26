using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>A disk that an image is made of: a managed disk, a snapshot, or a page blob (which tells nothing about itself).</summary>
internal sealed record OriginDisk
{
    /// <summary>The managed disk or snapshot; null for a blob.</summary>
    public ResourceIdentifier? Id { get; init; }

    /// <summary>The page blob's address, without a SAS; null for a disk or snapshot.</summary>
    public Uri? BlobUri { get; init; }

    public string? OsType { get; init; }

    /// <summary>What machines made of it can be.</summary>
    public ImageFeatures Features { get; init; } = new();

    public AzureLocation? Location { get; init; }

    /// <summary>The Marketplace plan that it came with.</summary>
    public MarketplacePlan? Plan { get; init; }

    /// <summary>The encryption set whose key encrypts it; null for Azure's own key.</summary>
    public ResourceIdentifier? EncryptionSetId { get; init; }

    /// <summary>Whether the disk may be read out from any network: an image keeps no such restriction.</summary>
    public bool IsExportable { get; init; } = true;

    /// <summary>What tells it from all others.</summary>
    public required string Identity { get; init; }

    /// <summary>What tells its bytes from all others that it had or will have; null where nothing does.</summary>
    public string? Content { get; init; }

    /// <summary>The image that it was made of; null where nobody tells.</summary>
    public string? BaseImage { get; init; }

    /// <summary>How a confidential disk is encrypted; null for another.</summary>
    public OSDiskImageSecurityProfile? ConfidentialProfile { get; init; }

    public bool IsSnapshot => Id?.ResourceType == SnapshotResource.ResourceType;

    /// <summary>The disk in words.</summary>
    public string Description => Id is null ? $"blob '{BlobUri}'" : $"{(IsSnapshot ? "snapshot" : "disk")} '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>The disk as an error's target.</summary>
    public string Target => Id?.ToString() ?? BlobUri!.ToString();

    /// <summary>A page blob, its address without a SAS.</summary>
    public static OriginDisk FromBlob(Uri address)
    {
        if (!address.IsAbsoluteUri || address.AbsolutePath.Trim('/').Split('/').Length < 2)
        {
            throw new ImageServiceException(
                "BlobUriInvalid",
                ErrorKind.InvalidArgument,
                "That is not the address of a blob.",
                "It has the form https://<account>.blob.core.windows.net/<container>/<blob>.vhd.",
                "BlobUri");
        }

        Uri blob = new(address.GetLeftPart(UriPartial.Path));
        return new OriginDisk { BlobUri = blob, Identity = $"blob:{blob}" };
    }

    /// <summary>A managed disk or snapshot. One that no image can be made of yet, or at all, is refused.</summary>
    /// <exception cref="ImageServiceException">
    /// DiskUploadUnfinished, SnapshotIncomplete, DiskTypeNotSupported, AzureDiskEncryption, EncryptionSetInAnotherSubscription, or the id is none of a disk (ResourceIdInvalid).
    /// </exception>
    public static Task<OriginDisk> ReadAsync(ImageSession session, string diskId, OperationContext context)
        => ResourceIdentifier.TryParse(diskId, out ResourceIdentifier? id) && id!.ResourceType == SnapshotResource.ResourceType
            ? ReadSnapshotAsync(session, diskId, context)
            : ReadDiskAsync(session, diskId, context);

    private static async Task<OriginDisk> ReadDiskAsync(ImageSession session, string diskId, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.RequireId(diskId, ManagedDiskResource.ResourceType, "managed disk");
        ManagedDiskData data = await AzureErrors.CallAsync($"Reading the disk '{id.Name}'", diskId, async () =>
        {
            Response<ManagedDiskResource> disk = await session.Arm.GetManagedDiskResource(id).GetAsync(context.Cancellation).ConfigureAwait(false);
            return disk.Value.Data;
        }).ConfigureAwait(false);
        OriginDisk found = new()
        {
            Id = id,
            OsType = data.OSType?.ToString(),
            Features = ImageFeatures.Of(data),
            Location = data.Location,
            Plan = MarketplacePlan.Of(data.PurchasePlan),
            EncryptionSetId = data.Encryption?.DiskEncryptionSetId,
            IsExportable = data.NetworkAccessPolicy is not { } policy || policy == NetworkAccessPolicy.AllowAll,
            Identity = $"disk:{diskId}",
            Content = ContentOf(data),
            BaseImage = Images.BaseImage.Of(data.CreationData),
            ConfidentialProfile = ConfidentialDisk.ProfileOf(data),
        };
        if (data.DiskState == DiskState.ReadyToUpload || data.DiskState == DiskState.ActiveUpload)
        {
            throw new ImageServiceException(
                "DiskUploadUnfinished",
                ErrorKind.InvalidState,
                $"The upload of {found.Description} has not ended ({data.DiskState}).",
                "Wait for it; if it broke off, delete the disk with Remove-AzDisk and run Send-AzVhd again.",
                diskId);
        }

        if (data.Sku?.Name is { } sku && SourceDisk.WithoutImages.Contains(sku.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "DiskTypeNotSupported",
                ErrorKind.NotSupported,
                $"The {found.Description} is on {sku}, which no image can hold.",
                "Change the disk's type first (New-AzDiskUpdateConfig).",
                diskId);
        }

        return found.Checked(session, data.EncryptionSettingsGroup);
    }

    /// <summary>The bytes of a disk that no machine has are those that it had when the last machine let go of it, or when it was made: nothing else writes to one.</summary>
    private static string? ContentOf(ManagedDiskData data)
        => data.DiskState == DiskState.Unattached && data.ManagedBy is null && data.ManagedByExtended.Count == 0 && data.UniqueId is not null
            ? FormattableString.Invariant($"{data.UniqueId}:{data.LastOwnershipUpdateOn?.UtcTicks}")
            : null;

    private static async Task<OriginDisk> ReadSnapshotAsync(ImageSession session, string snapshotId, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.RequireId(snapshotId, SnapshotResource.ResourceType, "snapshot");
        SnapshotData data = await AzureErrors.CallAsync($"Reading the snapshot '{id.Name}'", snapshotId, async () =>
        {
            Response<SnapshotResource> snapshot = await session.Arm.GetSnapshotResource(id).GetAsync(context.Cancellation).ConfigureAwait(false);
            return snapshot.Value.Data;
        }).ConfigureAwait(false);
        OriginDisk found = new()
        {
            Id = id,
            OsType = data.OSType?.ToString(),
            Features = ImageFeatures.Of(data),
            Location = data.Location,
            Plan = MarketplacePlan.Of(data.PurchasePlan),
            EncryptionSetId = data.Encryption?.DiskEncryptionSetId,
            IsExportable = data.NetworkAccessPolicy is not { } policy || policy == NetworkAccessPolicy.AllowAll,
            Identity = $"snapshot:{snapshotId}",
            Content = data.UniqueId,
            BaseImage = Images.BaseImage.Of(data.CreationData),
        };
        if (data.CompletionPercent is < 100 and { } percent)
        {
            throw new ImageServiceException(
                "SnapshotIncomplete",
                ErrorKind.InvalidState,
                FormattableString.Invariant($"The {found.Description} is still being copied ({percent}%)."),
                "Wait until its completionPercent is 100.",
                snapshotId);
        }

        return found.Checked(session, data.EncryptionSettingsGroup);
    }

    private OriginDisk Checked(ImageSession session, EncryptionSettingsGroup? encryptedInside)
    {
        if (encryptedInside?.Enabled == true)
        {
            throw SourceDisk.DiskEncryption($"The {Description} is encrypted by Azure Disk Encryption", Target);
        }

        if (EncryptionSetId is { } set && !string.Equals(set.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "EncryptionSetInAnotherSubscription",
                ErrorKind.NotSupported,
                $"The {Description} is encrypted with the encryption set '{set.Name}' of subscription {set.SubscriptionId}; an image of it has to be in that subscription, not in {session.Context.SubscriptionId}.",
                $"Make the image in that subscription (-SubscriptionId {set.SubscriptionId}), or change the disk's encryption to a set of this one.",
                Target);
        }

        return this;
    }
}
