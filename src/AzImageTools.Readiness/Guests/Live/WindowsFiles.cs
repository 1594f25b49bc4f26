using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// The files on the system drive of the Windows that runs here. Its folders are called Windows and Windows\System32 whatever
/// they are called on it, and however a 32-bit program would see them.
/// </summary>
internal static class WindowsFiles
{
    private const string WindowsFolder = "Windows";
    private const string SystemFolder = "System32";

    /// <summary>Where a 32-bit program finds the System32 of a 64-bit Windows (Microsoft Learn, "File System Redirector").</summary>
    private const string SystemFolderFrom32Bit = "Sysnative";

    private static readonly string WindowsPlace = Environment.GetFolderPath(Environment.SpecialFolder.Windows);

    /// <summary>The root of the drive that Windows is installed on, such as <c>C:\</c>.</summary>
    public static string Root => Path.GetPathRoot(WindowsPlace) ?? throw new EvidenceUnavailableException("Windows does not say where it is installed.");

    public static FileSystemEntry? GetEntry(string path) => Guard(path, ()
        => Locate(path) is { } place && LocalFile.Find(place) is { } file ? Describe(file, JoinNames(Split(path))) : null);

    public static IReadOnlyList<FileSystemEntry> Enumerate(string path) => Guard<IReadOnlyList<FileSystemEntry>>(path, () =>
    {
        if (Locate(path) is not { } place || LocalFile.Find(place) is not DirectoryInfo folder)
        {
            return [];
        }

        string[] names = Split(path);
        return [.. folder.EnumerateFileSystemInfos().Select(file => Describe(file, JoinNames([.. names, file.Name])))];
    });

    public static Stream OpenFile(string path) => Guard(path, ()
        => LocalFile.Open(Locate(path) ?? throw new FileNotFoundException($"There is no file '{path}' on {Root}.", path)));

    /// <summary>The full path; null where no file can be called so.</summary>
    public static string? Locate(string path)
    {
        string[] names = Split(path);
        if (Array.Exists(names, static name => name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0))
        {
            return null;
        }

        if (!Is(names, 0, WindowsFolder))
        {
            return Root + JoinNames(names);
        }

        if (Is(names, 1, SystemFolder) && IntPtr.Size == sizeof(int) && Environment.Is64BitOperatingSystem)
        {
            names[1] = SystemFolderFrom32Bit;
        }

        return JoinNames([WindowsPlace, .. names.Skip(1)]);
    }

    private static string[] Split(string path) => path.Split(['\\', '/'], StringSplitOptions.RemoveEmptyEntries);

    private static string JoinNames(string[] names) => string.Join("\\", names);

    private static bool Is(string[] names, int index, string name)
        => index < names.Length && string.Equals(names[index], name, StringComparison.OrdinalIgnoreCase);

    private static FileSystemEntry Describe(FileSystemInfo file, string path)
    {
        bool isLink = file.Attributes.HasFlag(FileAttributes.ReparsePoint);
        return new FileSystemEntry
        {
            Name = file.Name,
            Path = path,
            IsDirectory = file is DirectoryInfo,
            Length = file is not FileInfo content ? 0 : isLink ? MeasureTarget(content) : content.Length,
            LastWriteTime = new DateTimeOffset(file.LastWriteTimeUtc),
            IsLink = isLink,
            IsEncrypted = file.Attributes.HasFlag(FileAttributes.Encrypted),
        };
    }

    /// <summary>The length of what a link leads to; 0 where it leads to nothing.</summary>
    private static long MeasureTarget(FileInfo link)
    {
        try
        {
            using FileStream target = LocalFile.Open(link.FullName);
            return target.Length;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static T Guard<T>(string path, Func<T> look) => LocalFile.Guard(path, "an administrator", look);
}
