using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The Parent Locator of a differencing VHDX ([MS-VHDX] 2.6.2.6): keys and values of text.</summary>
internal static class ParentLocator
{
    private const string Rule = "[MS-VHDX] 2.6.2.6";
    private const int HeaderSize = 20;
    private const int EntrySize = 12;
    private const int LargestEntryCount = 64;

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

        string path = string.Empty;
        Guid linkage = Guid.Empty;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(HeaderSize + (i * EntrySize), EntrySize);
            string key = ReadText(bytes, entry, 0, 8, file, item);
            string value = ReadText(bytes, entry, 4, 10, file, item);
            switch (key)
            {
                case "parent_linkage" when Guid.TryParse(value, out Guid parsed):
                    linkage = parsed;
                    break;
                case "relative_path":
                case "absolute_win32_path" when path.Length == 0:
                    path = value;
                    break;
            }
        }

        return new ParentReference(path.Substring(path.LastIndexOfAny(['\\', '/']) + 1), linkage);
    }

    private static string ReadText(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> entry, int offsetField, int lengthField, DiskFile file, DiskExtent item)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(offsetField));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(lengthField));
        if (offset > bytes.Length - length)
        {
            throw new DiskFormatException(file.Path, item.Offset, $"A text of {length} bytes at {offset} does not lie within the parent locator.", Rule);
        }

        return Encoding.Unicode.GetString(bytes.Slice((int)offset, length).ToArray());
    }
}
