namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A Linux' root with other volumes mounted into it. What tells of a volume as a whole (label, capacity, free space) tells of
/// the root. A symbolic link leads on within the volume that holds it; beyond it, only the links in the root do by which
/// /bin, /lib and the like are folders of a /usr on a volume of its own.
/// </summary>
internal sealed class MountedFileSystem : IFileSystem, IExtendedAttributes, IWritableFiles
{
    /// <summary>The folders of /usr that links in the root lead to (file-hierarchy(7)).</summary>
    public static readonly string[] UsrFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    private readonly IFileSystem _root;
    private readonly List<(string[] Place, IFileSystem Files)> _mounts;
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);

    /// <param name="root">The root.</param>
    /// <param name="mounts">The other volumes by the names of the folders on the way to them.</param>
    public MountedFileSystem(IFileSystem root, IEnumerable<(string[] Place, IFileSystem Files)> mounts)
    {
        _root = root;
        _mounts = [.. mounts.OrderByDescending(static mount => mount.Place.Length)];
        if (_mounts.Any(static mount => mount.Place is ["usr"]))
        {
            _moved.UnionWith(UsrFolders.Where(folder => root.GetEntry(folder) is { IsLink: true }));
        }
    }

    public FileSystemKind Kind => _root.Kind;

    public string Label => _root.Label;

    public long Capacity => _root.Capacity;

    public long? FreeBytes => _root.FreeBytes;

    public bool? IsDirty => _root.IsDirty;

    public FileSystemEntry? GetEntry(string path)
    {
        (IFileSystem files, string place, string inner) = Resolve(path);
        return files.GetEntry(inner) is { } entry
            ? entry with { Name = entry.Name.Length > 0 ? entry.Name : place.Substring(VolumePath.StartOfName(place)), Path = Join(place, entry.Path) }
            : null;
    }

    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        (IFileSystem files, string place, string inner) = Resolve(path);
        return files.Enumerate(inner).Select(entry => entry with { Path = Join(place, entry.Path) });
    }

    public Stream OpenFile(string path)
    {
        (IFileSystem files, _, string inner) = Resolve(path);
        return files.OpenFile(inner);
    }

    public bool? HasAttribute(string path, string name)
    {
        (IFileSystem files, _, string inner) = Resolve(path);
        return (files as IExtendedAttributes)?.HasAttribute(inner, name);
    }

    public IEnumerable<DiskExtent> GetFreeExtents() => _root.GetFreeExtents();

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now)
    {
        (IWritableFiles files, string inner) = ResolveWritable(path);
        files.Rewrite(inner, content, now);
    }

    public void Delete(string path, DateTimeOffset now)
    {
        string[] names = VolumePath.Split(path);
        if (_mounts.Find(mount => mount.Place.Take(names.Length).SequenceEqual(names, StringComparer.Ordinal)).Place is { } place)
        {
            throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} can't be deleted: another volume is mounted at {string.Join("/", place)}. Nothing was changed.");
        }

        (IWritableFiles files, string inner) = ResolveWritable(path);
        files.Delete(inner, now);
    }

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
    {
        (IWritableFiles files, string inner) = ResolveWritable(path);
        if (file.LabelOf is { } other)
        {
            (IFileSystem labelled, _, string innerOther) = Resolve(other);
            file = ReferenceEquals(labelled, files)
                ? file with { LabelOf = innerOther }
                : throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} can't be made: the file whose SELinux label it should get lies on another volume. Nothing was changed.");
        }

        files.Create(inner, content, file, now);
    }

    private (IWritableFiles Files, string Inner) ResolveWritable(string path)
    {
        (IFileSystem files, _, string inner) = Resolve(path);
        return (files.RequireWritable(path), inner);
    }

    /// <summary>The volume that a path leads into, the path to there, and the path in it.</summary>
    private (IFileSystem Files, string Place, string Inner) Resolve(string path)
    {
        string[] names = VolumePath.Split(path);
        if (names.Length > 0 && _moved.Contains(names[0]))
        {
            names = ["usr", .. names];
        }

        (string[]? place, IFileSystem? files) = _mounts.Find(mount => names.Take(mount.Place.Length).SequenceEqual(mount.Place, StringComparer.Ordinal));
        return files is null
            ? (_root, string.Empty, string.Join("\\", names))
            : (files, string.Join("\\", place), string.Join("\\", names.Skip(place.Length)));
    }

    private static string Join(string place, string path) => path.Length == 0 ? place : VolumePath.Combine(place, path);
}
