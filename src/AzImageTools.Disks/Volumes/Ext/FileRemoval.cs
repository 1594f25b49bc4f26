using System.Text;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Removes names from folders, and files and folders that have none left.</summary>
internal sealed class FileRemoval
{
    private const int DeepestFolder = 1000;

    private readonly ExtEditor _editor;
    private readonly string _path;
    private readonly DateTimeOffset _now;
    private readonly HashSet<ulong> _folders = [];

    private FileRemoval(ExtEditor editor, string path, DateTimeOffset now)
    {
        _editor = editor;
        _path = path;
        _now = now;
    }

    /// <summary>Removes a file, a link, or a folder with all that is in it.</summary>
    public static void Remove(ExtEditor editor, string path, DateTimeOffset now)
    {
        (Inode found, Inode? parent, string name) = new PathWalker<Inode>(editor.Volume).FindWithFolder(path, followLast: false)
            ?? throw new FileNotFoundException($"There is no '{path}' on {editor.Volume.Source.Name}.", path);
        if (parent is null)
        {
            throw editor.Refuse(path, "it is the volume's root");
        }

        InodeDraft folder = editor.ReadInode(parent.Number);
        if (FolderDraft.FixedBecause(folder) is { } reason)
        {
            throw editor.Refuse(path, $"of the folder that holds it: {reason}");
        }

        ulong removed = FolderDraft.Open(editor, folder).Remove(Encoding.UTF8.GetBytes(name));
        if (removed != found.Number)
        {
            throw editor.Volume.Damaged($"The folder of inode {folder.Number} has a name twice.", "ext4, Linear (Classic) Directories");
        }

        new FileRemoval(editor, path, now).RemoveLink(removed, 0);

        // A folder with more subfolders than can be counted has a count of 1.
        if (found.IsDirectory && folder.Links > 1)
        {
            folder.Links--;
        }

        folder.TouchContent(now);
        editor.Write(folder);
    }

    /// <summary>Gives back all that a file or folder without a name takes.</summary>
    public static void FreeInode(ExtEditor editor, InodeDraft inode, DateTimeOffset now)
    {
        Inode seen = inode.Read();
        bool isShortLink = seen.IsLink && seen.Length < Inode.MapSize && !inode.HasExtents;
        if ((seen.IsFile || seen.IsDirectory || seen.IsLink) && !isShortLink && !inode.IsInline)
        {
            FileMap map = FileMap.Read(editor, inode);
            map.Runs.ForEach(run => editor.Space.Free(run.Place, run.Count));
            map.Nodes.ForEach(node => editor.Space.Free(node, 1));
        }

        InodeAttributes.Free(editor, inode);
        inode.Links = 0;
        inode.Length = 0;
        inode.Sectors = 0;
        inode.DeletionTime = (uint)now.ToUnixTimeSeconds();
        if (inode.HasExtents)
        {
            FileMapWriter.Write(editor, inode, [], []);
        }
        else
        {
            inode.Map.Clear();
        }

        editor.Write(inode);
        editor.Space.FreeInode(inode.Number, seen.IsDirectory);
    }

    /// <summary>Removes a name of a file, and the file with its last one.</summary>
    private void RemoveLink(ulong number, int depth)
    {
        InodeDraft inode = _editor.ReadInode(number);
        Inode seen = inode.Read();
        if (number < _editor.FirstInode || inode.Links == 0)
        {
            throw _editor.Volume.Damaged($"Inode {number} has a name, and is {(inode.Links == 0 ? "deleted" : "the volume's own")}.", "ext4, Index Nodes");
        }

        if (inode.KeptBecause is { } reason)
        {
            throw _editor.Refuse(_path, depth == 0 ? reason : $"of inode {number} in it: {reason}");
        }

        if (seen.IsDirectory)
        {
            if (depth == DeepestFolder || !_folders.Add(number))
            {
                throw _editor.Volume.Damaged($"The folder of inode {number} is in itself, or deeper than folders are.", "ext4, Linear (Classic) Directories");
            }

            foreach (FolderEntry entry in Folder.Enumerate(_editor.Volume, seen).ToList())
            {
                RemoveLink(entry.Inode, depth + 1);
            }

            FreeInode(_editor, inode, _now);
        }
        else if (inode.Links == 1)
        {
            FreeInode(_editor, inode, _now);
        }
        else
        {
            inode.Links--;
            inode.TouchRecord(_now);
            _editor.Write(inode);
        }
    }
}
