using System.Globalization;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Finds the volumes of a disk by what /etc/fstab calls them (fstab(5), udev's links in /dev/disk, lvm(8)).</summary>
internal sealed class MountSources
{
    private const string DiskLinks = "/dev/disk/by-";
    private const string Mapper = "/dev/mapper/";
    private const string Devices = "/dev/";

    // A guest's only disk, as Linux calls it on one bus or another.
    private static readonly string[] FirstDisks = ["/dev/sda", "/dev/vda", "/dev/xvda", "/dev/hda", "/dev/nvme0n1p", "/dev/mmcblk0p"];

    private readonly List<(DiskVolume Volume, string? Uuid, string? Label)> _volumes;

    public MountSources(IEnumerable<DiskVolume> volumes)
        => _volumes = [.. volumes.Select(static volume => (volume, Attempt(() => VolumeUuid.Read(volume.Content, volume.Kind)), Attempt(() => volume.FileSystem?.Label)))];

    /// <summary>The volume; null where it is not on the disk.</summary>
    public DiskVolume? Find(string source)
    {
        string name = source.Replace("\"", string.Empty);
        if (name.StartsWith(DiskLinks, StringComparison.Ordinal) && name.Substring(DiskLinks.Length).Split(['/'], 2) is [string link, string target])
        {
            return FindByTag(link, MountLine.Unescape(target, @"\\x([0-9a-fA-F]{2})", 16));
        }

        return name.Split(['='], 2) is [string tag, string value] ? FindByTag(tag, value)
            : name.StartsWith(Devices, StringComparison.Ordinal) ? FindByDevice(name)
            : null;
    }

    private DiskVolume? FindByTag(string tag, string value) => value.Length == 0 ? null : tag.ToUpperInvariant() switch
    {
        "UUID" => _volumes.Find(known => Same(known.Uuid, value)).Volume,
        "LABEL" => _volumes.Find(known => known.Label == value).Volume,
        "PARTUUID" => _volumes.Find(known => Same(known.Volume.Partition?.PartUuid, value)).Volume,
        "PARTLABEL" => _volumes.Find(known => known.Volume.Partition?.Name == value).Volume,
        _ => null,
    };

    private DiskVolume? FindByDevice(string device)
    {
        DiskVolume? logical = _volumes.Find(known => known.Volume.LogicalVolumeName is { } name && (device == Devices + name || device == Mapper + Mangle(name))).Volume;
        return logical ?? FirstDisks
            .Where(disk => device.StartsWith(disk, StringComparison.Ordinal))
            .Select(disk => int.TryParse(device.Substring(disk.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? _volumes.Find(known => known.Volume.Partition?.Number == number).Volume
                : null)
            .FirstOrDefault();
    }

    /// <summary>The device mapper puts a '-' between the names of group and volume, and two for one within them.</summary>
    private static string Mangle(string logicalVolume) => logicalVolume.Replace("-", "--").Replace('/', '-');

    private static bool Same(string? known, string value) => string.Equals(known, value, StringComparison.OrdinalIgnoreCase);

    private static string? Attempt(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }
}
