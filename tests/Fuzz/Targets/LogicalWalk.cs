using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a disk's logical volumes.</summary>
internal static class LogicalWalk
{
    private const int LargestExtentCount = 2000;

    public static bool Read(MutableImage image, FuzzRandom random, ReadWatch? watch = null)
    {
        ImageSource disk = new(image, 512, watch);
        bool isRead = false;
        DiskWalk.Attempt(() =>
        {
            IReadOnlyList<DiskVolume> volumes = new OpenedImage(disk).Volumes;
            _ = string.Concat(volumes.Select(static volume => volume.Problem + volume.LogicalVolumeName));
            foreach (DiskVolume volume in volumes.Where(static volume => volume.LogicalVolumeName is not null))
            {
                isRead |= volume.Problem is null;
                Walk(volume, random);
            }

            if (random.OneIn(4))
            {
                _ = GuestIdentity.Detect(volumes, []);
            }
        });
        return isRead;
    }

    private static void Walk(DiskVolume volume, FuzzRandom random)
    {
        long length = volume.Content.Length;
        DiskWalk.Attempt(() => volume.Content.Read(length - 1, new byte[1]));
        DiskWalk.Attempt(() =>
        {
            long offset = random.Below(length);
            volume.Content.Read(offset, new byte[Math.Min(70_000, length - offset)]);
        });
        DiskWalk.Attempt(() => _ = volume.Content.GetExtents(0, length).Take(LargestExtentCount).Count());
        DiskWalk.Attempt(() =>
        {
            long offset = random.Below(length);
            volume.Content.Prefetch([new DiskExtent(offset, length - offset)]);
        });
        if (random.OneIn(8))
        {
            VolumeWalk.Read(volume.Content, random);
        }
    }
}
