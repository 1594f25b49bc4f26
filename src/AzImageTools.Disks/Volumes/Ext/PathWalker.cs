using System.Text;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Follows paths to inodes. Symbolic links lead on within the volume only: the volume's root is "/".</summary>
internal sealed class PathWalker(ExtVolume volume)
{
    // Linux follows as many links in one path (path_resolution(7)), each of up to PATH_MAX bytes.
    private const int MaximumLinks = 40;
    private const int MaximumTarget = 4096;

    /// <summary>The inode at a path; null where there is none, or links lead nowhere or in a circle.</summary>
    /// <param name="path">Names with '\' or '/' between them.</param>
    /// <param name="followLast">Whether a link at the path's end is followed.</param>
    public Inode? Find(string path, bool followLast)
    {
        string[] names = VolumePath.Split(path);
        if (Array.Exists(names, static name => name is "." or ".."))
        {
            return null;
        }

        Stack<string> rest = new(Enumerable.Reverse(names));
        List<Inode> folders = [volume.ReadInode(ExtVolume.RootInode)];
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

            Inode folder = folders[folders.Count - 1];
            Inode? inode = folder.IsDirectory ? FindEntry(folder, name, links == 0 ? rest : null) : null;
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

            string target = ReadTarget(inode);
            folders.RemoveRange(1, target.StartsWith("/", StringComparison.Ordinal) ? folders.Count - 1 : 0);
            foreach (string next in Enumerable.Reverse(VolumePath.SplitLinux(target)))
            {
                rest.Push(next);
            }
        }

        return folders[folders.Count - 1];
    }

    /// <summary>The path that a symbolic link holds.</summary>
    public string ReadTarget(Inode link)
    {
        if (link.Length is <= 0 or > MaximumTarget)
        {
            throw volume.Damaged($"The symbolic link of inode {link.Number} is said to have {link.Length} bytes.", "ext4, Symbolic Links");
        }

        byte[] target = new byte[link.Length];
        if (target.Length < Inode.MapSize && !link.IsEncrypted)
        {
            link.Map.Span.Slice(0, target.Length).CopyTo(target);
        }
        else
        {
            volume.OpenContent(link, volume.Metadata, $"The symbolic link of inode {link.Number}").Read(0, target);
        }

        return Encoding.UTF8.GetString(target);
    }

    /// <summary>
    /// What a folder has under a name. On Linux a name may hold a '\', which the paths asked for use between names: where
    /// there is no such name, it is looked for with what follows.
    /// </summary>
    private Inode? FindEntry(Inode folder, string name, Stack<string>? rest)
    {
        string[] following = rest?.ToArray() ?? [];
        for (int taken = 0; ; taken++)
        {
            if (FindEntry(folder, name) is { } inode)
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

    private Inode? FindEntry(Inode folder, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        FolderEntry found = Folder.Enumerate(volume, folder).FirstOrDefault(entry => entry.Name.AsSpan().SequenceEqual(bytes));
        if (found.Inode == 0 && folder.IsCaseFolded)
        {
            found = Folder.Enumerate(volume, folder).FirstOrDefault(entry => string.Equals(entry.Text, name, StringComparison.OrdinalIgnoreCase));
        }

        return found.Inode == 0 ? null : volume.ReadInode(found.Inode);
    }
}
