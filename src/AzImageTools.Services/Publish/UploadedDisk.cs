using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>What is known of an uploaded disk: a managed disk, or a page blob (which tells nothing about itself).</summary>
internal sealed record UploadedDisk
{
    public ResourceIdentifier? DiskId { get; init; }

    public Uri? BlobUri { get; init; }

    public string? OsType { get; init; }

    public string? HyperVGeneration { get; init; }

    public AzureLocation? Location { get; init; }

    /// <summary>The Marketplace plan that it came with.</summary>
    public MarketplacePlan? Plan { get; init; }

    /// <summary>The encryption set whose key encrypts it; null for Azure's own key.</summary>
    public ResourceIdentifier? EncryptionSetId { get; init; }

    /// <summary>Whether the disk may be read out from any network: an image keeps no such restriction.</summary>
    public bool IsExportable { get; init; } = true;

    /// <summary>The disk in words.</summary>
    public string Description => DiskId is null ? $"blob '{BlobUri}'" : $"disk '{DiskId.Name}' in resource group '{DiskId.ResourceGroupName}'";

    /// <summary>The disk as an error's target.</summary>
    public string Target => DiskId?.ToString() ?? BlobUri!.ToString();

    /// <summary>A page blob, its address without a SAS.</summary>
    public static UploadedDisk FromBlob(Uri address)
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

        return new UploadedDisk { BlobUri = new Uri(address.GetLeftPart(UriPartial.Path)) };
    }

    /// <summary>A managed disk. One whose upload has not ended, or that a managed image can't hold, is refused.</summary>
    public static async Task<UploadedDisk> ReadAsync(ImageSession session, string diskId, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.RequireId(diskId, ManagedDiskResource.ResourceType, "managed disk");
        ManagedDiskData data = await AzureErrors.CallAsync($"Reading the disk '{id.Name}'", diskId, async () =>
        {
            Response<ManagedDiskResource> disk = await session.Arm.GetManagedDiskResource(id).GetAsync(context.Cancellation).ConfigureAwait(false);
            return disk.Value.Data;
        }).ConfigureAwait(false);

        UploadedDisk uploaded = new()
        {
            DiskId = id,
            OsType = data.OSType?.ToString(),
            HyperVGeneration = data.HyperVGeneration?.ToString(),
            Location = data.Location,
            Plan = MarketplacePlan.Of(data.PurchasePlan),
            EncryptionSetId = data.Encryption?.DiskEncryptionSetId,
            IsExportable = data.NetworkAccessPolicy is not { } policy || policy == NetworkAccessPolicy.AllowAll,
        };
        if (data.DiskState == DiskState.ReadyToUpload || data.DiskState == DiskState.ActiveUpload)
        {
            throw new ImageServiceException(
                "DiskUploadUnfinished",
                ErrorKind.InvalidState,
                $"The upload of {uploaded.Description} has not ended ({data.DiskState}).",
                "Wait for it; if it broke off, delete the disk with Remove-AzDisk and run Send-AzVhd again.",
                diskId);
        }

        ManagedImageLimits.Check(uploaded.Description, diskId, data.SecurityProfile?.SecurityType?.ToString(), data.SupportedCapabilities?.Architecture?.ToString(), "New-AzGalleryImageVersion");
        if (uploaded.EncryptionSetId is { } set && !string.Equals(set.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "EncryptionSetInAnotherSubscription",
                ErrorKind.NotSupported,
                $"The {uploaded.Description} is encrypted with the encryption set '{set.Name}' of subscription {set.SubscriptionId}; an image of it has to be in that subscription, not in {session.Context.SubscriptionId}.",
                $"Make the image in that subscription (-SubscriptionId {set.SubscriptionId}), or change the disk's encryption to a set of this one.",
                diskId);
        }

        return uploaded;
    }
}
