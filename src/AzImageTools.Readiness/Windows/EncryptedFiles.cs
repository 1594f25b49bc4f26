using AzImageTools.Disks;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Looks for files that are encrypted with EFS, whose key Sysprep throws away, without the folders that hold Windows and programs. The volume's table
/// of files tells of all. Where that is long, it is read only when somebody has a key to encrypt files with (<see cref="EncryptionKeys"/>). Where there is no table,
/// folders are listed, breadth first, and a volume with more folders than the limit is looked at as far as that goes, and never passes.
/// </summary>
internal static class EncryptedFiles
{
    private const int MaxFolders = 2000;
    private const int MaxEntries = 200_000;
    private const int MaxShown = 10;

    /// <summary>A table of 8,192 files, fewer than any Windows has beside a system made for tests, is read in any case.</summary>
    internal const long ShortTable = 8 << 20;

    /// <summary>A table of a million files; it is read in long reads, where their folders take as many short ones as there are folders.</summary>
    private const long LongestTable = 1L << 30;

    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "Windows", "Program Files", "Program Files (x86)", "$Recycle.Bin", "System Volume Information",
    };

    public static RuleOutcome Judge(RuleContext context)
    {
        if (context.Guest is { Live: null, FileTable.TableLength: > ShortTable } && EncryptionKeys.CountWithout(context.Guest) is { } profiles)
        {
            return RuleOutcome.Pass(new Observation("Certificates for encrypting files", FormattableString.Invariant($"in none of {profiles} profiles")));
        }

        EncryptedFileSearch search = context.Guest.Live?.EncryptedFiles ?? SearchTable(context.Guest.FileTable) ?? Search(context.Guest);
        if (search.Found.Count > 0)
        {
            return RuleOutcome.Fail([.. search.Found]);
        }

        return search.IsComplete
            ? RuleOutcome.Pass(new Observation("Outside Windows and Program Files", FormattableString.Invariant($"none of {search.EntriesSeen} files and folders is encrypted")))
            : RuleOutcome.Undetermined(FormattableString.Invariant($"None of the {search.EntriesSeen} files and folders checked is encrypted, but there are more."));
    }

    /// <summary>Goes through the table of files; null where there is none, it is too long, or damaged.</summary>
    internal static EncryptedFileSearch? SearchTable(IFileTable? files)
    {
        if (files is null || files.TableLength > LongestTable)
        {
            return null;
        }

        // Of the others no more is kept than how many there are in which folder: there may be a million.
        Dictionary<ulong, TableName> folders = [];
        Dictionary<ulong, int> counts = [];
        List<TableName> encrypted = [];
        int inRoot = 0;
        try
        {
            foreach (TableName name in files.EnumerateTable())
            {
                if (name.IsDirectory)
                {
                    folders[name.File] = name;
                }

                if (name.IsEncrypted)
                {
                    encrypted.Add(name);
                }

                if (name.Folder is { } folder)
                {
                    counts[folder] = counts.TryGetValue(folder, out int count) ? count + 1 : 1;
                }
                else
                {
                    inRoot++;
                }
            }
        }
        catch (DiskFormatException)
        {
            return null;
        }

        Dictionary<ulong, string?> paths = [];
        IEnumerable<(string Path, bool IsDirectory)> found = encrypted.Where(name => name.Folder is not { } folder || PathOf(folder, folders, paths) is not null)
            .Select(name => (name.Folder is { } folder ? Combine(PathOf(folder, folders, paths)!, name.Name) : name.Name, name.IsDirectory));
        return new EncryptedFileSearch
        {
            EntriesSeen = inRoot + counts.Where(folder => PathOf(folder.Key, folders, paths) is not null).Sum(static folder => folder.Value),
            IsComplete = true,
            Found = [.. found.OrderBy(static file => file.Path.Count(static letter => letter == '\\')).ThenBy(static file => file.Path, StringComparer.OrdinalIgnoreCase)
                .Take(MaxShown).Select(static file => EncryptedFileSearch.See(file.Path, file.IsDirectory))],
        };
    }

    /// <summary>The path of a folder that is looked into; null for one of those that are not, and for what leads nowhere or in a circle.</summary>
    private static string? PathOf(ulong folder, Dictionary<ulong, TableName> folders, Dictionary<ulong, string?> paths)
    {
        Stack<TableName> way = new();
        string? path = null;
        for (ulong? next = folder; ;)
        {
            if (next is not { } number)
            {
                path = string.Empty;
                break;
            }

            if (paths.TryGetValue(number, out string? known))
            {
                path = known;
                break;
            }

            // Until its path is known, a folder has none: so a circle ends.
            paths[number] = null;
            if (!folders.TryGetValue(number, out TableName name))
            {
                break;
            }

            way.Push(name);
            next = name.Folder;
        }

        while (way.Count > 0)
        {
            TableName name = way.Pop();
            path = path is null || (name.Folder is null && Skipped.Contains(name.Name)) ? null : Combine(path, name.Name);
            paths[name.File] = path;
        }

        return path;
    }

    private static string Combine(string folder, string name) => folder.Length == 0 ? name : folder + "\\" + name;

    private static EncryptedFileSearch Search(Guest guest)
    {
        List<Observation> encrypted = [];
        Queue<string> folders = new([string.Empty]);
        int seenFolders = 0;
        int seenEntries = 0;
        while (folders.Count > 0 && seenFolders < MaxFolders && seenEntries < MaxEntries && encrypted.Count < MaxShown)
        {
            string folder = folders.Dequeue();
            seenFolders++;
            foreach (FileSystemEntry entry in guest.Enumerate(folder).Take(MaxEntries - seenEntries))
            {
                seenEntries++;
                if (entry.IsEncrypted && encrypted.Count < MaxShown)
                {
                    encrypted.Add(EncryptedFileSearch.See(entry.Path, entry.IsDirectory));
                }

                if (entry is { IsDirectory: true, IsLink: false } && folders.Count < MaxFolders && !(folder.Length == 0 && Skipped.Contains(entry.Name)))
                {
                    folders.Enqueue(entry.Path);
                }
            }
        }

        return new EncryptedFileSearch { EntriesSeen = seenEntries, IsComplete = folders.Count == 0 && seenEntries < MaxEntries, Found = encrypted };
    }
}
