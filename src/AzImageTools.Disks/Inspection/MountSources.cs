using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Partitions;
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

    // What Azure's Linux calls disks, of which the image is one.
    private static readonly string[] OwnDisks = ["/dev/sd", "/dev/nvme"];
    private static readonly string[] DeviceFolders = ["disk", "md", "block", "char", "loop", "mapper", "nbd", "zvol", "cciss", "ida"];
    private static readonly string[] MappedLinks = ["dm-", "lvm-", "md-", "raid-"];

    // Where file systems tell what they are: superblocks of all that Linux starts from lie before that.
    private const int BlankSize = 72 * 1024;

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

    /// <summary>What a volume is called by its UUID, as UUID=…; null where it has none that is known.</summary>
    public string? NameOf(DiskVolume volume) => _volumes.Find(known => known.Volume == volume).Uuid is { } uuid ? $"UUID={uuid}" : null;

    /// <summary>Whether the volume is on the disk. What is not found may still be there where a volume's name is not read.</summary>
    public VolumePresence Look(string source)
    {
        if (Find(source) is not null)
        {
            return VolumePresence.Present;
        }

        (string? tag, string value) = TagOf(source);
        return tag switch
        {
            // The kernel takes a partition so many behind one that is named, too: PARTUUID=…/PARTNROFF=1.
            "PARTUUID" or "PARTLABEL" => value.IndexOf('/') < 0 ? VolumePresence.Absent : VolumePresence.Unknown,
            "UUID" => AbsentUnless(static known => known.Uuid is null),
            "LABEL" => AbsentUnless(static known => known.Label is null),
            "ID" or "PATH" => IsOfThisDisk(value) ? VolumePresence.Unknown : VolumePresence.Absent,
            not null => VolumePresence.Unknown,
            null => LookForDevice(source),
        };
    }

    private static (string? Tag, string Value) TagOf(string source)
    {
        if (source.StartsWith(DiskLinks, StringComparison.Ordinal) && source.Substring(DiskLinks.Length).Split(['/'], 2) is [string link, string target])
        {
            return (link.ToUpperInvariant(), target);
        }

        return FstabEntry.SplitTag(source) is var (tag, value) ? (tag.ToUpperInvariant(), value) : (null, string.Empty);
    }

    private VolumePresence LookForDevice(string device)
    {
        if (OwnDisks.Any(disk => device.StartsWith(disk, StringComparison.Ordinal)))
        {
            return VolumePresence.Absent;
        }

        string logical = device.StartsWith(Mapper, StringComparison.Ordinal) ? device.Substring(Mapper.Length)
            : device.StartsWith(Devices, StringComparison.Ordinal) && device.Split('/') is [_, _, var group, var name] && Array.IndexOf(DeviceFolders, group) < 0 ? Mangle($"{group}/{name}")
            : string.Empty;
        return logical.Length == 0 ? VolumePresence.Unknown
            : _volumes.Exists(known => known.Volume.LogicalVolumeName is { } name && logical.StartsWith(Mangle(name.Substring(0, name.IndexOf('/') + 1)), StringComparison.Ordinal)) ? VolumePresence.Absent
            : AbsentUnless(static known => known.Volume.LogicalVolumeName is null);
    }

    /// <summary>Links by the identifier or the place of hardware name that of the machine they were made on, but for those of mapped devices.</summary>
    private static bool IsOfThisDisk(string link) => MappedLinks.Any(start => link.StartsWith(start, StringComparison.Ordinal));

    private VolumePresence AbsentUnless(Func<(DiskVolume Volume, string? Uuid, string? Label), bool> isUnread)
        => _volumes.Exists(known => isUnread(known) && MayHide(known.Volume)) ? VolumePresence.Unknown : VolumePresence.Absent;

    /// <summary>Whether a volume may be, or hold, one that is named in a way that is not read.</summary>
    private bool MayHide(DiskVolume volume) => volume.Kind switch
    {
        FileSystemKind.LvmPhysicalVolume => !_volumes.Exists(static known => known.Volume.LogicalVolumeName is not null),
        FileSystemKind.Luks or FileSystemKind.Zfs => true,
        FileSystemKind.Unknown => !PartitionTypes.HoldsNoFiles(volume.Partition?.TypeId) && Attempt(() => IsBlank(volume.Content) ? "blank" : null) is null,
        FileSystemKind.BitLocker or FileSystemKind.ReFS or FileSystemKind.Swap or FileSystemKind.DynamicDisk or FileSystemKind.StorageSpaces => false,
        _ => volume.FileSystem is null,
    };

    private static bool IsBlank(IByteSource content)
    {
        byte[] start = new byte[(int)Math.Min(BlankSize, content.Length)];
        content.Read(0, start);
        return Array.TrueForAll(start, static b => b == 0);
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
