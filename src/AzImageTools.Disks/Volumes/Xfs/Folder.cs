using System.Text;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The entries of a folder, in any of its forms ("Directories").</summary>
internal static class Folder
{
    public const string Rule = "XFS Algorithms & Data Structures, Directories";

    /// <summary>The names in a folder, without "." and "..", lazily.</summary>
    public static IEnumerable<FolderEntry> Enumerate(XfsVolume volume, Inode folder)
        => (folder.Format == InodeFormat.Local ? ShortFolder.Parse(volume, folder) : EnumerateBlocks(volume, folder)).Where(static entry => !entry.IsDots);

    /// <summary>The inode that a folder has under a name; null where it has none.</summary>
    public static ulong? Find(XfsVolume volume, Inode folder, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        bool isCaseInsensitive = volume.Superblock.IsCaseInsensitive;
        if (folder.Format != InodeFormat.Local && folder.Length > volume.Superblock.DirectoryBlockSize && !isCaseInsensitive)
        {
            return new FolderIndex(volume, folder, new FolderContent(volume, folder)).Find(bytes);
        }

        foreach (FolderEntry entry in Enumerate(volume, folder))
        {
            if (entry.Name.Span.SequenceEqual(bytes) || (isCaseInsensitive && EqualsWithoutCase(entry.Name.Span, bytes)))
            {
                return entry.Inode;
            }
        }

        return null;
    }

    public static DiskFormatException Damaged(XfsVolume volume, Inode folder) => volume.Damaged($"The folder of inode {folder.Number} is damaged.", Rule);

    private static IEnumerable<FolderEntry> EnumerateBlocks(XfsVolume volume, Inode folder)
    {
        FolderContent content = new(volume, folder);
        byte[]? block = null;
        foreach (long position in content.EnumerateBlocks())
        {
            // Entries are copies: nobody needs a block after the next.
            block ??= content.TakeBlock();
            content.ReadBlock(position, BlockHeader.FolderData, block);
            foreach (FolderEntry entry in FolderBlock.TryCreate(volume.Superblock, block)?.Parse() ?? throw Damaged(volume, folder))
            {
                yield return entry;
            }
        }
    }

    private static bool EqualsWithoutCase(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        for (int i = 0; i < one.Length; i++)
        {
            if (ToLower(one[i]) != ToLower(other[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int ToLower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? letter + ('a' - 'A') : letter;
}
