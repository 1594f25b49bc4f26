using System.Runtime.InteropServices;
using System.Text;

namespace AzImageTools.Disks.Volumes;

/// <summary>A volume of a Linux file system, as far as paths and listings need it.</summary>
internal interface IInodeVolume<TInode>
    where TInode : class, IInode
{
    /// <summary>The volume's bytes.</summary>
    IByteSource Source { get; }

    TInode ReadRoot();

    TInode ReadInode(ulong number);

    /// <summary>The names in a folder, without "." and "..", lazily.</summary>
    IEnumerable<FolderEntry> EnumerateFolder(TInode folder);

    /// <summary>What a folder has under a name; null where it has nothing.</summary>
    TInode? FindEntry(TInode folder, string name);

    /// <summary>The path that a symbolic link holds.</summary>
    string ReadTarget(TInode link);

    /// <summary>A file's content.</summary>
    /// <param name="file">Its inode.</param>
    /// <param name="name">What to call it in messages.</param>
    FileContent OpenFile(TInode file, string name);

    /// <summary>Whether a file or folder has an extended attribute; null where that can't be told.</summary>
    bool? HasAttribute(TInode inode, AttributeName name);
}

/// <summary>A file's or folder's own record on a Linux file system, where folders hold names and lead to these.</summary>
internal interface IInode
{
    /// <summary>The number that it is found by.</summary>
    ulong Number { get; }

    bool IsDirectory { get; }

    bool IsFile { get; }

    bool IsLink { get; }

    bool IsEncrypted { get; }

    /// <summary>The content's length in bytes, as stored: possibly negative.</summary>
    long Length { get; }

    /// <summary>Type and permissions (inode(7), st_mode).</summary>
    int Mode { get; }

    /// <summary>When the content was last changed.</summary>
    DateTimeOffset LastWriteTime { get; }

    DateTimeOffset LastAccessTime { get; }

    /// <summary>When the file was made; null where the record has no room for that.</summary>
    DateTimeOffset? CreationTime { get; }
}

/// <summary>A name in a folder and the inode it stands for. Names are bytes, by custom UTF-8.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FolderEntry(ulong Inode, ReadOnlyMemory<byte> Name)
{
    public string Text => MemoryMarshal.TryGetArray(Name, out ArraySegment<byte> name) ? Encoding.UTF8.GetString(name.Array!, name.Offset, name.Count) : string.Empty;

    /// <summary>Whether it is the folder itself or the one above it.</summary>
    public bool IsDots => Name.Span.SequenceEqual("."u8) || Name.Span.SequenceEqual(".."u8);
}
