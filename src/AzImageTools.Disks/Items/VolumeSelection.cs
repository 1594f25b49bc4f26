using System.Globalization;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>
/// The volumes of a disk, and which of them is meant. A volume is named by its partition's number, a
/// logical volume by its path ("system/root"); its label, the partition's name in a GUID partition table and the drive letter
/// that the guest's Windows gives it serve too. Thread-safe.
/// </summary>
internal sealed class VolumeSelection
{
    private const string WholeDisk = "Disk";

    private readonly OpenedImage _image;
    private readonly Lazy<DiskVolume?> _system;
    private readonly Lazy<IReadOnlyDictionary<string, DiskVolume>> _letters;

    public VolumeSelection(OpenedImage image)
    {
        _image = image;
        _system = new Lazy<DiskVolume?>(() => Readable.FirstOrDefault(static volume => HoldsSystem(volume.FileSystem!)));
        _letters = new Lazy<IReadOnlyDictionary<string, DiskVolume>>(() => System is { } system ? DriveLetters.Read(system, All) : new Dictionary<string, DiskVolume>(StringComparer.OrdinalIgnoreCase));
    }

    private IReadOnlyList<DiskVolume> All => _image.Volumes;

    /// <summary>The volumes whose file system can be read.</summary>
    public IEnumerable<DiskVolume> Readable => All.Where(static volume => volume.FileSystem is not null);

    /// <summary>The volume that the guest's operating system is on; null where there is none.</summary>
    public DiskVolume? System => _system.Value;

    /// <summary>A volume's name on its disk.</summary>
    public static string NameOf(DiskVolume volume)
        => volume.LogicalVolumeName ?? volume.Partition?.Number.ToString(CultureInfo.InvariantCulture) ?? WholeDisk;

    /// <summary>The readable volumes that are meant.</summary>
    /// <param name="name">A volume's name or label, with wildcards for several.</param>
    /// <exception cref="DiskItemException">There is none, it can't be read, or it is not clear which one is meant.</exception>
    public IReadOnlyList<DiskVolume> Select(string name)
    {
        Wildcard pattern = new(name, ignoresCase: true);
        List<DiskVolume> named = [.. All.Where(volume => pattern.Matches(NameOf(volume)))];
        if (named.Count == 0 || !pattern.IsLiteral)
        {
            named = [.. All.Where(volume => named.Contains(volume) || OtherNamesOf(volume).Any(pattern.Matches))];
        }

        if (named.Count == 0)
        {
            throw new DiskItemException(DiskItemProblem.VolumeNotFound, name, $"{_image.Name} has no volume '{name}'. {DescribeAll()}");
        }

        if (named.Count > 1 && pattern.IsLiteral)
        {
            throw new DiskItemException(
                DiskItemProblem.VolumeAmbiguous, name, $"Several volumes of {_image.Name} are called '{name}': give one of these instead: {BriefList.Of(named.Select(NameOf), ", ")}.");
        }

        IReadOnlyList<DiskVolume> readable = [.. named.Where(static volume => volume.FileSystem is not null)];
        return readable.Count > 0
            ? readable
            : throw new DiskItemException(DiskItemProblem.VolumeNotReadable, name, $"Volume '{name}' of {_image.Name} can't be read: {WhyNot(named[0])}");
    }

    /// <summary>The readable volume that the guest's Windows gives a drive letter, such as "C:"; null where there is none.</summary>
    public DiskVolume? FindLetter(string letter)
        => _letters.Value.TryGetValue(letter, out DiskVolume? volume) && volume.FileSystem is not null ? volume : null;

    /// <summary>The volume that <see cref="NameOf"/> gave a name.</summary>
    /// <exception cref="DiskItemException">There is none any more, or it can't be read.</exception>
    public DiskVolume Find(string name)
        => Readable.FirstOrDefault(volume => string.Equals(NameOf(volume), name, StringComparison.Ordinal))
            ?? throw new DiskItemException(DiskItemProblem.VolumeNotFound, name, $"{_image.Name} has no volume '{name}' that can be read. {DescribeAll()}");

    /// <summary>The volumes that there are, as sentences.</summary>
    public string DescribeAll()
        => All.Count == 0
            ? "It has no volumes."
            : $"Its volumes: {BriefList.Of(All.Select(volume => volume.FileSystem is null ? $"{NameOf(volume)} (not read: {WhyNot(volume)})" : Describe(volume)), "; ")}.";

    private static string Describe(DiskVolume volume)
        => string.Join(" ", new[] { NameOf(volume), LabelOf(volume), $"({volume.Kind})" }.Where(static part => part.Length > 0));

    private static string WhyNot(DiskVolume volume)
        => volume.Problem ?? volume.NotReadBecause ?? "it holds no file system that is known";

    private IEnumerable<string> OtherNamesOf(DiskVolume volume)
        => new[] { LabelOf(volume), volume.Partition?.Name ?? string.Empty }
            .SelectMany(static name => new[] { name, PrintableText.Of(name) })
            .Where(static name => name.Length > 0)
            .Concat(_letters.Value.Where(letter => letter.Value == volume).Select(static letter => letter.Key));

    private static string LabelOf(DiskVolume volume) => Salvage.Try(() => volume.Label, out _) ?? string.Empty;

    private static bool HoldsSystem(IFileSystem files)
    {
        try
        {
            return WindowsHives.IsOn(files) || LinuxIdentityReader.IsRoot(files);
        }
        catch (DiskFormatException)
        {
            return false;
        }
    }
}
