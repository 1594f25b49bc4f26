
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Finds Python packages by the folders or files that tell of their installation, such as WALinuxAgent-2.9.1.1-py3.10.egg-info.</summary>
internal static class PythonPackages
{
    private const int MaximumPythons = 64;

    private static readonly string[] Libraries = ["usr/lib", "usr/lib64", "usr/local/lib", "usr/share/oem/python/lib", "usr/share/oem/python/lib64"];
    private static readonly string[] Folders = ["dist-packages", "site-packages"];

    /// <summary>A package's version and where it is told; null where the package is not found.</summary>
    public static (string Path, Version Version)? Find(Guest guest, string package)
    {
        foreach (string folder in FindFolders(guest))
        {
            if (guest.FindIn(folder, entry => Parse(entry.Name, package) is not null) is [.., string told]
                && Parse(told.Substring(told.LastIndexOf('/') + 1), package) is { } version)
            {
                return (told, version);
            }
        }

        return null;
    }

    /// <summary>A version that a package's own file assigns to a name, and where; null where none does.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="file">The file's path from the folder that packages lie in.</param>
    /// <param name="name">The name.</param>
    public static (string Path, Version Version)? FindAssigned(Guest guest, string file, string name)
        => FindFolders(guest)
            .SelectMany(folder => TextLine.Read(guest, $"{folder}/{file}") ?? [])
            .Where(line => line.Text.StartsWith(name + " =", StringComparison.Ordinal))
            .Select(static line => (line.Path, Version: ParseVersion(line.Text.Split('=')[1].Trim(' ', '\'', '"'))))
            .Where(static told => told.Version is not null)
            .Select(static told => ((string, Version)?)(told.Path, told.Version!))
            .FirstOrDefault();

    /// <summary>The folders that packages lie in.</summary>
    public static IEnumerable<string> FindFolders(Guest guest)
        => Libraries
            .SelectMany(library => guest.FindIn(library, static entry => entry.IsLike("python", string.Empty)))
            .Take(MaximumPythons)
            .SelectMany(static python => Folders.Select(folder => $"{python}/{folder}"));

    /// <summary>The version that stands at the beginning of a text; null where none does.</summary>
    public static Version? ParseVersion(string text)
    {
        string digits = new([.. text.TakeWhile(static letter => letter is '.' or (>= '0' and <= '9'))]);
        return Version.TryParse(digits.Trim('.'), out Version? version) ? version : null;
    }

    private static Version? Parse(string name, string package)
        => name.Length > package.Length && name[package.Length] == '-' && name.StartsWith(package, StringComparison.OrdinalIgnoreCase)
            ? ParseVersion(name.Substring(package.Length + 1))
            : null;
}
