namespace AzImageTools.Disks.Volumes;

/// <summary>Follows paths to inodes. Symbolic links lead on within the volume only: the volume's root is "/".</summary>
internal sealed class PathWalker<TInode>(IInodeVolume<TInode> volume)
    where TInode : class, IInode
{
    // Linux follows as many links in one path (path_resolution(7)).
    private const int MaximumLinks = 40;

    /// <summary>The inode at a path; null where there is none, or links lead nowhere or in a circle.</summary>
    /// <param name="path">Names with '\' or '/' between them.</param>
    /// <param name="followLast">Whether a link at the path's end is followed.</param>
    public TInode? Find(string path, bool followLast) => FindWithFolder(path, followLast) is { } found ? found.Inode : null;

    /// <summary>The inode at a path, the folder that holds it and its name there; the folder is null for the root.</summary>
    /// <param name="path">Names with '\' or '/' between them.</param>
    /// <param name="followLast">Whether a link at the path's end is followed.</param>
    public (TInode Inode, TInode? Folder, string Name)? FindWithFolder(string path, bool followLast)
    {
        string[] names = VolumePath.Split(path);
        if (Array.Exists(names, static name => name is "." or ".."))
        {
            return null;
        }

        string last = string.Empty;
        Stack<string> rest = new(Enumerable.Reverse(names));
        List<TInode> folders = [volume.ReadRoot()];
        int links = 0;
        while (rest.Count > 0)
        {
            string name = rest.Pop();
            if (name is "." or "..")
            {
                if (name is ".." && folders.Count > 1)
                {
                    folders.RemoveAt(folders.Count - 1);
                }

                continue;
            }

            TInode folder = folders[folders.Count - 1];
            TInode? inode = folder.IsDirectory ? FindEntry(folder, ref name, links == 0 ? rest : null) : null;
            last = name;
            if (inode is null)
            {
                return null;
            }

            if (!inode.IsLink || (rest.Count == 0 && !followLast))
            {
                folders.Add(inode);
                continue;
            }

            if (++links > MaximumLinks)
            {
                return null;
            }

            string target = volume.ReadTarget(inode);
            folders.RemoveRange(1, target.StartsWith("/", StringComparison.Ordinal) ? folders.Count - 1 : 0);
            foreach (string next in Enumerable.Reverse(VolumePath.SplitLinux(target)))
            {
                rest.Push(next);
            }
        }

        return (folders[folders.Count - 1], folders.Count > 1 ? folders[folders.Count - 2] : null, last);
    }

    /// <summary>
    /// What a folder has under a name. On Linux a name may hold a '\', which the paths asked for use between names: where
    /// there is no such name, it is looked for with what follows.
    /// </summary>
    private TInode? FindEntry(TInode folder, ref string name, Stack<string>? rest)
    {
        string[] following = rest?.ToArray() ?? [];
        for (int taken = 0; ; taken++)
        {
            if (volume.FindEntry(folder, name) is { } inode)
            {
                for (; taken > 0; taken--)
                {
                    rest!.Pop();
                }

                return inode;
            }

            const int LongestName = 255;
            if (taken == following.Length || name.Length > LongestName)
            {
                return null;
            }

            name += "\\" + following[taken];
        }
    }
}
