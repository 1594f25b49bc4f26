namespace AzImageTools.Disks.Volumes;

/// <summary>Paths on a volume: names with '\' or '/' between them.</summary>
internal static class VolumePath
{
    private static readonly char[] Separators = ['\\', '/'];
    private static readonly char[] LinuxSeparators = ['/'];

    /// <summary>The names of a path from the root; none for the root itself.</summary>
    public static string[] Split(string path)
        => (path ?? throw new ArgumentNullException(nameof(path))).Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The names of a path as Linux writes it, in which '\' is a letter like others.</summary>
    public static string[] SplitLinux(string path) => path.Split(LinuxSeparators, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where a path's last name begins.</summary>
    public static int StartOfName(string path) => path.LastIndexOfAny(Separators) + 1;

    /// <summary>The path of what a folder holds.</summary>
    public static string Combine(string folder, string name) => folder.Length == 0 ? name : folder + "\\" + name;
}
