using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Looks at files of a Linux guest. Paths are from its root, without the leading '/', which evidence has.</summary>
internal static class GuestFiles
{
    private const int MaximumEntries = 1 << 16;
    private const int MaximumFiles = 256;
    private const int MaximumCharacters = 1 << 24;

    /// <summary>The first of the paths at which there is something; null where there is nothing at any.</summary>
    public static string? FindFirst(this Guest guest, params string[] paths) => Array.Find(paths, path => guest.GetFile(path) is not null);

    /// <summary>The paths of what a folder holds that the function takes, in order.</summary>
    /// <exception cref="EvidenceUnavailableException">The folder can't be read, or holds more than anybody looks at.</exception>
    public static IReadOnlyList<string> FindIn(this Guest guest, string folder, Func<FileSystemEntry, bool> accepts)
        => [.. guest.Enumerate(folder)
            .Select((entry, index) => index < MaximumEntries ? entry : throw new EvidenceUnavailableException($"/{folder} holds more than {MaximumEntries} entries."))
            .Where(accepts)
            .Select(entry => $"{folder}/{entry.Name}")
            .OrderBy(static path => path, StringComparer.Ordinal)];

    /// <summary>The lines of the files of a folder that the function takes, in the order of their names.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read, or are more than any machine is set up with.</exception>
    public static IReadOnlyList<TextLine> ReadIn(this Guest guest, string folder, Func<FileSystemEntry, bool> accepts)
    {
        IReadOnlyList<string> paths = guest.FindIn(folder, accepts);
        List<TextLine> lines = [];
        long characters = 0;
        foreach (string path in paths)
        {
            IReadOnlyList<TextLine> read = TextLine.Read(guest, path) ?? [];
            characters += read.Sum(static line => (long)line.Text.Length);
            lines.AddRange(read);
            if (paths.Count > MaximumFiles || characters > MaximumCharacters)
            {
                throw new EvidenceUnavailableException($"/{folder} holds more text than can be checked.");
            }
        }

        return lines;
    }

    /// <summary>The files of a folder that the function takes, whole, in the order of their names.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read, or are more than any machine is set up with.</exception>
    public static IEnumerable<(string Path, string Text)> ReadTexts(this Guest guest, string folder, Func<FileSystemEntry, bool> accepts)
    {
        IReadOnlyList<string> paths = guest.FindIn(folder, accepts);
        long characters = 0;
        foreach (string path in paths)
        {
            string text = guest.ReadText(path) ?? string.Empty;
            characters += text.Length;
            if (paths.Count > MaximumFiles || characters > MaximumCharacters)
            {
                throw new EvidenceUnavailableException($"/{folder} holds more text than can be checked.");
            }

            yield return (path, text);
        }
    }

    /// <summary>Whether a name begins and ends so.</summary>
    public static bool IsLike(this FileSystemEntry entry, string start, string end)
        => entry.Name.Length >= start.Length + end.Length
            && entry.Name.StartsWith(start, StringComparison.Ordinal)
            && entry.Name.EndsWith(end, StringComparison.Ordinal);

    /// <summary>Whether what is there leads to nothing: systemd and udev take a link to /dev/null for "off".</summary>
    public static bool IsMask(this FileSystemEntry? entry) => entry is { IsLink: true, IsDirectory: false, Length: 0 };
}
