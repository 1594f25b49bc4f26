using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The Parent Locator of a differencing VHDX ([MS-VHDX] 2.6.2.6): keys and values of text.</summary>
internal static class ParentLocator
{
    private const string Rule = "[MS-VHDX] 2.6.2.6";
    private const int HeaderSize = 20;
    private const int EntrySize = 12;
    private const int LargestEntryCount = 64;

    // In the order in which they are to be tried ([MS-VHDX] 2.6.2.6.3).
    private static readonly string[] PathKeys = ["relative_path", "volume_path", "absolute_win32_path"];

    private static readonly Guid VhdxType = new("B04AEFB7-D19E-4A81-B789-25B8E9445913");

    /// <summary>Reads the locator.</summary>
    /// <param name="file">The VHDX.</param>
    /// <param name="item">The metadata item, which lies within the file and is 1 MiB at most.</param>
    public static ParentReference Read(DiskFile file, DiskExtent item)
    {
        ReadOnlySpan<byte> bytes = file.Read(item.Offset, (int)item.Length);
        if (bytes.Length < HeaderSize || GuidBytes.Read(bytes) != VhdxType)
        {
            throw new DiskFormatException(file.Path, item.Offset, "The parent locator is not that of a VHDX.", Rule);
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(18));
        if (count > LargestEntryCount || HeaderSize + (count * EntrySize) > bytes.Length)
        {
            throw new DiskFormatException(file.Path, item.Offset + 18, $"The parent locator can't have {count} entries.", Rule);
        }

        Dictionary<string, string> values = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(HeaderSize + (i * EntrySize), EntrySize);
            values[ReadText(bytes, entry, 0, 8, file, item)] = ReadText(bytes, entry, 4, 10, file, item);
        }

        string path = PathKeys.Select(key => values.TryGetValue(key, out string? value) ? value : string.Empty).FirstOrDefault(value => value.Length > 0) ?? string.Empty;
        return new ParentReference(path, ReadGuid(values, "parent_linkage"), ReadGuid(values, "parent_linkage2"));
    }

    private static Guid ReadGuid(Dictionary<string, string> values, string key)
        => values.TryGetValue(key, out string? value) && Guid.TryParse(value, out Guid parsed) ? parsed : Guid.Empty;

    private static string ReadText(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> entry, int offsetField, int lengthField, DiskFile file, DiskExtent item)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(offsetField));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(lengthField));
        if (offset > bytes.Length - length)
        {
            throw new DiskFormatException(file.Path, item.Offset, $"A text of {length} bytes at {offset} does not lie within the parent locator.", Rule);
        }

        return StoredText.FromUtf16(bytes.Slice((int)offset, length));
    }
}
