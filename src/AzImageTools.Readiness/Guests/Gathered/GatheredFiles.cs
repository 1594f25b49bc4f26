using AzImageTools.Disks;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>The files of which evidence was gathered. What was not looked at is unavailable, never absent.</summary>
/// <param name="files">By path, with '\' between names; null for what is not there.</param>
/// <param name="folders">By path; null for what is not there.</param>
/// <param name="names">How the guest tells names apart.</param>
internal sealed class GatheredFiles(
    IReadOnlyDictionary<string, GatheredFile?> files, IReadOnlyDictionary<string, GatheredFolder?> folders, StringComparer names) : IFileSystem
{
    private const int LongestPath = 4096;

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

    /// <summary>A path as evidence has it.</summary>
    public static string Normalize(string path) => string.Join("\\", path.Split(['\\', '/'], StringSplitOptions.RemoveEmptyEntries));

    /// <inheritdoc/>
    public FileSystemEntry? GetEntry(string path) => Find(path)?.Entry;

    /// <summary>What was gathered of a file; null where there is none.</summary>
    /// <exception cref="EvidenceUnavailableException">It was not looked at, or could not be.</exception>
    public GatheredFile? Find(string path)
    {
        string place = Normalize(path);
        (bool isKnown, GatheredFile? file) = Look(place);
        return !isKnown ? throw NotGathered(place) : file is { Unreadable: { } reason } ? throw new EvidenceUnavailableException(reason) : file;
    }

    /// <inheritdoc/>
    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        string place = Normalize(path);
        if (folders.TryGetValue(place, out GatheredFolder? folder))
        {
            return folder is { Unreadable: { } reason } ? throw new EvidenceUnavailableException(reason) : folder?.Entries.Select(static file => file.Entry) ?? [];
        }

        (bool isKnown, GatheredFile? file) = Look(place);
        return isKnown && file is null or { Unreadable: null, Entry.IsDirectory: false } ? [] : throw NotGathered(place);
    }

    /// <inheritdoc/>
    public Stream OpenFile(string path) => Find(path) switch
    {
        null => throw new FileNotFoundException($"There is no file '{path}'.", path),
        { Content: { } content } => new MemoryStream(content, writable: false),
        { Entry: { IsDirectory: false, Length: 0 } } => new MemoryStream([], writable: false),
        _ => throw new EvidenceUnavailableException($"What is in {path} was not gathered."),
    };

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetFreeExtents() => [];

    private (bool IsKnown, GatheredFile? File) Look(string path)
    {
        (bool IsKnown, GatheredFile? File) found = LookAt(path);
        for (string place = path; !found.IsKnown && place.Length > 0 && path.Length <= LongestPath;)
        {
            // What is not there holds nothing; of what is in a folder that is there, nothing is known.
            place = place.Substring(0, Math.Max(0, place.LastIndexOf('\\')));
            if (LookAt(place) is { IsKnown: true } parent)
            {
                return parent.File is null ? (true, null) : (false, null);
            }
        }

        return found;
    }

    private (bool IsKnown, GatheredFile? File) LookAt(string path)
    {
        if (files.TryGetValue(path, out GatheredFile? file))
        {
            return (true, file);
        }

        if (folders.TryGetValue(path, out GatheredFolder? folder) && folder?.Unreadable is null)
        {
            return (true, folder?.Self);
        }

        int end = path.LastIndexOf('\\');
        string name = path.Substring(end + 1);
        if (!folders.TryGetValue(end < 0 ? string.Empty : path.Substring(0, end), out folder))
        {
            return (false, null);
        }

        file = folder?.Entries.FirstOrDefault(entry => names.Equals(entry.Entry.Name, name));
        return folder is null || file is not null || (folder.Unreadable is null && folder.Covers(name)) ? (true, file)
            : folder.Unreadable is { } reason ? throw new EvidenceUnavailableException(reason)
            : (false, null);
    }

    private static EvidenceUnavailableException NotGathered(string path) => new($"{path} was not gathered.");
}
