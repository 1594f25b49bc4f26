using AzImageTools.Services.Galleries;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>How a version's document names a machine or its disks as what it is made of.</summary>
internal static class MachineProfiles
{
    /// <summary>The document.</summary>
    /// <param name="vm">The machine.</param>
    /// <param name="source">Whether the machine is named, or its disks.</param>
    // At API version 2022-03-03 a virtual machine's id goes into source.id; newer versions have virtualMachineId.
    public static GalleryImageVersionStorageProfile Of(CaptureSource vm, VersionSourceKind source)
    {
        if (source == VersionSourceKind.VirtualMachine)
        {
            return new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = vm.Id } };
        }

        GalleryImageVersionStorageProfile profile = new()
        {
            OSDiskImage = new GalleryOSDiskImage { GallerySource = new GalleryDiskImageSource { Id = vm.OsDisk.Data.Id } },
        };
        foreach (SourceDisk disk in vm.DataDisks)
        {
            profile.DataDiskImages.Add(new GalleryDataDiskImage(disk.Lun!.Value) { GallerySource = new GalleryDiskImageSource { Id = disk.Data.Id } });
        }

        return profile;
    }
}
