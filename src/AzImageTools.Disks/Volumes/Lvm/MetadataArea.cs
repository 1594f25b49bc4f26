using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A metadata area (lvm2, lib/format_text/layout.h, mda_header): a header, and behind it a ring of text, of which the header tells the current part.</summary>
internal static class MetadataArea
{
    /// <summary>The longest text that is read: LVM2's own areas have 1 MiB.</summary>
    public const int LargestText = 4 << 20;

    // What a text becomes in memory is many times as long as it.
    private const long WorkPerByte = 64;

    private const string Rule = "lvm2, mda_header";
    private const int HeaderSize = 512;
    private const int ChecksumSize = 4;
    private const uint IsIgnored = 1;

    private static ReadOnlySpan<byte> Magic => " LVM2 x[5A%r0N*>"u8;

    /// <summary>Reads the current text; null where the area holds none, or is not in use.</summary>
    /// <param name="volume">The physical volume.</param>
    /// <param name="area">Where on it the area is.</param>
    /// <exception cref="DiskFormatException">The area is damaged.</exception>
    public static byte[]? ReadText(IByteSource volume, DiskExtent area)
    {
        if (area.Length < 2 * HeaderSize || area.Offset > volume.Length - area.Length)
        {
            throw Damaged(volume, area, $"A metadata area of {area.Length} bytes does not lie within the volume's {volume.Length} bytes.");
        }

        byte[] header = new byte[HeaderSize];
        volume.Read(area.Offset, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LvmChecksum.Compute(header.AsSpan(ChecksumSize))
            || !header.AsSpan(ChecksumSize).StartsWith(Magic)
            || BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(24)) != (ulong)area.Offset
            || BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32)) != (ulong)area.Length)
        {
            throw Damaged(volume, area, "The header of a metadata area is damaged.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(20));
        if (version != 1)
        {
            throw Damaged(volume, area, $"The metadata area has the version {version}, which is not supported.");
        }

        ReadOnlySpan<byte> location = header.AsSpan(40);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(location);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(location.Slice(8));
        if (offset == 0 || size == 0 || (BinaryPrimitives.ReadUInt32LittleEndian(location.Slice(20)) & IsIgnored) != 0)
        {
            return null;
        }

        if (size > LargestText || size > (ulong)(area.Length - HeaderSize) || offset < HeaderSize || offset >= (ulong)area.Length)
        {
            throw Damaged(volume, area, $"The metadata are said to be {size} bytes from byte {offset} on of an area of {area.Length} bytes.");
        }

        // The ring begins behind the header.
        volume.Budget.Allocate((long)size, "LVM2 metadata", area.Offset);
        volume.Budget.Work((long)size * WorkPerByte, "LVM2 metadata", area.Offset);
        byte[] text = new byte[size];
        int first = (int)Math.Min((long)size, area.Length - (long)offset);
        volume.Read(area.Offset + (long)offset, text.AsSpan(0, first));
        volume.Read(area.Offset + HeaderSize, text.AsSpan(first));
        return LvmChecksum.Compute(text) == BinaryPrimitives.ReadUInt32LittleEndian(location.Slice(16))
            ? text
            : throw Damaged(volume, area, "The checksum of the metadata is wrong.");
    }

    private static DiskFormatException Damaged(IByteSource volume, DiskExtent area, string problem) => new(volume.Name, area.Offset, problem, Rule);
}
