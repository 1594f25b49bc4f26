using AzImageTools.Disks;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// The files below a folder of this machine, seen as a file system whose root the folder is: symbolic links lead on within
/// it, as they would for a program that has it as its root. What may not be read is unavailable, never absent.
/// </summary>
internal sealed class FolderFileSystem(string root) : IFileSystem
{
    // Linux follows as many links in one path (path_resolution(7)).
    private const int MaximumLinks = 40;

    /// <inheritdoc/>
    public FileSystemKind Kind => FileSystemKind.Unknown;

    /// <inheritdoc/>
    public string Label => string.Empty;

    /// <inheritdoc/>
    public long Capacity => 0;

    /// <inheritdoc/>
    public long? FreeBytes => null;

    /// <inheritdoc/>
    public bool? IsDirty => null;

    /// <inheritdoc/>
    public FileSystemEntry? GetEntry(string path) => Guard(path, () =>
    {
        if (Resolve(path, followLast: false) is not { } place)
        {
            return null;
        }

        string found = string.Join("\\", Split(path));
        string name = found.Substring(found.LastIndexOf('\\') + 1);
        FileSystemInfo file = LocalFile.Find(place)!;
        return LinkTarget(file) is null
            ? Describe(file, name, found)
            : Resolve(path, followLast: true) is { } target && LocalFile.Find(target) is { } followed
                ? Describe(followed, name, found) with { IsLink = true }
                : Describe(file, name, found);
    });

    /// <inheritdoc/>
    public IEnumerable<FileSystemEntry> Enumerate(string path) => Guard<IReadOnlyList<FileSystemEntry>>(path, () =>
    {
        if (Resolve(path, followLast: true) is not { } place || !Directory.Exists(place))
        {
            return [];
        }

        string folder = string.Join("\\", Split(path));
        return [.. new DirectoryInfo(place).EnumerateFileSystemInfos()
            .Select(file => Describe(file, file.Name, folder.Length == 0 ? file.Name : folder + "\\" + file.Name))];
    });

    /// <inheritdoc/>
    public Stream OpenFile(string path) => Guard(path, () =>
    {
        string place = Resolve(path, followLast: true) ?? throw new FileNotFoundException($"There is no file '{path}' below {root}.", path);

        // Only a file with content is opened: opening a pipe would wait for who writes to it.
        return new FileInfo(place).Length == 0
            ? (Stream)new MemoryStream([], writable: false)
            : LocalFile.Open(place);
    });

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetFreeExtents() => [];

    /// <summary>The full path that a path below the root comes to; null where there is nothing, or links lead in a circle.</summary>
    private string? Resolve(string path, bool followLast)
    {
        Stack<string> rest = new(Enumerable.Reverse(Split(path)));
        List<string> names = [];
        int links = 0;
        while (rest.Count > 0)
        {
            string name = rest.Pop();
            if (name is "." or "..")
            {
                names.RemoveRange(Math.Max(0, names.Count - (name.Length - 1)), Math.Min(names.Count, name.Length - 1));
                continue;
            }

            names.Add(name);
            if (LocalFile.Find(ToPlace(names)) is not { } file)
            {
                return null;
            }

            if (LinkTarget(file) is not { } target || (rest.Count == 0 && !followLast))
            {
                continue;
            }

            if (++links > MaximumLinks)
            {
                return null;
            }

            names.RemoveRange(target.StartsWith("/", StringComparison.Ordinal) ? 0 : names.Count - 1, target.StartsWith("/", StringComparison.Ordinal) ? names.Count : 1);
            foreach (string next in Enumerable.Reverse(Split(target)))
            {
                rest.Push(next);
            }
        }

        return ToPlace(names);
    }

    private string ToPlace(List<string> names) => Path.Combine([root, .. names]);

    private static string[] Split(string path) => path.Split(['/'], StringSplitOptions.RemoveEmptyEntries);

    private static string? LinkTarget(FileSystemInfo file)
#if NET
        => file.LinkTarget;
#else
        => file.Attributes.HasFlag(FileAttributes.ReparsePoint)
            ? throw new EvidenceUnavailableException($"{file.FullName} is a link, which only PowerShell 7 follows.")
            : null;
#endif

    private static FileSystemEntry Describe(FileSystemInfo file, string name, string path)
    {
        bool isLink = file.Attributes.HasFlag(FileAttributes.ReparsePoint);
        bool isDirectory = file is DirectoryInfo && !isLink;
        return new FileSystemEntry
        {
            Name = name,
            Path = path,
            IsDirectory = isDirectory,
            Length = isLink || file is not FileInfo content ? 0 : content.Length,
            LastWriteTime = new DateTimeOffset(file.LastWriteTimeUtc),
            IsLink = isLink,
        };
    }

    private static T Guard<T>(string path, Func<T> look) => LocalFile.Guard("/" + path, "root", look);
}
