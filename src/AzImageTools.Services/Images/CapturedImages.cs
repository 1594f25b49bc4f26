using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>Makes <see cref="CapturedImage"/>s of what the service tells.</summary>
internal static class CapturedImages
{
    /// <summary>A managed image.</summary>
    public static CapturedImage From(DiskImageData image, IReadOnlyList<string> snapshotIds)
    {
        ImageOSDisk? osDisk = image.StorageProfile?.OSDisk;
        return new CapturedImage
        {
            Id = image.Id.ToString(),
            Name = image.Name,
            ResourceGroupName = image.Id.ResourceGroupName ?? string.Empty,
            Location = image.Location.Name,
            SubscriptionId = image.Id.SubscriptionId ?? string.Empty,
            ImageKind = ImageKind.ManagedImage,
            ImageType = TypeOf(image),
            OsState = ToOsState(osDisk?.OSState),
            OsType = osDisk?.OSType.ToString() ?? string.Empty,
            HyperVGeneration = image.HyperVGeneration?.ToString() ?? "V1",
            SourceId = (image.SourceVirtualMachineId ?? osDisk?.ManagedDiskId ?? osDisk?.SnapshotId)?.ToString() ?? osDisk?.BlobUri?.ToString(),
            DataDiskCount = image.StorageProfile?.DataDisks.Count ?? 0,
            SnapshotIds = snapshotIds,
            TargetRegions = [image.Location.Name],
            ProvisioningState = image.ProvisioningState ?? string.Empty,
        };
    }

    /// <summary>A gallery image version.</summary>
    public static CapturedImage From(GalleryImageVersionData version, GalleryImageData definition, IReadOnlyList<string> snapshotIds)
    {
        GalleryImageVersionStorageProfile? storage = version.StorageProfile;
        return new CapturedImage
        {
            Id = version.Id.ToString(),
            Name = version.Name,
            ResourceGroupName = version.Id.ResourceGroupName ?? string.Empty,
            Location = version.Location.Name,
            SubscriptionId = version.Id.SubscriptionId ?? string.Empty,
            ImageKind = ImageKind.Gallery,
            GalleryName = version.Id.Parent?.Parent?.Name,
            GalleryImageDefinitionName = version.Id.Parent?.Name,
            ImageType = TypeOf(version),
            OsState = ToOsState(definition.OSState),
            OsType = definition.OSType?.ToString() ?? string.Empty,
            HyperVGeneration = definition.HyperVGeneration?.ToString() ?? "V1",
            SourceId = (storage?.GallerySource?.Id ?? storage?.OSDiskImage?.GallerySource?.Id)?.ToString() ?? storage?.OSDiskImage?.GallerySource?.Uri?.ToString(),
            DataDiskCount = storage?.DataDiskImages.Count ?? 0,
            SnapshotIds = snapshotIds,
            TargetRegions = [.. (version.PublishingProfile?.TargetRegions ?? []).Select(region => new AzureLocation(region.Name).Name)],
            Replication = RegionReplication.Of(version),
            ProvisioningState = version.ProvisioningState?.ToString() ?? string.Empty,
        };
    }

    /// <summary>Whether a managed image holds a whole machine.</summary>
    public static ImageType TypeOf(DiskImageData image) =>
        image.SourceVirtualMachineId is not null || image.StorageProfile?.DataDisks.Count > 0 ? ImageType.VmImage : ImageType.OsImage;

    /// <summary>Whether a gallery version holds a whole machine: a version made of a VM or of an image of one has no source on its OS disk.</summary>
    public static ImageType TypeOf(GalleryImageVersionData version)
    {
        GalleryImageVersionStorageProfile? storage = version.StorageProfile;
        bool fromMachine = storage?.GallerySource?.Id is { } source && source.ResourceType == VirtualMachineResource.ResourceType;
        return fromMachine || storage?.DataDiskImages.Count > 0 ? ImageType.VmImage : ImageType.OsImage;
    }

    /// <summary>The service's OS state as ours; what it does not tell is generalized, its own default.</summary>
    public static OsState ToOsState(OperatingSystemStateType? state) =>
        state == OperatingSystemStateType.Specialized ? OsState.Specialized : OsState.Generalized;
}
