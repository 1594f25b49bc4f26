using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The names of a file's extended attributes (ext4, "Extended Attributes"): behind the fields of its inode, and in a block of their own.</summary>
internal static class ExtendedAttributes
{
    private const uint Magic = 0xEA02_0000;
    private const int BlockHeaderSize = 32;
    private const int EntrySize = 16;
    private const string Rule = "ext4, Extended Attributes";

    /// <summary>Whether a file has an attribute; null for a namespace that is not kept by a number that is known.</summary>
    public static bool? Has(ExtVolume volume, Inode inode, AttributeName name)
    {
        int? index = name.Namespace switch { "user" => 1, "trusted" => 4, "security" => 6, _ => null };
        if (index is null)
        {
            return null;
        }

        ReadOnlyMemory<byte> attributes = inode.Attributes;
        return (attributes.Length > sizeof(uint)
                && BinaryPrimitives.ReadUInt32LittleEndian(attributes.Span) == Magic
                && Find(attributes.Span.Slice(sizeof(uint)), index.Value, name))
            || (inode.AttributeBlock != 0 && Find(ReadBlock(volume, inode).AsSpan(BlockHeaderSize), index.Value, name));
    }

    private static byte[] ReadBlock(ExtVolume volume, Inode inode)
    {
        long offset = volume.OffsetOf(inode.AttributeBlock, $"the attributes of inode {inode.Number}");
        volume.Metadata.Budget.Visit("a block of attributes");
        byte[] block = new byte[volume.Superblock.BlockSize];
        volume.Metadata.Read(offset, block);
        return BinaryPrimitives.ReadUInt32LittleEndian(block) == Magic
            ? block
            : throw volume.Damaged($"The block of the attributes of inode {inode.Number} holds none.", Rule);
    }

    /// <summary>Goes through entries: each the length of its name, its namespace, where its value lies, and the name, up to a multiple of four bytes. Four zeros end them.</summary>
    private static bool Find(ReadOnlySpan<byte> entries, int index, AttributeName name)
    {
        int offset = 0;
        while (offset <= entries.Length - EntrySize && BinaryPrimitives.ReadUInt32LittleEndian(entries.Slice(offset)) != 0)
        {
            int length = entries[offset];
            if (entries[offset + 1] == index && length <= entries.Length - offset - EntrySize && name.IsStoredAs(entries.Slice(offset + EntrySize, length)))
            {
                return true;
            }

            offset += EntrySize + ((length + 3) & ~3);
        }

        return false;
    }
}
