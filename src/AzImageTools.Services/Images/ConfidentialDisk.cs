using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>What a gallery version says of a confidential OS disk.</summary>
internal static class ConfidentialDisk
{
    /// <summary>The security types of a confidential OS disk, and what a version's profile calls the same.</summary>
    private static readonly Dictionary<DiskSecurityType, ConfidentialVmEncryptionType> Types = new()
    {
        [DiskSecurityType.ConfidentialVmGuestStateOnlyEncryptedWithPlatformKey] = ConfidentialVmEncryptionType.EncryptedVmGuestStateOnlyWithPmk,
        [DiskSecurityType.ConfidentialVmDiskEncryptedWithPlatformKey] = ConfidentialVmEncryptionType.EncryptedWithPmk,
        [DiskSecurityType.ConfidentialVmDiskEncryptedWithCustomerKey] = ConfidentialVmEncryptionType.EncryptedWithCmk,
    };

    /// <summary>How the disk is encrypted; null where it is not confidential.</summary>
    public static OSDiskImageSecurityProfile? ProfileOf(ManagedDiskData disk)
        => disk.SecurityProfile is { SecurityType: { } type } security && Types.TryGetValue(type, out ConfidentialVmEncryptionType encryption)
            ? new OSDiskImageSecurityProfile { ConfidentialVmEncryptionType = encryption, SecureVmDiskEncryptionSetId = security.SecureVmDiskEncryptionSetId?.ToString() }
            : null;
}
