using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>A Parent Locator Entry of a differencing VHD (VHD specification 1.0, "Parent Locator Entry"). Big-endian.</summary>
/// <param name="PlatformCode">In which form the parent's name is kept.</param>
/// <param name="DataLength">The name's length in bytes.</param>
/// <param name="DataOffset">Where in the file the name is.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ParentLocatorEntry(uint PlatformCode, uint DataLength, ulong DataOffset)
{
    /// <summary>How many a header has.</summary>
    public const int Count = 8;

    /// <summary>Its length in bytes.</summary>
    public const int Size = 24;

    /// <summary>"W2ru": a path relative to the child, in UTF-16, little-endian.</summary>
    public const uint WindowsRelative = 0x57327275;

    /// <summary>"W2ku": an absolute path, in UTF-16, little-endian.</summary>
    public const uint WindowsAbsolute = 0x57326B75;

    private const uint LargestLength = 64 * 1024;

    public static IReadOnlyList<ParentLocatorEntry> ParseAll(ReadOnlySpan<byte> bytes)
    {
        ParentLocatorEntry[] entries = new ParentLocatorEntry[Count];
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * Size, Size);
            entries[i] = new ParentLocatorEntry(
                BinaryPrimitives.ReadUInt32BigEndian(entry),
                BinaryPrimitives.ReadUInt32BigEndian(entry.Slice(8)),
                BinaryPrimitives.ReadUInt64BigEndian(entry.Slice(16)));
        }

        return entries;
    }

    /// <summary>Reads the name.</summary>
    /// <exception cref="DiskFormatException">It does not lie within the file, or is longer than a path can be.</exception>
    public string ReadName(DiskFile file)
        => DataLength <= LargestLength && DataOffset <= (ulong)file.Length
            ? StoredText.FromUtf16(file.Read((long)DataOffset, (int)DataLength)).TrimEnd('\0')
            : throw new DiskFormatException(
                file.Path,
                null,
                $"A parent locator of {DataLength} bytes at byte {DataOffset} does not lie within the file, or is longer than a path can be.",
                "VHD specification 1.0, Parent Locator Entry");
}
