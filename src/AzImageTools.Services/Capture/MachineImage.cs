using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>A managed image made of the captured machine: what is wanted, or what a gallery version is made of on the way.</summary>
internal static class MachineImage
{
    /// <summary>The step that makes it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="request">What is captured.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="neededBy">The step that makes a version of the image.</param>
    public static Step CreateStep(NewManagedImage image, CaptureRequest request, CaptureSource vm, Step neededBy)
        => image.CreateStep(() => Describe(request, vm), WordsFor(request, vm), vm.Location, vm.Plan, request.Tag, neededBy);

    /// <summary>The steps that make it, of one that a killed run made what is left to do.</summary>
    /// <param name="image">The image.</param>
    /// <param name="request">What is captured.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="context">Its log is told.</param>
    public static IReadOnlyList<Step> CreateSteps(NewManagedImage image, CaptureRequest request, CaptureSource vm, OperationContext context)
        => image.CreateSteps(Describe(request, vm), WordsFor(request, vm), vm.Location, vm.Plan, request.Tag, context);

    /// <summary>The document of the image.</summary>
    /// <param name="request">What is captured.</param>
    /// <param name="vm">The machine.</param>
    // A machine as the source leaves no room for the keys of its disks, so that it is made of the disks where there are any.
    public static DiskImageData Describe(CaptureRequest request, CaptureSource vm)
    {
        DiskImageData data = new(vm.Location) { HyperVGeneration = vm.HyperVGeneration };
        if (request.ImageType == ImageType.VmImage && !vm.HasEncryptionSet)
        {
            data.SourceVirtualMachineId = vm.Id;
            data.StorageProfile = request.ZoneResilient ? new ImageStorageProfile { ZoneResilient = true } : null;
            return data;
        }

        data.StorageProfile = new ImageStorageProfile
        {
            ZoneResilient = request.ZoneResilient,
            OSDisk = new ImageOSDisk(vm.OsType, OperatingSystemStateType.Generalized)
            {
                ManagedDiskId = vm.OsDisk.Data.Id,
                DiskEncryptionSetId = vm.OsDisk.EncryptionSetId,
                Caching = vm.OsDisk.Caching,
            },
        };
        foreach (SourceDisk disk in vm.DataDisks)
        {
            data.StorageProfile.DataDisks.Add(new ImageDataDisk(disk.Lun!.Value)
            {
                ManagedDiskId = disk.Data.Id,
                DiskEncryptionSetId = disk.EncryptionSetId,
                Caching = disk.Caching,
            });
        }

        return data;
    }

    private static string WordsFor(CaptureRequest request, CaptureSource vm) => request.ImageType == ImageType.VmImage ? $"the {vm.Description}" : $"the {vm.OsDisk.Description}";
}
