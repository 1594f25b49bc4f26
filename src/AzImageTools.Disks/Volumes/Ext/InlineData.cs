using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// Content that lies in the inode itself (ext4, "Inline Data"): the first 60 bytes in the place of the block map, the
/// rest in the extended attribute system.data.
/// </summary>
internal static class InlineData
{
    private const uint AttributesMagic = 0xEA02_0000;
    private const int EntrySize = 16;
    private const int SystemIndex = 7;

    /// <summary>The content of system.data; empty where there is none.</summary>
    public static ReadOnlyMemory<byte> ReadRest(ExtVolume volume, Inode inode)
    {
        ReadOnlyMemory<byte> attributes = inode.Attributes;
        if (attributes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(attributes.Span) != AttributesMagic)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        attributes = attributes.Slice(sizeof(uint));
        ReadOnlySpan<byte> entries = attributes.Span;
        int offset = 0;
        while (offset <= entries.Length - EntrySize && BinaryPrimitives.ReadUInt32LittleEndian(entries.Slice(offset)) != 0)
        {
            ReadOnlySpan<byte> entry = entries.Slice(offset);
            int nameLength = entry[0];
            if (entry[1] == SystemIndex && entry.Slice(EntrySize).StartsWith("data"u8) && nameLength == 4)
            {
                int start = BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(2));
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(8));
                return start <= attributes.Length && length <= attributes.Length - start
                    ? attributes.Slice(start, (int)length)
                    : throw volume.Damaged($"The inline content of inode {inode.Number} reaches beyond it.", "ext4, Inline Data");
            }

            offset += EntrySize + ((nameLength + 3) & ~3);
        }

        return ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>A file's content.</summary>
    public static ReadOnlyMemory<byte> Read(ExtVolume volume, Inode inode)
    {
        byte[] content = [.. inode.Map.Span, .. ReadRest(volume, inode).Span];
        return inode.Length >= 0 && inode.Length <= content.Length
            ? content.AsMemory(0, (int)inode.Length)
            : throw volume.Damaged($"Inode {inode.Number} is said to hold {inode.Length} bytes, and it has {content.Length}.", "ext4, Inline Data");
    }
}
