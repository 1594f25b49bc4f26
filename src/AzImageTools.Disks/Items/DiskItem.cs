using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>A file, folder, link or named stream on a volume of a disk image. Names and paths are the guest's text.</summary>
public sealed record DiskItem
{
    private const int PermissionBits = 9;
    private const string Permissions = "rwxrwxrwx";

    // inode(7), "The file mode bits".
    private const int SetUserId = 0x800;
    private const int SetGroupId = 0x400;
    private const int Sticky = 0x200;

    /// <summary>The name, as the guest stored it.</summary>
    public required string Name { get; init; }

    /// <summary>The path from the volume's root, as users of the guest write it: with '/' between names where it is of Linux, else '\'.</summary>
    public required string ItemPath { get; init; }

    /// <summary>The full path of the disk image.</summary>
    public required string DiskPath { get; init; }

    /// <summary>The volume's name on its disk: a partition's number, a logical volume's path such as "system/root", or "Disk" where the whole disk is the volume.</summary>
    public required string Volume { get; init; }

    /// <summary>The volume's file system.</summary>
    public required FileSystemKind FileSystem { get; init; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsDirectory => Entry.IsDirectory;

    /// <summary>Whether it is a named stream of a file or folder: its name is the file's, ':' and the stream's.</summary>
    public bool IsStream { get; init; }

    /// <summary>The length of the content in bytes; 0 for a folder.</summary>
    public long Length => Entry.Length;

    /// <summary>When it was made, UTC; null where that is not stored.</summary>
    public DateTimeOffset? CreationTime => Entry.CreationTime;

    /// <summary>When the content was last changed, UTC; null where that is not stored.</summary>
    public DateTimeOffset? LastWriteTime => Entry.LastWriteTime;

    /// <summary>When it was last read, UTC, as far as the guest keeps account of that; null where it is not stored.</summary>
    public DateTimeOffset? LastAccessTime => Entry.LastAccessTime;

    /// <summary>The attributes that NTFS and FAT store; null for other file systems.</summary>
    public FileAttributes? Attributes => Entry.Attributes;

    /// <summary>Attributes or permissions in short, as Get-ChildItem (<c>d-r-hsl</c>) or ls (<c>drwxr-xr-x</c>) show them.</summary>
    public string Mode => Entry.UnixMode is { } mode ? DescribeUnix(mode) : DescribeWindows();

    /// <summary>Whether it is a link to another place (a junction, a symbolic link).</summary>
    public bool IsLink => Entry.IsLink;

    /// <summary>Where a link leads, as the guest stored it; null for what is none.</summary>
    public string? LinkTarget => Entry.LinkTarget;

    /// <summary>Whether the guest encrypted the content, so that it can't be read.</summary>
    public bool IsEncrypted => Entry.IsEncrypted;

    /// <summary>The item, as its file system finds it again.</summary>
    internal FileSystemEntry Entry { get; init; } = null!;

    /// <summary>How its disk was opened.</summary>
    internal VirtualDiskOptions? DiskOptions { get; init; }

    /// <summary>The path, and where a link leads to; what no console should be sent is replaced.</summary>
    public override string ToString()
        => PrintableText.Of(LinkTarget is null ? ItemPath : string.Format(CultureInfo.InvariantCulture, "{0} -> {1}", ItemPath, LinkTarget));

    private string DescribeUnix(int mode)
    {
        char[] text = new char[1 + PermissionBits];
        text[0] = IsLink ? 'l' : ItemKinds.LetterOf(mode);
        for (int i = 0; i < PermissionBits; i++)
        {
            text[1 + i] = (mode & (1 << (PermissionBits - 1 - i))) != 0 ? Permissions[i] : '-';
        }

        // setuid and setgid stand for the x of owner and group, sticky for that of others; in capitals where there is none.
        Mark(3, SetUserId, 's');
        Mark(6, SetGroupId, 's');
        Mark(9, Sticky, 't');
        return new string(text);

        void Mark(int place, int bit, char letter)
        {
            if ((mode & bit) != 0)
            {
                text[place] = text[place] == 'x' ? letter : char.ToUpperInvariant(letter);
            }
        }
    }

    private string DescribeWindows()
    {
        FileAttributes attributes = Attributes ?? (IsDirectory ? FileAttributes.Directory : default);
        return new string(
        [
            IsDirectory ? 'd' : '-',
            attributes.HasFlag(FileAttributes.Archive) ? 'a' : '-',
            attributes.HasFlag(FileAttributes.ReadOnly) ? 'r' : '-',
            attributes.HasFlag(FileAttributes.Hidden) ? 'h' : '-',
            attributes.HasFlag(FileAttributes.System) ? 's' : '-',
            IsLink ? 'l' : '-',
        ]);
    }
}
