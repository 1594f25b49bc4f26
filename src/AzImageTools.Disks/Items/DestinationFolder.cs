using System.Globalization;

namespace AzImageTools.Disks.Items;

/// <summary>
/// A folder of this machine that a guest's files are copied to. Nothing gets out of it: names are made possible
/// (<see cref="DestinationName"/>), a link that is there is neither followed nor replaced, and a folder stays the one that was
/// entered though its place is taken by another (<see cref="PinnedFolder"/>).
/// </summary>
public sealed class DestinationFolder : IDisposable
{
    private const int MaximumNames = 1 << 20;

    // Names in use, with the last number that told others from them. Those that differ only in case are taken for one until
    // the folder has shown that it keeps them apart.
    private Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private bool _isCaseKnown;

    private readonly PinnedFolder _folder;

    private DestinationFolder(string fullName, PinnedFolder folder)
    {
        FullName = fullName;
        _folder = folder;
    }

    /// <summary>The folder's full path.</summary>
    public string FullName { get; }

    /// <summary>Takes a folder to copy to; it is made where it is missing.</summary>
    /// <param name="path">The folder; who gives it is trusted, also where it is a link.</param>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static DestinationFolder Create(string path)
    {
        string fullName = Directory.CreateDirectory(path ?? throw new ArgumentNullException(nameof(path))).FullName;
        return new DestinationFolder(fullName, PinnedFolder.Open(fullName, followsLinks: true) ?? throw new IOException($"{fullName} is no folder any more."));
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose() => _folder.Dispose();

    /// <summary>Goes into a folder below this one; it is made where it is missing.</summary>
    /// <param name="name">What the guest calls it.</param>
    internal DestinationFolder Enter(string name)
    {
        DestinationFile file = Take(name);
        if (GetAttributes(file) is not { } attributes)
        {
            Directory.CreateDirectory(file.Place);
        }
        else if (!attributes.HasFlag(FileAttributes.Directory))
        {
            throw new DiskItemException(DiskItemProblem.DestinationIsOther, file.FullName, $"{file.FullName} is a file, where a folder is to be made.");
        }

        return new DestinationFolder(file.FullName, PinnedFolder.Open(file.Place, followsLinks: false) ?? throw IsLink(file));
    }

    /// <summary>The place for a file; no two files get the same one.</summary>
    /// <param name="name">What the guest calls it.</param>
    /// <returns>The place, and whether a file is there.</returns>
    internal (DestinationFile File, bool Exists) TakeFile(string name)
    {
        DestinationFile file = Take(name);
        FileAttributes? attributes = GetAttributes(file);
        return attributes?.HasFlag(FileAttributes.Directory) == true
            ? throw new DiskItemException(DiskItemProblem.DestinationIsOther, file.FullName, $"{file.FullName} is a folder, where a file is to be made.")
            : (file, attributes is not null);
    }

    /// <summary>What a failure is called to whoever knows the folder by its path.</summary>
    internal Exception Explain(Exception exception)
        => exception is DiskItemException || !exception.Message.Contains(_folder.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal) || _folder.Path == FullName
            ? exception
            : new IOException(exception.Message.Replace(_folder.Path, FullName), exception);

    /// <summary>What is there; null where nothing is. A link is refused.</summary>
    private static FileAttributes? GetAttributes(DestinationFile file)
    {
        try
        {
            FileAttributes attributes = File.GetAttributes(file.Place);
            return attributes.HasFlag(FileAttributes.ReparsePoint) ? throw IsLink(file) : attributes;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static DiskItemException IsLink(DestinationFile file)
        => new(DiskItemProblem.DestinationIsLink, file.FullName, $"{file.FullName} is a link, which is neither followed nor replaced.");

    private DestinationFile Take(string name)
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
        return new DestinationFile(Path.Combine(FullName, unique), Path.Combine(_folder.Path, unique));
    }

    /// <summary>Asks the folder itself: on one system, file systems differ in this, and on some of them single folders.</summary>
    private bool TellsCaseApart()
    {
        string name = $".{Guid.NewGuid():N}.partial";
        string probe = Path.Combine(_folder.Path, name);
        try
        {
            File.Create(probe).Dispose();
            return !File.Exists(Path.Combine(_folder.Path, name.ToUpperInvariant()));
        }
        finally
        {
            File.Delete(probe);
        }
    }
}

/// <summary>Where a file is to be copied to.</summary>
/// <param name="FullName">Its path, for people.</param>
/// <param name="Place">The path to reach it by, as long as its folder is open.</param>
internal sealed record DestinationFile(string FullName, string Place);
