using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>Where an attribute of a file with several records is (libfsntfs documentation, "The attribute list").</summary>
internal sealed record AttributeListEntry(AttributeType Type, string Name, long LowestCluster, FileReference Record, int Id)
{
    /// <summary>The most bytes a list has: Windows makes none longer than 256 KiB.</summary>
    public const int MaximumListLength = 256 * 1024;

    private const int HeaderSize = 26;

    /// <summary>All entries of a list; null where it is damaged.</summary>
    public static List<AttributeListEntry>? TryParseAll(ReadOnlySpan<byte> list)
    {
        List<AttributeListEntry> entries = [];
        while (list.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(list.Slice(4));
            int nameLength = list[6] * sizeof(char);
            int nameOffset = list[7];
            if (length < HeaderSize || length > list.Length || (nameLength > 0 && nameOffset + nameLength > length))
            {
                return null;
            }

            entries.Add(new AttributeListEntry(
                (AttributeType)BinaryPrimitives.ReadUInt32LittleEndian(list),
                nameLength == 0 ? string.Empty : StoredText.FromUtf16(list.Slice(nameOffset, nameLength)),
                BinaryPrimitives.ReadInt64LittleEndian(list.Slice(8)),
                FileReference.Parse(list.Slice(16)),
                BinaryPrimitives.ReadUInt16LittleEndian(list.Slice(24))));
            list = list.Slice(length);
        }

        return entries;
    }
}
