using AzImageTools.Disks;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>One of the captured machine's disks.</summary>
/// <param name="Data">The disk.</param>
/// <param name="Lun">Its number among the data disks; null for the OS disk.</param>
/// <param name="Caching">How the machine caches it.</param>
internal sealed record SourceDisk(ManagedDiskData Data, int? Lun, CachingType? Caching)
{
    /// <summary>Storage whose disks no image can hold (Microsoft's pages on Ultra Disk and Premium SSD v2: neither managed images nor galleries).</summary>
    public static readonly string[] WithoutImages = ["UltraSSD_LRS", "PremiumV2_LRS"];

    /// <summary>The disk in words.</summary>
    public string Description => Lun is { } lun ? FormattableString.Invariant($"data disk '{Data.Name}' (LUN {lun})") : $"OS disk '{Data.Name}'";

    /// <summary>The encryption set whose key encrypts the disk; null for Azure's own key.</summary>
    public ResourceIdentifier? EncryptionSetId => Data.Encryption?.DiskEncryptionSetId;

    /// <summary>Whether anybody with rights to it may read it out, from any network: what an image can't keep from its disks.</summary>
    public bool IsExportable => Data.NetworkAccessPolicy is not { } policy || policy == NetworkAccessPolicy.AllowAll;

    private bool IsEncryptedInside => Data.EncryptionSettingsGroup?.Enabled == true;

    /// <summary>Refuses what no image can be made of.</summary>
    /// <param name="machine">The machine in words.</param>
    public void CheckCapturable(string machine)
    {
        if (IsEncryptedInside)
        {
            throw DiskEncryption($"The {Description} of the {machine} is encrypted by Azure Disk Encryption", Data.Id.ToString());
        }

        if (Data.Sku?.Name is { } sku && WithoutImages.Contains(sku.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "DiskTypeNotSupported",
                ErrorKind.NotSupported,
                $"The {Description} of the {machine} is on {sku}, which no image can hold.",
                Lun is null ? "Change the disk's type first (New-AzDiskUpdateConfig)." : "Capture the OS disk alone with -ImageType OsImage, or detach the disk or change its type first.",
                Data.Id.ToString());
        }
    }

    /// <summary>Refuses a disk whose key the image's subscription can't use.</summary>
    /// <param name="machine">The machine in words.</param>
    /// <param name="subscription">The image's subscription.</param>
    public void CheckKey(string machine, string? subscription)
    {
        if (EncryptionSetId is { } set && !string.Equals(set.SubscriptionId, subscription, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "EncryptionSetInAnotherSubscription",
                ErrorKind.NotSupported,
                $"The {Description} of the {machine} is encrypted with the encryption set '{set.Name}' of subscription {set.SubscriptionId}; an image of it has to be in that subscription, not in {subscription}.",
                $"Capture into that subscription (-SubscriptionId {set.SubscriptionId}), or change the disk's encryption to a set of this one.",
                Data.Id.ToString());
        }
    }

    /// <summary>The error for what is encrypted within the guest, which no image of it would deploy with.</summary>
    /// <param name="what">What is encrypted, as the beginning of a sentence.</param>
    /// <param name="target">The resource.</param>
    public static ImageServiceException DiskEncryption(string what, string target) => new(
        "AzureDiskEncryption",
        ErrorKind.NotSupported,
        $"{what}: machines made of its image would not start.",
        "Decrypt it first (Disable-AzVMDiskEncryption, then Remove-AzVMDiskEncryptionExtension); encryption at host or with a disk encryption set can be captured.",
        target);
}
