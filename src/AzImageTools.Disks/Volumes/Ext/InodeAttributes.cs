using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The extended attributes of a file that is made or deleted (ext4, "Extended Attributes").</summary>
internal static class InodeAttributes
{
    private const uint Magic = 0xEA02_0000;
    private const int BlockHeaderSize = 32;
    private const int ChecksumOffset = 0x10;
    private const int EntrySize = 16;
    private const int SecurityNamespace = 6;

    /// <summary>Gives up a file's attributes: their block is one that other files may have too.</summary>
    public static void Free(ExtEditor editor, InodeDraft inode)
    {
        Inode seen = inode.Read();
        ReadOnlySpan<byte> own = seen.Attributes.Span;
        if (own.Length > sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(own) == Magic)
        {
            RequireValuesHere(editor, inode, own.Slice(sizeof(uint)));
        }

        long place = inode.AttributeBlock;
        if (place == 0)
        {
            return;
        }

        editor.Space.RequireContent(place, 1, inode.Number);
        long offset = editor.Volume.OffsetOf(place, $"the attributes of inode {inode.Number}");
        byte[] block = new byte[editor.Volume.Superblock.BlockSize];
        editor.Volume.Metadata.Read(offset, block);
        uint references = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(4));
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != Magic || references == 0
            || (editor.Checksums.HasMetadata && editor.Checksums.OfAttributes(place, block, ChecksumOffset) != BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(ChecksumOffset))))
        {
            throw editor.Volume.Damaged($"The block of the attributes of inode {inode.Number} is damaged.", "ext4, Extended Attributes");
        }

        RequireValuesHere(editor, inode, block.AsSpan(BlockHeaderSize));
        inode.AttributeBlock = 0;
        if (references == 1)
        {
            editor.Space.Free(place, 1);
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), references - 1);
        if (editor.Checksums.HasMetadata)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(ChecksumOffset), editor.Checksums.OfAttributes(place, block, ChecksumOffset));
        }

        editor.Volume.Write(offset, block);
    }

    /// <summary>Gives a new file its SELinux label, in its inode.</summary>
    public static void SetLabel(ExtEditor editor, InodeDraft inode, ReadOnlySpan<byte> label)
    {
        ReadOnlySpan<byte> name = "selinux"u8;
        int start = InodeDraft.OriginalSize + inode.ExtraSize;
        int end = inode.Bytes.Length;
        int valueSize = (label.Length + 3) & ~3;
        int entries = EntrySize + ((name.Length + 3) & ~3) + sizeof(uint);
        if (inode.ExtraSize == 0 || end - start - sizeof(uint) < entries + valueSize)
        {
            throw editor.Refuse(inode, "its inode has no room for an SELinux label");
        }

        Span<byte> area = inode.Bytes.AsSpan(start);
        area.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(area, Magic);
        Span<byte> entry = area.Slice(sizeof(uint));
        int valueOffset = entry.Length - valueSize;
        entry[0] = (byte)name.Length;
        entry[1] = SecurityNamespace;
        BinaryPrimitives.WriteUInt16LittleEndian(entry.Slice(2), (ushort)valueOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(8), (uint)label.Length);
        name.CopyTo(entry.Slice(EntrySize));
        label.CopyTo(entry.Slice(valueOffset));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(12), HashOf(name, entry.Slice(valueOffset, valueSize)));
    }

    /// <summary>An entry's hash: of its name and its value up to a multiple of four bytes (Linux, ext4_xattr_hash_entry).</summary>
    private static uint HashOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        uint hash = 0;
        foreach (byte b in name)
        {
            hash = (hash << 5) ^ (hash >> 27) ^ b;
        }

        for (int i = 0; i < value.Length; i += sizeof(uint))
        {
            hash = (hash << 16) ^ (hash >> 16) ^ BinaryPrimitives.ReadUInt32LittleEndian(value.Slice(i));
        }

        return hash;
    }

    /// <summary>Refuses values that lie in inodes of their own.</summary>
    private static void RequireValuesHere(ExtEditor editor, InodeDraft inode, ReadOnlySpan<byte> entries)
    {
        for (int offset = 0; offset <= entries.Length - EntrySize && BinaryPrimitives.ReadUInt32LittleEndian(entries.Slice(offset)) != 0;)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(entries.Slice(offset + 4)) != 0)
            {
                throw editor.Refuse(inode, "an extended attribute of it lies in an inode of its own");
            }

            offset += EntrySize + ((entries[offset] + 3) & ~3);
        }
    }
}
