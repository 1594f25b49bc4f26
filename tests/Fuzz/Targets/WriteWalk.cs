using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be changed on a volume: each change is made within the volume, or refused and nothing is different.</summary>
internal static class WriteWalk
{
    private const int LargestEntryCount = 60;
    private const int LargestPath = 200;
    private const int MostChanges = 6;
    private const int LargestContent = 40_000;

    public static bool Write(IByteSource volume, FuzzRandom random)
    {
        using DiskOverlay overlay = new(volume);
        IFileSystem? files = null;
        DiskWalk.Attempt(() => files = FileSystem.TryOpen(overlay));
        if (files is null)
        {
            return false;
        }

        List<FileSystemEntry> entries = [];
        DiskWalk.Attempt(() => List(files, string.Empty, entries));
        for (int i = 0; i < MostChanges && entries.Count > 0; i++)
        {
            FileSystemEntry entry = random.Pick(entries);
            if (files is IWritableFiles writable)
            {
                Attempt(overlay, () => Change(writable, entry, random));
            }

            if (files is IRewritableFiles rewritable && !entry.IsDirectory)
            {
                Attempt(overlay, () => Rewrite(rewritable, entry, random));
            }
        }

        // What is there now is read as anything else.
        return VolumeWalk.Read(overlay, random);
    }

    private static void List(IFileSystem files, string folder, List<FileSystemEntry> entries)
    {
        List<FileSystemEntry> here = [.. files.Enumerate(folder).Take(LargestEntryCount - entries.Count)];
        entries.AddRange(here);
        foreach (FileSystemEntry below in here.Where(static entry => entry is { IsDirectory: true, IsLink: false } && entry.Path.Length < LargestPath))
        {
            if (entries.Count < LargestEntryCount)
            {
                DiskWalk.Attempt(() => List(files, below.Path, entries));
            }
        }
    }

    private static void Change(IWritableFiles files, FileSystemEntry entry, FuzzRandom random)
    {
        byte[] content = new byte[random.OneIn(3) ? random.Below(LargestContent) : (int)Math.Min(LargestContent, entry.Length) / (1 + random.Below(2))];
        switch (random.Below(4))
        {
            case 0:
                files.Delete(entry.Path, DateTimeOffset.UnixEpoch);
                break;
            case 1:
                string folder = entry.IsDirectory ? entry.Path : Path.GetDirectoryName(entry.Path.Replace('\\', '/')) ?? string.Empty;
                files.Create($"{folder}/a file that is made", content, new NewFile { LabelOf = entry.Path }, DateTimeOffset.UnixEpoch);
                break;
            default:
                files.Rewrite(entry.Path, content, DateTimeOffset.UnixEpoch);
                break;
        }
    }

    private static void Rewrite(IRewritableFiles files, FileSystemEntry entry, FuzzRandom random)
    {
        IRewritableFile file = files.OpenRewritable(entry.Path);
        byte[] bytes = new byte[Math.Min(file.Length, 1 + random.Below(LargestContent))];
        file.Write(file.Length - bytes.Length, bytes);
    }

    private static void Attempt(DiskOverlay overlay, Action change)
    {
        (int Count, long Sum) before = Describe(overlay);
        try
        {
            change();
        }
        catch (Exception exception) when (exception is DiskFormatException or DiskRepairException or IOException)
        {
            if (Describe(overlay) != before)
            {
                throw new InvalidOperationException($"It was refused ({exception.Message}), and something was changed.", exception);
            }
        }
    }

    private static (int Count, long Sum) Describe(DiskOverlay overlay)
    {
        HashCode sum = default;
        int count = 0;
        foreach (OverlayChange change in overlay.EnumerateChanges())
        {
            sum.Add(change.Offset);
            sum.AddBytes(change.After.Span);
            count++;
        }

        return (count, sum.ToHashCode());
    }
}
