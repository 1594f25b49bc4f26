using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
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
        if (source.StartsWith(DiskLinks, StringComparison.Ordinal) && source.Substring(DiskLinks.Length).Split(['/'], 2) is [string link, string target])
        {
            return FindByTag(link, Unescape(target));
        }

        return FstabEntry.SplitTag(source) is var (tag, value) ? FindByTag(tag, value)
            : source.StartsWith(Devices, StringComparison.Ordinal) ? FindByDevice(source)
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

    /// <summary>udev writes what can't stand in a link's name as the codes of its bytes, such as "\x20".</summary>
    private static string Unescape(string name)
        => Encoding.UTF8.GetString([.. Regex.Split(name, @"(?<code>\\x[0-9a-fA-F]{2})", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
            .SelectMany(static part => part.StartsWith(@"\x", StringComparison.Ordinal) && part.Length == 4
                ? [byte.Parse(part.Substring(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)]
                : Encoding.UTF8.GetBytes(part))]);

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
