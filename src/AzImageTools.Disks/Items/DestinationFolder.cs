using System.Globalization;

namespace AzImageTools.Disks.Items;

/// <summary>
/// A folder of this machine that a guest's files are copied to. Nothing gets out of it: names are made possible
/// (<see cref="DestinationName"/>), and a link that is there is neither followed nor replaced.
/// </summary>
public sealed class DestinationFolder
{
    private const int MaximumNames = 1 << 20;

    // Names in use, with the last number that told others from them. Those that differ only in case are taken for one until
    // the folder has shown that it keeps them apart.
    private Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private bool _isCaseKnown;

    private DestinationFolder(string fullName) => FullName = fullName;

    /// <summary>The folder's full path.</summary>
    public string FullName { get; }

    /// <summary>Takes a folder to copy to; it is made where it is missing.</summary>
    /// <param name="path">The folder; who gives it is trusted, also where it is a link.</param>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static DestinationFolder Create(string path) => new(Directory.CreateDirectory(path ?? throw new ArgumentNullException(nameof(path))).FullName);

    /// <summary>Goes into a folder below this one; it is made where it is missing.</summary>
    /// <param name="name">What the guest calls it.</param>
    internal DestinationFolder Enter(string name)
    {
        string path = Take(name);
        if (GetAttributes(path) is not { } attributes)
        {
            Directory.CreateDirectory(path);
        }
        else if (!attributes.HasFlag(FileAttributes.Directory))
        {
            throw new DiskItemException(DiskItemProblem.DestinationIsOther, path, $"{path} is a file, where a folder is to be made.");
        }

        return new DestinationFolder(path);
    }

    /// <summary>The path for a file; no two files get the same one.</summary>
    /// <param name="name">What the guest calls it.</param>
    /// <param name="replaces">Whether a file that is there may be replaced.</param>
    internal string TakeFile(string name, bool replaces)
    {
        string path = Take(name);
        FileAttributes? attributes = GetAttributes(path);
        return attributes?.HasFlag(FileAttributes.Directory) == true
            ? throw new DiskItemException(DiskItemProblem.DestinationIsOther, path, $"{path} is a folder, where a file is to be made.")
            : attributes is null || replaces ? path
            : throw new DiskItemException(DiskItemProblem.DestinationExists, path, $"{path} exists already; -Force replaces it.");
    }

    /// <summary>What is at a path; null where nothing is. A link is refused.</summary>
    private static FileAttributes? GetAttributes(string path)
    {
        try
        {
            FileAttributes attributes = File.GetAttributes(path);
            return attributes.HasFlag(FileAttributes.ReparsePoint)
                ? throw new DiskItemException(DiskItemProblem.DestinationIsLink, path, $"{path} is a link, which is neither followed nor replaced.")
                : attributes;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private string Take(string name)
    {
        if (_names.Count >= MaximumNames)
        {
            throw new DiskItemException(DiskItemProblem.DestinationTooLarge, FullName, $"More than {MaximumNames} items are to be copied to {FullName}.");
        }

        string made = DestinationName.Make(name);
        if (!_isCaseKnown && _names.ContainsKey(made))
        {
            _isCaseKnown = true;
            _names = TellsCaseApart() ? new Dictionary<string, int>(_names, StringComparer.Ordinal) : _names;
        }

        string unique = made;
        int number = _names.TryGetValue(made, out int last) ? last : 0;
        while (_names.ContainsKey(unique))
        {
            unique = DestinationName.Make(name, "~" + (++number).ToString(CultureInfo.InvariantCulture));
        }

        // The number last tried is kept with the name: the next one of that name begins there.
        _names[unique] = 1;
        _names[made] = Math.Max(number, 1);
        return Path.Combine(FullName, unique);
    }

    /// <summary>Asks the folder itself: on one system, file systems differ in this, and on some of them single folders.</summary>
    private bool TellsCaseApart()
    {
        string name = $".{Guid.NewGuid():N}.partial";
        string probe = Path.Combine(FullName, name);
        try
        {
            File.Create(probe).Dispose();
            return !File.Exists(Path.Combine(FullName, name.ToUpperInvariant()));
        }
        finally
        {
            File.Delete(probe);
        }
    }
}
