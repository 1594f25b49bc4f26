using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>Changes LVM2's metadata on a disk (lvm2, lib/format_text/layout.h), with checksums that are right.</summary>
public static class LvmMetadata
{
    /// <summary>Where a physical volume's first metadata area is, from the volume's first byte.</summary>
    public const int AreaOffset = 4096;

    private const int HeaderSize = 512;

    /// <summary>The current text of a physical volume, and whether it goes on at the beginning of its ring.</summary>
    public static (string Text, bool IsWrapped) Read(byte[] disk, int volume)
    {
        Span<byte> area = AreaOf(disk, volume);
        int offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(area[40..]);
        int size = (int)BinaryPrimitives.ReadUInt64LittleEndian(area[48..]);
        int first = Math.Min(size, area.Length - offset);
        byte[] text = [.. area.Slice(offset, first), .. area.Slice(HeaderSize, size - first)];
        return (Encoding.UTF8.GetString(text), first < size);
    }

    /// <summary>Gives a physical volume another text, at the beginning of its ring.</summary>
    public static void Write(byte[] disk, int volume, string text)
    {
        Span<byte> area = AreaOf(disk, volume);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(area[HeaderSize..]);
        BinaryPrimitives.WriteUInt64LittleEndian(area[40..], HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(area[48..], (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(area[56..], StructureChecksum.LvmOf(bytes));
        Sign(area);
    }

    /// <summary>Gives an area's header the checksum that it has.</summary>
    public static void Sign(Span<byte> area) => BinaryPrimitives.WriteUInt32LittleEndian(area, StructureChecksum.LvmOf(area[4..HeaderSize]));

    public static Span<byte> AreaOf(byte[] disk, int volume)
    {
        Span<byte> area = disk.AsSpan(volume + AreaOffset);
        return area[..(int)BinaryPrimitives.ReadUInt64LittleEndian(area[32..])];
    }
}
