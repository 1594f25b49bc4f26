using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A file's extended attributes (ext4, "Extended Attributes"): behind the fields of its inode, and in a block of their own.</summary>
internal static class ExtendedAttributes
{
    private const uint Magic = 0xEA02_0000;
    private const int BlockHeaderSize = 32;
    private const int EntrySize = 16;
    private const string Rule = "ext4, Extended Attributes";

    /// <summary>Whether a file has an attribute; null for a namespace that is not kept by a number that is known.</summary>
    public static bool? Has(ExtVolume volume, Inode inode, AttributeName name)
        => NumberOf(name) is null ? null : Find(volume, inode, name) is not null;

    /// <summary>An attribute's value; null where the file has none of the name, and where it lies in an inode of its own.</summary>
    public static ReadOnlyMemory<byte>? Read(ExtVolume volume, Inode inode, AttributeName name)
    {
        if (Find(volume, inode, name) is not (var entries, var offset, var start))
        {
            return null;
        }

        ReadOnlySpan<byte> entry = entries.Span.Slice(offset, EntrySize);
        int value = start + BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(2));
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(8));
        if (BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(4)) != 0)
        {
            return null;
        }

        return value >= 0 && value <= entries.Length && length <= entries.Length - value
            ? entries.Slice(value, (int)length)
            : throw volume.Damaged($"An attribute of inode {inode.Number} reaches beyond where it is kept.", Rule);
    }

    private static int? NumberOf(AttributeName name) => name.Namespace switch { "user" => 1, "trusted" => 4, "security" => 6, _ => null };

    /// <summary>Finds an attribute: the entries that it is among, where its own lies, and what its value's position counts from.</summary>
    private static (ReadOnlyMemory<byte> Entries, int Offset, int Start)? Find(ExtVolume volume, Inode inode, AttributeName name)
    {
        if (NumberOf(name) is not { } number)
        {
            return null;
        }

        ReadOnlyMemory<byte> attributes = inode.Attributes;
        if (attributes.Length > sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(attributes.Span) == Magic)
        {
            attributes = attributes.Slice(sizeof(uint));
            if (Find(attributes.Span, number, name) is >= 0 and var offset)
            {
                return (attributes, offset, 0);
            }
        }

        if (inode.AttributeBlock == 0)
        {
            return null;
        }

        ReadOnlyMemory<byte> block = ReadBlock(volume, inode).AsMemory(BlockHeaderSize);
        return Find(block.Span, number, name) is >= 0 and var place ? (block, place, -BlockHeaderSize) : null;
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

    /// <summary>Goes through entries: each the length of its name, its namespace, where its value lies, and the name, up to a multiple of four bytes. Four zeros end them. -1 where it is not among them.</summary>
    private static int Find(ReadOnlySpan<byte> entries, int index, AttributeName name)
    {
        int offset = 0;
        while (offset <= entries.Length - EntrySize && BinaryPrimitives.ReadUInt32LittleEndian(entries.Slice(offset)) != 0)
        {
            int length = entries[offset];
            if (entries[offset + 1] == index && length <= entries.Length - offset - EntrySize && name.IsStoredAs(entries.Slice(offset + EntrySize, length)))
            {
                return offset;
            }

            offset += EntrySize + ((length + 3) & ~3);
        }

        return -1;
    }
}
