using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The reparse points that lead to another place: where to ([MS-FSCC] 2.1.2.4, 2.1.2.5, 2.1.2.7).</summary>
internal static class LinkReparsePoint
{
    /// <summary>The most bytes that a reparse point may have ([MS-FSCC] 2.1.2).</summary>
    public const int MaximumSize = 16 * 1024;

    private const uint MountPoint = 0xA000_0003;
    private const uint SymbolicLink = 0xA000_000C;
    private const uint LinuxSymbolicLink = 0xA000_001D;
    private const int HeaderSize = 8;
    private const int NamesSize = 8;
    private const int VersionSize = 4;
    private const string ObjectPrefix = @"\??\";

    /// <summary>Where a link leads, as Explorer shows it; null for other reparse points, and for one whose text does not fit in it.</summary>
    public static string? ReadTarget(ReadOnlySpan<byte> point)
    {
        if (point.Length < HeaderSize + NamesSize)
        {
            return null;
        }

        ReadOnlySpan<byte> data = point.Slice(HeaderSize);
        return BinaryPrimitives.ReadUInt32LittleEndian(point) switch
        {
            MountPoint => ReadNames(data, NamesSize),
            SymbolicLink => ReadNames(data, NamesSize + sizeof(uint)),
            LinuxSymbolicLink => Encoding.UTF8.GetString(data.Slice(VersionSize).ToArray()),
            _ => null,
        };
    }

    /// <summary>The name to print; where there is none, that to follow, without the prefix for the object manager.</summary>
    private static string? ReadNames(ReadOnlySpan<byte> data, int textOffset)
    {
        string? printed = ReadText(data, textOffset, 4);
        if (!string.IsNullOrEmpty(printed))
        {
            return printed;
        }

        string? followed = ReadText(data, textOffset, 0);
        return followed is not null && followed.StartsWith(ObjectPrefix, StringComparison.Ordinal) ? followed.Substring(ObjectPrefix.Length) : followed;
    }

    private static string? ReadText(ReadOnlySpan<byte> data, int textOffset, int field)
    {
        int offset = textOffset + BinaryPrimitives.ReadUInt16LittleEndian(data.Slice(field));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(data.Slice(field + sizeof(ushort)));
        return offset + length <= data.Length ? StoredText.FromUtf16(data.Slice(offset, length)) : null;
    }
}
