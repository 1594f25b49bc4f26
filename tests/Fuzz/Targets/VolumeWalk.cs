using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a volume.</summary>
internal static class VolumeWalk
{
    private const int LargestEntryCount = 60;
    private const int LargestPath = 200;
    private const int LargestExtentCount = 5000;
    private const int LargestStreamCount = 20;
    private const int MostHoles = 20;

    public static bool Read(IByteSource volume, FuzzRandom random)
    {
        IFileSystem? files = null;
        DiskWalk.Attempt(() => files = FileSystem.TryOpen(volume));
        if (files is null)
        {
            return false;
        }

        DiskWalk.Attempt(() => _ = files.Label.Length + files.Capacity);
        DiskWalk.Attempt(() => _ = files.IsDirty);
        if (random.OneIn(4))
        {
            DiskWalk.Attempt(() => _ = files.FreeBytes);
            DiskWalk.Attempt(() => _ = files.GetFreeExtents().Take(LargestExtentCount).Count());
            DiskWalk.Attempt(() => new OpenedImage(volume).FreeSpace.Read(0, new byte[512]));
        }

        if (random.OneIn(8))
        {
            DiskWalk.Attempt(() => _ = GuestIdentity.Detect(files));
            DiskWalk.Attempt(() => _ = files.GetEntry(@"Links\junction\level-01\third.txt")?.Length);
            DiskWalk.Attempt(() => _ = (files as IVolumeCondition)?.HibernationReason);
        }

        List<FileSystemEntry> folders = [new() { Name = string.Empty, Path = string.Empty, IsDirectory = true, Length = 0 }];
        int left = LargestEntryCount;
        while (left > 0 && folders.Count > 0)
        {
            int number = random.Below(folders.Count);
            FileSystemEntry folder = folders[number];
            folders.RemoveAt(number);
            DiskWalk.Attempt(() => List(files, folder, folders, ref left, random));
        }

        return true;
    }

    /// <summary>Goes on from entries as well as by their paths.</summary>
    private static void List(IFileSystem files, FileSystemEntry folder, List<FileSystemEntry> folders, ref int left, FuzzRandom random)
    {
        foreach (FileSystemEntry entry in random.OneIn(3) ? files.Enumerate(folder.Path) : files.Enumerate(folder))
        {
            if (--left <= 0)
            {
                break;
            }

            if (random.OneIn(6))
            {
                DiskWalk.Attempt(() => AskFor(files, entry, random));
            }

            if (entry.IsDirectory && entry.Path.Length < LargestPath)
            {
                folders.Add(entry);
            }
            else if (!entry.IsDirectory && random.OneIn(3))
            {
                DiskWalk.Attempt(() => ReadSome(files, entry, random));
            }
        }
    }

    /// <summary>Goes from hole to hole, as copying does.</summary>
    private static void SkipHoles(Stream content, byte[] buffer, FuzzRandom random)
    {
        long position = content.Length > 0 && random.OneIn(2) ? random.Below(content.Length) : 0;
        for (int i = 0; i < MostHoles && content is ReadOnlyStream holed; i++)
        {
            content.Position = holed.FindData(position);
            if (content.Read(buffer, 0, 600) == 0)
            {
                return;
            }

            position = content.Position;
        }
    }

    /// <summary>What is not in a listing: the entry by its path, its streams and its extended attributes.</summary>
    private static void AskFor(IFileSystem files, FileSystemEntry entry, FuzzRandom random)
    {
        _ = files.GetEntry(entry.Path)?.LinkTarget;
        _ = (files as IExtendedAttributes)?.HasAttribute(entry.Path, "security.selinux");
        foreach (FileSystemEntry stream in ((files as INamedStreams)?.EnumerateStreams(entry.Path) ?? []).Take(LargestStreamCount))
        {
            ReadSome(files, stream, random);
        }
    }

    private static void ReadSome(IFileSystem files, FileSystemEntry file, FuzzRandom random)
    {
        try
        {
            using Stream content = random.OneIn(3) ? files.OpenFile(file.Path) : files.OpenFile(file);
            byte[] buffer = new byte[20_000];
            _ = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            content.Position = content.Length > 0 ? random.Below(content.Length) : 0;
            _ = content.Read(buffer, 0, 600);
            SkipHoles(content, buffer, random);
        }
        catch (FileNotFoundException)
        {
            // What a listing shows need not be found again in an index that is no longer sorted.
        }
    }
}
