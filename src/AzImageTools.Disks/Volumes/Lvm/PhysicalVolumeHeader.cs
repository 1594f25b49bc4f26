using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>
/// The label of a physical volume and the header behind it (lvm2, lib/label/label.h and lib/format_text/layout.h): which
/// volume it is, and where metadata of its group are.
/// </summary>
/// <param name="Id">Its identifier: 32 letters and digits, without the dashes that tools print.</param>
/// <param name="MetadataAreas">The metadata areas; they need not lie within the volume.</param>
internal sealed record PhysicalVolumeHeader(string Id, IReadOnlyList<DiskExtent> MetadataAreas)
{
    private const string Rule = "lvm2, label_header and pv_header";
    private const int LabelSectors = 4;
    private const int SectorSize = 512;
    private const int ChecksumOffset = 16;
    private const int ChecksumStart = 20;
    private const int IdSize = 32;
    private const int LocationSize = 16;

    /// <summary>Where the label is, in one of the volume's first four sectors; -1 where there is none.</summary>
    /// <param name="start">The volume's first 2048 bytes, or more.</param>
    public static int FindLabel(ReadOnlySpan<byte> start)
    {
        for (int offset = 0; offset < LabelSectors * SectorSize; offset += SectorSize)
        {
            ReadOnlySpan<byte> label = start.Slice(offset);
            if (label.StartsWith("LABELONE"u8) && label.Slice(24).StartsWith("LVM2 001"u8))
            {
                return offset;
            }
        }

        return -1;
    }

    /// <summary>Reads the header of a volume that has a label.</summary>
    /// <exception cref="DiskFormatException">It is damaged.</exception>
    public static PhysicalVolumeHeader Read(IByteSource volume)
    {
        byte[] start = new byte[LabelSectors * SectorSize];
        volume.Read(0, start.AsSpan(0, (int)Math.Min(start.Length, volume.Length)));
        int offset = FindLabel(start);
        if (offset < 0)
        {
            throw new DiskFormatException(volume.Name, null, "There is no label of a physical volume.", Rule);
        }

        ReadOnlySpan<byte> label = start.AsSpan(offset, SectorSize);
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(label.Slice(20));
        if (BinaryPrimitives.ReadUInt32LittleEndian(label.Slice(ChecksumOffset)) != LvmChecksum.Compute(label.Slice(ChecksumStart))
            || BinaryPrimitives.ReadUInt64LittleEndian(label.Slice(8)) != (ulong)(offset / SectorSize)
            || header > SectorSize - IdSize - sizeof(ulong))
        {
            throw new DiskFormatException(volume.Name, offset, "The label of the physical volume is damaged.", Rule);
        }

        // Two lists, each ended by a location that is zero: the data areas, then the metadata areas.
        ReadOnlySpan<byte> locations = label.Slice((int)header + IdSize + sizeof(ulong));
        ReadLocations(ref locations);
        return new PhysicalVolumeHeader(StoredText.FromLatin1(label.Slice((int)header, IdSize)), ReadLocations(ref locations));
    }

    private static List<DiskExtent> ReadLocations(ref ReadOnlySpan<byte> list)
    {
        List<DiskExtent> locations = [];
        while (list.Length >= LocationSize)
        {
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(list);
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(list.Slice(sizeof(ulong)));
            list = list.Slice(LocationSize);
            if (offset == 0)
            {
                break;
            }

            locations.Add(new DiskExtent((long)Math.Min(offset, long.MaxValue), (long)Math.Min(size, long.MaxValue)));
        }

        return locations;
    }
}

/// <summary>The checksum of LVM2's structures (lvm2, lib/misc/crc.c): Ethernet's, begun with a value of its own and not inverted at the end.</summary>
internal static class LvmChecksum
{
    private const uint Initial = 0xF597A6CF;

    public static uint Compute(ReadOnlySpan<byte> bytes) => ReflectedCrc32.Ieee.Append(Initial, bytes);
}
