using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Publish;

/// <summary>The document of a managed image that is made of disks.</summary>
internal static class ManagedImageOfDisks
{
    /// <summary>Describes it.</summary>
    /// <param name="osDisk">The OS disk.</param>
    /// <param name="dataDisks">The data disks.</param>
    /// <param name="osType">The OS.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="location">The region.</param>
    public static DiskImageData Describe(OriginDisk osDisk, IReadOnlyList<DataDisk> dataDisks, SupportedOperatingSystemType osType, HyperVGeneration generation, AzureLocation location)
    {
        DiskImageData data = new(location)
        {
            HyperVGeneration = generation,
            StorageProfile = new ImageStorageProfile { OSDisk = Name(new ImageOSDisk(osType, OperatingSystemStateType.Generalized), osDisk) },
        };
        foreach (DataDisk disk in dataDisks)
        {
            ImageDataDisk image = Name(new ImageDataDisk(disk.Lun), disk.Disk);
            image.Caching = disk.Caching;
            data.StorageProfile.DataDisks.Add(image);
        }

        return data;
    }

    private static T Name<T>(T image, OriginDisk disk)
        where T : ImageDisk
    {
        image.ManagedDiskId = disk.IsSnapshot ? null : disk.Id;
        image.SnapshotId = disk.IsSnapshot ? disk.Id : null;
        image.BlobUri = disk.BlobUri;
        image.DiskEncryptionSetId = disk.EncryptionSetId;
        return image;
    }
}
