using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// Finds a name in a folder of more than one block by its hash ("Leaf Directories", "Node Directories"). Of the index and of the entries one
/// block each is kept at a time, since the way to a name may lead along many. Not thread-safe.
/// </summary>
internal sealed class FolderIndex(XfsVolume volume, Inode folder, FolderContent content)
{
    private const int MagicOffset = 8;
    private const ushort NodeMagic = 0xFEBE;
    private const ushort NodeMagicWithChecksum = 0x3EBE;
    private const int HeaderSize = 16;
    private const int HeaderSizeWithChecksum = 64;
    private const int EntrySize = 8;
    private const int MaximumLevels = 5;

    // Leaves of a folder with one index block only, and of others; without and with checksums.
    private static readonly ushort[] LeafMagics = [0xD2F1, 0xD2FF];
    private static readonly ushort[] LeafMagicsWithChecksum = [0x3DF1, 0x3DFF];

    private byte[]? _indexBlock;
    private byte[]? _entryBlock;

    private int HeaderLength => volume.Superblock.HasChecksums ? HeaderSizeWithChecksum : HeaderSize;

    /// <summary>The inode that a name stands for; null where it is not there.</summary>
    public ulong? Find(ReadOnlySpan<byte> name)
    {
        uint hash = Hash(name);
        uint? number = FindLeaf(hash, out byte[] leaf);
        HashSet<uint> seen = [];
        while (number is { } current)
        {
            if (!seen.Add(current))
            {
                throw Folder.Damaged(volume, folder);
            }

            int count = CountOf(leaf);
            int index = FindEntry(leaf, count, hash);
            for (; index < count && HashOf(leaf, index) == hash; index++)
            {
                if (ReadEntry(leaf, index) is { } entry && name.SequenceEqual(entry.Name.Span))
                {
                    return entry.Inode;
                }
            }

            // Names of one hash may fill more than a leaf: the next one goes on.
            uint next = BinaryPrimitives.ReadUInt32BigEndian(leaf);
            if (index < count || next == 0)
            {
                return null;
            }

            number = next;
            leaf = ReadBlock(next);
            if (!IsLeaf(leaf))
            {
                throw Folder.Damaged(volume, folder);
            }
        }

        return null;
    }

    /// <summary>The hash of a name ("Directory Hash Function", xfs_da_hashname).</summary>
    public static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 0;
        for (; name.Length >= 4; name = name.Slice(4))
        {
            hash = ((uint)name[0] << 21) ^ ((uint)name[1] << 14) ^ ((uint)name[2] << 7) ^ name[3] ^ Rotate(hash, 28);
        }

        return name.Length switch
        {
            3 => ((uint)name[0] << 14) ^ ((uint)name[1] << 7) ^ name[2] ^ Rotate(hash, 21),
            2 => ((uint)name[0] << 7) ^ name[1] ^ Rotate(hash, 14),
            1 => name[0] ^ Rotate(hash, 7),
            _ => hash,
        };
    }

    private static uint Rotate(uint value, int bits) => (value << bits) | (value >> (32 - bits));

    /// <summary>Goes down to the first leaf that may have a hash; null where all are of smaller ones.</summary>
    private uint? FindLeaf(uint hash, out byte[] block)
    {
        uint number = (uint)(FolderContent.IndexOffset >> volume.Superblock.BlockLog);
        int expectedLevel = -1;
        while (true)
        {
            block = ReadBlock(number);
            if (IsLeaf(block))
            {
                return number;
            }

            int level = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(HeaderLength - (volume.Superblock.HasChecksums ? 6 : 2)));
            if (MagicOf(block) != (volume.Superblock.HasChecksums ? NodeMagicWithChecksum : NodeMagic)
                || level is 0 or > MaximumLevels
                || (expectedLevel >= 0 && level != expectedLevel))
            {
                throw Folder.Damaged(volume, folder);
            }

            int count = CountOf(block);
            int index = FindEntry(block, count, hash);
            if (index == count)
            {
                return null;
            }

            number = BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(HeaderLength + (index * EntrySize) + sizeof(uint)));
            expectedLevel = level - 1;
        }
    }

    /// <summary>The entry that a leaf's entry leads to; null where that has been deleted.</summary>
    private FolderEntry? ReadEntry(byte[] leaf, int index)
    {
        long address = (long)BinaryPrimitives.ReadUInt32BigEndian(leaf.AsSpan(HeaderLength + (index * EntrySize) + sizeof(uint))) * EntrySize;
        if (address == 0)
        {
            return null;
        }

        long start = address / content.BlockSize * content.BlockSize;
        return start < content.Length
            && FolderBlock.TryCreate(volume.Superblock, content.ReadBlock(start, BlockHeader.FolderData, _entryBlock ??= content.TakeBlock()))?.ReadEntry((int)(address - start)) is { } entry
            ? entry
            : throw Folder.Damaged(volume, folder);
    }

    /// <summary>Reads a block of the index: they are numbered in the file system's blocks, from the file's beginning on.</summary>
    private byte[] ReadBlock(uint number)
    {
        byte[] block = content.ReadBlock((long)number << volume.Superblock.BlockLog, BlockHeader.FolderIndex, _indexBlock ??= content.TakeBlock());
        return CountOf(block) <= (block.Length - HeaderLength) / EntrySize ? block : throw Folder.Damaged(volume, folder);
    }

    /// <summary>The first entry of a hash or a larger one; all of them, where there is none.</summary>
    private int FindEntry(byte[] block, int count, uint hash) => (int)Bisection.FindFirst(count, index => HashOf(block, (int)index) >= hash);

    private bool IsLeaf(byte[] block) => Array.IndexOf(volume.Superblock.HasChecksums ? LeafMagicsWithChecksum : LeafMagics, MagicOf(block)) >= 0;

    private static ushort MagicOf(byte[] block) => BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(MagicOffset));

    private int CountOf(byte[] block) => BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(HeaderLength - (volume.Superblock.HasChecksums ? 8 : 4)));

    private uint HashOf(byte[] block, int index) => BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(HeaderLength + (index * EntrySize)));
}
