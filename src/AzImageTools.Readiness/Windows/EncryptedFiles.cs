using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Looks for files that are encrypted with EFS, whose key Sysprep throws away. Folders are listed, breadth first, without
/// those that hold Windows and programs; a volume with more folders than the limit is looked at as far as that goes, and
/// never passes.
/// </summary>
internal static class EncryptedFiles
{
    private const int MaxFolders = 2000;
    private const int MaxEntries = 200_000;
    private const int MaxShown = 10;

    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "Windows", "Program Files", "Program Files (x86)", "$Recycle.Bin", "System Volume Information",
    };

    public static RuleOutcome Judge(RuleContext context)
    {
        EncryptedFileSearch search = context.Guest.Live?.EncryptedFiles ?? Search(context.Guest);
        if (search.Found.Count > 0)
        {
            return RuleOutcome.Fail([.. search.Found]);
        }

        return search.IsComplete
            ? RuleOutcome.Pass(new Observation("Outside Windows and Program Files", FormattableString.Invariant($"none of {search.EntriesSeen} files and folders is encrypted")))
            : RuleOutcome.Undetermined(FormattableString.Invariant($"None of the {search.EntriesSeen} files and folders checked is encrypted, but there are more."));
    }

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
