using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The names of a file's extended attributes (XFS Algorithms &amp; Data Structures, "Extended Attributes"): in its inode, or in leaves.</summary>
internal static class ExtendedAttributes
{
    private const byte Trusted = 2;
    private const byte Secure = 4;
    private const byte Local = 1;
    private const byte Incomplete = 0x80;
    private const int ShortHeaderSize = 4;
    private const int ShortEntrySize = 3;
    private const int LeafEntrySize = 8;
    private const ushort LeafMagic = 0xFBEE;
    private const ushort LeafMagicWithChecksum = 0x3BEE;

    // Attributes of one file are few: those that rules ask for lie in the inode or in one leaf.
    private const long MaximumBlocks = 256;

    /// <summary>Whether a file has an attribute; null for other namespaces, and where its attributes lie in a tree of extents or in more blocks than are looked at.</summary>
    public static bool? Has(XfsVolume volume, Inode inode, AttributeName name)
    {
        int? flag = name.Namespace switch { "user" => 0, "trusted" => Trusted, "security" => Secure, _ => null };
        return flag is null ? null
            : inode.AttributeFork.IsEmpty ? false
            : inode.AttributeFormat switch
            {
                InodeFormat.Local => FindShort(inode.AttributeFork.Span, flag.Value, name),
                InodeFormat.Extents => FindInLeaves(volume, inode, flag.Value, name),
                _ => null,
            };
    }

    /// <summary>The short form: a size and a count, then of each attribute the lengths of name and value, flags, name and value.</summary>
    private static bool FindShort(ReadOnlySpan<byte> fork, int flag, AttributeName name)
    {
        int count = fork.Length > ShortHeaderSize ? fork[2] : 0;
        int offset = ShortHeaderSize;
        for (int index = 0; index < count && offset <= fork.Length - ShortEntrySize; index++)
        {
            int nameLength = fork[offset];
            if ((fork[offset + 2] & (Trusted | Secure)) == flag && nameLength <= fork.Length - offset - ShortEntrySize && name.IsStoredAs(fork.Slice(offset + ShortEntrySize, nameLength)))
            {
                return true;
            }

            offset += ShortEntrySize + nameLength + fork[offset + 1];
        }

        return false;
    }

    private static bool? FindInLeaves(XfsVolume volume, Inode inode, int flag, AttributeName name)
    {
        ReadOnlyMemory<byte> fork = inode.AttributeFork;
        ulong count = inode.AttributeExtentCount;
        if (count > (ulong)(fork.Length / ExtentLeaf.RecordSize))
        {
            throw volume.Damaged($"Inode {inode.Number} is said to hold {count} extents of attributes, more than it has room for.", "XFS Algorithms & Data Structures, Extended Attributes");
        }

        ExtentLeaf extents = new(0, long.MaxValue, fork.Slice(0, (int)count * ExtentLeaf.RecordSize));
        long block = 0;
        while (block < MaximumBlocks)
        {
            BlockRun run = extents.Find(block);
            if (run.Place != BlockRun.Hole)
            {
                long offset = volume.OffsetOf((ulong)(run.Place + (block - run.First)), 1, $"the attributes of inode {inode.Number}");
                volume.Metadata.Budget.Visit("a block of attributes");
                byte[] leaf = new byte[volume.Superblock.BlockSize];
                volume.Metadata.Read(offset, leaf);
                if (FindInLeaf(leaf, flag, name))
                {
                    return true;
                }

                block++;
            }
            else if (run.Count <= 0 || run.First + run.Count >= MaximumBlocks)
            {
                return false;
            }
            else
            {
                block = run.First + run.Count;
            }
        }

        return null;
    }

    /// <summary>A leaf: a header, entries of hash, place and flags, and the names where the entries say. Other blocks of the fork hold nodes and values.</summary>
    private static bool FindInLeaf(ReadOnlySpan<byte> leaf, int flag, AttributeName name)
    {
        ushort magic = BinaryPrimitives.ReadUInt16BigEndian(leaf.Slice(8));
        (int countOffset, int entryOffset) = magic switch { LeafMagicWithChecksum => (56, 80), LeafMagic => (12, 32), _ => (0, 0) };
        int count = countOffset == 0 ? 0 : Math.Min(BinaryPrimitives.ReadUInt16BigEndian(leaf.Slice(countOffset)), (leaf.Length - entryOffset) / LeafEntrySize);
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> entry = leaf.Slice(entryOffset + (index * LeafEntrySize), LeafEntrySize);
            int place = BinaryPrimitives.ReadUInt16BigEndian(entry.Slice(4));
            byte flags = entry[6];

            // A value in the leaf has a length of two bytes before the name's; one elsewhere a block and a length of four.
            int lengthOffset = place + ((flags & Local) != 0 ? 2 : 8);
            if ((flags & Incomplete) == 0
                && (flags & (Trusted | Secure)) == flag
                && lengthOffset < leaf.Length
                && leaf[lengthOffset] <= leaf.Length - lengthOffset - 1
                && name.IsStoredAs(leaf.Slice(lengthOffset + 1, leaf[lengthOffset])))
            {
                return true;
            }
        }

        return false;
    }
}
