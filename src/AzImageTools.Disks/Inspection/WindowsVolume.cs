using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Bcd;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>The volume with the Windows of a disk: of several, the one that the disk's boot configuration starts.</summary>
public sealed class WindowsVolume
{
    /// <summary>The element of a loader that names the device with its Windows (BCD element types, BcdOSLoaderDevice_OSDevice).</summary>
    private const uint SystemDevice = 0x2100_0001;

    private WindowsVolume(DiskVolume volume, string? doubt)
    {
        Volume = volume;
        Doubt = doubt;
    }

    /// <summary>The volume.</summary>
    public DiskVolume Volume { get; }

    /// <summary>Why another Windows may be the one that starts, as a sentence; null where there is no other, or the boot configuration tells.</summary>
    public string? Doubt { get; }

    /// <summary>Finds the volume; null where no volume holds a Windows.</summary>
    /// <param name="volumes">The disk's volumes.</param>
    /// <param name="problems">Takes what is damaged on the way, a sentence each.</param>
    public static WindowsVolume? Find(IReadOnlyList<DiskVolume> volumes, ICollection<string> problems)
    {
        if (volumes is null)
        {
            throw new ArgumentNullException(nameof(volumes));
        }

        if (problems is null)
        {
            throw new ArgumentNullException(nameof(problems));
        }

        List<DiskVolume> found = [];
        foreach (DiskVolume volume in volumes)
        {
            if (Attempt(() => volume.FileSystem is { } files && WindowsHives.IsOn(files), problems))
            {
                found.Add(volume);
            }
        }

        if (found.Count < 2)
        {
            return found.Count == 0 ? null : new WindowsVolume(found[0], null);
        }

        BcdDevice? started = Attempt(() => FindStarted(volumes), problems);
        return found.Find(volume => started is not null && IsOn(volume, started)) is { } told
            ? new WindowsVolume(told, null)
            : new WindowsVolume(found[0], $"{found.Count} volumes hold a Windows, and the boot configuration does not say which one starts: the first was checked.");
    }

    private static BcdDevice? FindStarted(IReadOnlyList<DiskVolume> volumes)
    {
        using RegistryHive? hive = BootConfiguration.Open(BootConfiguration.OrderVolumes(volumes));
        return hive is null ? null : new BcdStore(hive).DefaultLoader?.GetElement(SystemDevice)?.Value as BcdDevice;
    }

    private static bool IsOn(DiskVolume volume, BcdDevice device)
        => volume.Partition is { } partition
            && ((device.PartitionId is { } id && partition.UniqueId == id) || (device.PartitionOffset is { } offset && partition.Offset == offset));

    private static T? Attempt<T>(Func<T> look, ICollection<string> problems)
    {
        try
        {
            return look();
        }
        catch (DiskFormatException damaged)
        {
            problems.Add(damaged.Message);
            return default;
        }
    }
}
