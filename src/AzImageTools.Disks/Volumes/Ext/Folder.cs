using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// The entries of a folder (ext4, "Linear (Classic) Directories"). The inner blocks of a hash tree look like unused
/// entries, so that every folder can be read from beginning to end.
/// </summary>
internal static class Folder
{
    private const int HeaderSize = 8;
    private const int LargestBlockSize = 65536;
    private const int InlineParentSize = 4;
    private const long MaximumLength = 2L << 30;
    private const string Rule = "ext4, Linear (Classic) Directories";

    /// <summary>The names in a folder, without "." and "..", lazily.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="wantsInodes">Whether the inodes are read next that the names stand for.</param>
    public static IEnumerable<FolderEntry> Enumerate(ExtVolume volume, Inode folder, bool wantsInodes = false) => Enumerate(volume, folder, wantsInodes, null);

    /// <summary>The inode that a folder has under a name; null where it has none.</summary>
    public static ulong? Find(ExtVolume volume, Inode folder, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(volume.Superblock.BlockSize);
        try
        {
            FolderEntry found = Enumerate(volume, folder, false, scratch).FirstOrDefault(entry => entry.Name.Span.SequenceEqual(bytes));
            if (found.Inode == 0 && folder.IsCaseFolded)
            {
                found = Enumerate(volume, folder, false, scratch).FirstOrDefault(entry => string.Equals(entry.Text, name, StringComparison.OrdinalIgnoreCase));
            }

            return found.Inode == 0 ? null : found.Inode;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <param name="volume">The volume.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="wantsInodes">Whether the inodes are read next that the names stand for.</param>
    /// <param name="scratch">Where a block may be read that the names are in, where none of them is wanted after the next block; null for one of their own.</param>
    private static IEnumerable<FolderEntry> Enumerate(ExtVolume volume, Inode folder, bool wantsInodes, byte[]? scratch)
    {
        if (folder.IsEncrypted)
        {
            throw volume.Damaged($"The folder of inode {folder.Number} is encrypted, and so are the names in it.", "ext4, Index Nodes, i_flags");
        }

        return (folder.IsInline ? EnumerateInline(volume, folder) : EnumerateBlocks(volume, folder, wantsInodes, scratch)).Where(static entry => !entry.IsDots);
    }

    private static IEnumerable<FolderEntry> EnumerateInline(ExtVolume volume, Inode folder)
        => Parse(volume, folder, folder.Map.Slice(InlineParentSize)).Concat(Parse(volume, folder, InlineData.ReadRest(volume, folder)));

    private static IEnumerable<FolderEntry> EnumerateBlocks(ExtVolume volume, Inode folder, bool wantsInodes, byte[]? scratch)
    {
        int blockSize = volume.Superblock.BlockSize;
        if (folder.Length > Math.Min(MaximumLength, volume.Source.Length))
        {
            throw volume.Damaged($"The folder of inode {folder.Number} is said to have {folder.Length} bytes.", Rule);
        }

        FileContent content = volume.OpenContent(folder, volume.Metadata, $"The folder of inode {folder.Number}");
        content.Prefetch([new DiskExtent(0, content.Length)]);
        HashSet<long> seen = [];
        for (long position = 0; position <= content.Length - blockSize; position += blockSize)
        {
            content.Budget.Visit("a block of the folder of inode", (long)folder.Number);
            content.Budget.Allocate(blockSize, "a block of the folder of inode", (long)folder.Number);
            if (content.Locate(position) is { } place && !seen.Add(place))
            {
                throw volume.Damaged($"The folder of inode {folder.Number} has one block of the volume twice: its map is damaged.", Rule);
            }

            Memory<byte> block = (scratch ?? new byte[blockSize]).AsMemory(0, blockSize);
            content.Read(position, block.Span);
            List<FolderEntry> entries = Parse(volume, folder, block);
            if (wantsInodes)
            {
                volume.PrefetchInodes(entries);
            }

            foreach (FolderEntry entry in entries)
            {
                yield return entry;
            }
        }
    }

    private static List<FolderEntry> Parse(ExtVolume volume, Inode folder, ReadOnlyMemory<byte> block)
    {
        List<FolderEntry> entries = [];
        while (block.Length >= HeaderSize)
        {
            ReadOnlySpan<byte> bytes = block.Span;
            uint inode = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            int length = LengthOf(BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(4)), volume.Superblock.BlockSize);
            int nameLength = volume.Superblock.Has(ExtFeatures.FileType) ? bytes[6] : BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(6));
            if (length < HeaderSize || length % 4 != 0 || length > bytes.Length || nameLength > length - HeaderSize)
            {
                throw volume.Damaged($"An entry of the folder of inode {folder.Number} is damaged.", Rule);
            }

            if (inode != 0 && nameLength != 0)
            {
                entries.Add(new FolderEntry(inode, block.Slice(HeaderSize, nameLength)));
            }

            block = block.Slice(length);
        }

        return entries;
    }

    /// <summary>The length of an entry: 16 bits can't tell the largest, whose low bits therefore hold the high ones.</summary>
    public static int LengthOf(ushort stored, int blockSize)
        => blockSize < LargestBlockSize ? stored
            : stored is 0 or ushort.MaxValue ? LargestBlockSize
            : (stored & 0xFFFC) | ((stored & 3) << 16);

    /// <summary>How a length is stored.</summary>
    public static ushort StoredLengthOf(int length, int blockSize)
        => blockSize < LargestBlockSize || length < LargestBlockSize ? (ushort)length : ushort.MaxValue;
}
