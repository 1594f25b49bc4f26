using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>Removes names from folders, and files and folders that have none left.</summary>
internal sealed class FileRemoval
{
    private const int DeepestFolder = 1000;

    private readonly XfsEditor _editor;
    private readonly string _path;
    private readonly DateTimeOffset _now;
    private readonly HashSet<ulong> _folders = [];

    private FileRemoval(XfsEditor editor, string path, DateTimeOffset now)
    {
        _editor = editor;
        _path = path;
        _now = now;
    }

    /// <summary>Removes a file, a link, or a folder with all that is in it.</summary>
    public static void Remove(XfsVolume volume, string path, DateTimeOffset now)
    {
        (Inode found, Inode? folder, string name) = new PathWalker<Inode>(volume).FindWithFolder(path, followLast: false)
            ?? throw new FileNotFoundException($"There is no '{path}' on {volume.Source.Name}.", path);
        XfsEditor editor = new(volume);
        FileRemoval removal = new(editor, path, now);
        InodeDraft draft = InodeDraft.Read(volume, folder?.Number ?? found.Number);
        string? reason = folder is null ? "it is the volume's root"
            : volume.Superblock.IsCaseInsensitive ? "its name is matched without regard to case"
            : draft.FixedBecause is { } kept ? $"of the folder that holds it: {kept}"
            : null;
        if (folder is null || reason is not null)
        {
            throw removal.Refuse(reason!);
        }

        ulong removed = FolderRemoval.Remove(volume, folder, draft, Encoding.UTF8.GetBytes(name));
        if (removed != found.Number)
        {
            throw Folder.Damaged(volume, folder);
        }

        removal.RemoveLink(removed, 0);
        if (found.IsDirectory)
        {
            draft.Links--;
        }

        draft.Touch(now);
        draft.Write(volume);
        editor.Save();
    }

    /// <summary>Removes a name of a file, and the file with its last one.</summary>
    private void RemoveLink(ulong number, int depth)
    {
        Inode seen = _editor.Volume.ReadInode(number);
        InodeDraft inode = InodeDraft.Read(_editor.Volume, number);
        if (inode.FixedBecause is { } reason)
        {
            throw Refuse(depth == 0 ? reason : $"of inode {number} in it: {reason}");
        }

        if (inode.Links == 0 || number == _editor.Volume.Superblock.RootInode)
        {
            throw _editor.Volume.Damaged($"Inode {number} has a name, and should have none.", "XFS Algorithms & Data Structures, On-disk Inode");
        }

        if (seen.IsDirectory)
        {
            if (depth == DeepestFolder || !_folders.Add(number))
            {
                throw Folder.Damaged(_editor.Volume, seen);
            }

            foreach (FolderEntry entry in Folder.Enumerate(_editor.Volume, seen).ToList())
            {
                RemoveLink(entry.Inode, depth + 1);
            }
        }
        else if (inode.Links > 1)
        {
            inode.Links--;
            inode.TouchRecord(_now);
            inode.Write(_editor.Volume);
            return;
        }

        FreeFork(seen, seen.Format, seen.Fork, seen.ExtentCount);
        if (!seen.AttributeFork.IsEmpty)
        {
            FreeFork(seen, seen.AttributeFormat, seen.AttributeFork, seen.AttributeExtentCount);
        }

        inode.Clear(_now);
        inode.Write(_editor.Volume);
        _editor.FreeInode(number);
    }

    /// <summary>Gives the blocks of a file's content, or of its attributes, back.</summary>
    private void FreeFork(Inode inode, InodeFormat format, ReadOnlyMemory<byte> fork, ulong count)
    {
        if (format is InodeFormat.Device or InodeFormat.Local)
        {
            return;
        }

        if (format != InodeFormat.Extents)
        {
            throw Refuse($"inode {inode.Number} is in so many pieces that a tree tells of them");
        }

        if (count > (ulong)(fork.Length / ExtentLeaf.RecordSize))
        {
            throw _editor.Volume.Damaged($"Inode {inode.Number} is said to have {count} extents.", "XFS Algorithms & Data Structures, Data Extents");
        }

        for (int i = 0; i < (int)count; i++)
        {
            // 1 bit: unwritten; 54: place in the file; 52: place on the volume; 21: count.
            ulong high = BinaryPrimitives.ReadUInt64BigEndian(fork.Span.Slice(i * ExtentLeaf.RecordSize));
            ulong low = BinaryPrimitives.ReadUInt64BigEndian(fork.Span.Slice((i * ExtentLeaf.RecordSize) + sizeof(ulong)));
            long blocks = (long)(low & ((1UL << 21) - 1));
            if (blocks == 0)
            {
                throw _editor.Volume.Damaged($"Inode {inode.Number} has an empty extent.", "XFS Algorithms & Data Structures, Data Extents");
            }

            _editor.Free(((high & 0x1FF) << 43) | (low >> 21), blocks, inode.Number);
        }
    }

    private DiskRepairException Refuse(string reason)
        => new(DiskRepairProblem.FileNotRepairable, _path, $"{_path} on {_editor.Volume.Source.Name} can't be deleted: {reason}. Nothing was changed.");
}
