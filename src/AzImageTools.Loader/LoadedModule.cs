namespace AzImageTools.Loader;

/// <summary>
/// Which copy of the module this process has. What a process has loaded stays until it ends, whatever is removed: of another
/// version it would have the script and the manifest alone, and run the first one's code.
/// </summary>
public static class LoadedModule
{
    private const string Manifest = "AzImageTools.psd1";
    private const string Assemblies = "AzImageTools*.dll";

    private static readonly object Gate = new();
    private static string? _folder;

    /// <summary>Tells whether a copy of the module may be imported: the first, the same again, or one that holds the same.</summary>
    /// <param name="folder">The copy's folder, with its manifest.</param>
    /// <returns>The folder of the other version that this process has; null where there is none.</returns>
    public static string? FindOther(string folder)
    {
        if (folder is null)
        {
            throw new ArgumentNullException(nameof(folder));
        }

        lock (Gate)
        {
            _folder ??= Path.GetFullPath(folder);
            return IsSame(_folder, Path.GetFullPath(folder)) ? null : _folder;
        }
    }

    private static bool IsSame(string loaded, string folder)
    {
        if (string.Equals(loaded, folder, StringComparison.Ordinal))
        {
            return true;
        }

        try
        {
            List<string> names = FilesOf(loaded);
            return names.SequenceEqual(FilesOf(folder), StringComparer.Ordinal) && names.TrueForAll(name => File.ReadAllBytes(Path.Combine(loaded, name)).SequenceEqual(File.ReadAllBytes(Path.Combine(folder, name))));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // One of them is gone, or may not be read: nobody knows what it is.
            return false;
        }
    }

    /// <summary>What makes a version, by paths within the module's folder.</summary>
    private static List<string> FilesOf(string folder)
        => [Manifest, .. Directory.GetFiles(folder, Assemblies, SearchOption.AllDirectories).Select(path => path.Substring(folder.Length).TrimStart('/', '\\')).OrderBy(static name => name, StringComparer.Ordinal)];
}
