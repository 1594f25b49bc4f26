namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>Follows paths to files. Junctions and symbolic links lead on within the volume only.</summary>
internal sealed class NtfsPathWalker(NtfsVolume volume)
{
    public const int RootRecord = 5;

    // Windows follows as many links in one path. The names that they lead through are bounded too, as Windows' paths are.
    private const int MaximumLinks = 63;
    private const int MaximumNames = 16 * 1024;

    /// <summary>The file at a path, and its path with the names as stored, long where it gave a short one.</summary>
    /// <param name="path">Names with '\' or '/' between them.</param>
    /// <param name="followLast">Whether a link at the path's end is followed.</param>
    /// <returns>Null where there is none, or links lead nowhere, out of the volume or in a circle.</returns>
    public (NtfsFile File, string Path)? Find(string path, bool followLast)
    {
        string[] names = VolumePath.Split(path);
        List<NtfsFile> folders = [volume.OpenFile(RootRecord)];
        string found = string.Empty;
        int links = 0;
        int linkedNames = 0;
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i] is "." or ".." || Enter(folders, names[i]) is not { } stored)
            {
                return null;
            }

            found = VolumePath.Combine(found, stored);
            if ((followLast || i + 1 < names.Length) && !TryFollow(folders, ref links, ref linkedNames))
            {
                return null;
            }
        }

        return (folders[folders.Count - 1], found);
    }

    /// <summary>Goes from the last folder to what it has under a name, and tells the name that is shown of it; null where there is nothing.</summary>
    private string? Enter(List<NtfsFile> folders, string name)
    {
        NtfsFile folder = folders[folders.Count - 1];
        if (!folder.IsDirectory || new FolderIndex(volume, folder).Find(name) is not { Name: { } stored } entry)
        {
            return null;
        }

        NtfsFile file = volume.OpenFile(entry.File);
        folders.Add(file);
        string? longName = stored.IsDosOnly
            ? file.Names.FirstOrDefault(candidate => !candidate.IsDosOnly && candidate.Folder.Number == folder.Number)?.Name
            : null;
        return longName ?? stored.Name;
    }

    /// <summary>Puts what a link leads to in its place, as long as it is one; false where it leads nowhere.</summary>
    private bool TryFollow(List<NtfsFile> folders, ref int links, ref int linkedNames)
    {
        Stack<string> rest = new();
        while (linkedNames++ < MaximumNames)
        {
            NtfsFile last = folders[folders.Count - 1];
            if (folders.Count > 1 && ReparseTags.IsLink(last.ReparseTag))
            {
                if (++links > MaximumLinks || last.ReadLinkTarget() is not { } target)
                {
                    return false;
                }

                folders.RemoveRange(target.IsAbsolute ? 1 : folders.Count - 1, target.IsAbsolute ? folders.Count - 1 : 1);
                foreach (string next in target.Names.Reverse())
                {
                    rest.Push(next);
                }
            }

            if (rest.Count == 0)
            {
                return true;
            }

            string name = rest.Pop();
            if (name is ".." && folders.Count > 1)
            {
                folders.RemoveAt(folders.Count - 1);
            }
            else if (name is not ("." or "..") && Enter(folders, name) is null)
            {
                return false;
            }
        }

        return false;
    }
}
