using AzImageTools.Disks;
using AzImageTools.Services.Images;
using Azure.Core;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>Whose keys encrypt a gallery version in its own region: those of the machine's disks.</summary>
internal static class VersionEncryption
{
    /// <summary>The security types of a confidential OS disk, and what a version's profile calls the same.</summary>
    private static readonly Dictionary<DiskSecurityType, ConfidentialVmEncryptionType> ConfidentialTypes = new()
    {
        [DiskSecurityType.ConfidentialVmGuestStateOnlyEncryptedWithPlatformKey] = ConfidentialVmEncryptionType.EncryptedVmGuestStateOnlyWithPmk,
        [DiskSecurityType.ConfidentialVmDiskEncryptedWithPlatformKey] = ConfidentialVmEncryptionType.EncryptedWithPmk,
        [DiskSecurityType.ConfidentialVmDiskEncryptedWithCustomerKey] = ConfidentialVmEncryptionType.EncryptedWithCmk,
    };

    /// <summary>Refuses regions that such an image can't be in, or has no keys for.</summary>
    public static void CheckRegions(CaptureRequest request, CaptureSource vm)
    {
        string[] others = [.. request.TargetRegions.Where(region => new AzureLocation(region) != vm.Location)];
        if (others.Length == 0)
        {
            return;
        }

        if (string.Equals(vm.SecurityType, SecurityTypes.ConfidentialVM, StringComparison.OrdinalIgnoreCase))
        {
            // The service's own words: packer-plugin-azure#373.
            throw new ImageServiceException(
                "ConfidentialImageNotReplicable",
                ErrorKind.NotSupported,
                $"The {vm.Description} is confidential: its image can only be in its own region '{vm.Location.Name}', not in {string.Join(", ", others)}.",
                "Leave -TargetRegion out.",
                vm.Id.ToString());
        }

        if (vm.HasEncryptionSet)
        {
            // "A disk encryption set is required for disk … in target region …": azure/virtual-machines/troubleshooting-shared-images.
            throw new ImageServiceException(
                "EncryptionSetNeededInRegion",
                ErrorKind.NotSupported,
                $"The disks of the {vm.Description} are encrypted with your keys, and an image of them has to be in each of its regions; those of {string.Join(", ", others)} are not known here, since an encryption set is of one region.",
                "Leave -TargetRegion out, and add those regions with encryption sets of theirs afterwards (Update-AzGalleryImageVersion -TargetRegion).",
                vm.Id.ToString());
        }
    }

    /// <summary>What the version's profile has to say of its own region; null where Azure's keys encrypt all of it.</summary>
    public static EncryptionImages? Of(CaptureSource vm)
    {
        DiskSecurityProfile? security = vm.OsDisk.Data.SecurityProfile;
        OSDiskImageSecurityProfile? confidential = security?.SecurityType is { } type && ConfidentialTypes.TryGetValue(type, out ConfidentialVmEncryptionType encryption)
            ? new OSDiskImageSecurityProfile { ConfidentialVmEncryptionType = encryption, SecureVmDiskEncryptionSetId = security.SecureVmDiskEncryptionSetId?.ToString() }
            : null;
        if (confidential is null && !vm.HasEncryptionSet)
        {
            return null;
        }

        EncryptionImages images = new();
        if (confidential is not null || vm.OsDisk.EncryptionSetId is not null)
        {
            images.OSDiskImage = new OSDiskImageEncryption { SecurityProfile = confidential, DiskEncryptionSetId = vm.OsDisk.EncryptionSetId };
        }

        foreach (SourceDisk disk in vm.DataDisks.Where(disk => disk.EncryptionSetId is not null))
        {
            images.DataDiskImages.Add(new DataDiskImageEncryption(disk.Lun!.Value) { DiskEncryptionSetId = disk.EncryptionSetId });
        }

        return images;
    }
}
