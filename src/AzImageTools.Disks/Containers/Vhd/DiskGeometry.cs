using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>The geometry that an ATA controller would show. It may hold less than the disk does.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DiskGeometry(ushort Cylinders, byte Heads, byte SectorsPerTrack)
{
    /// <summary>Computes the geometry of a capacity (VHD specification 1.0, "Appendix: CHS Calculation").</summary>
    public static DiskGeometry FromCapacity(long capacity)
    {
        const long LargestTotal = 65535L * 16 * 255;
        long total = Math.Min(capacity / 512, LargestTotal);
        long sectorsPerTrack;
        long heads;
        long cylindersTimesHeads;
        if (total >= 65535L * 16 * 63)
        {
            sectorsPerTrack = 255;
            heads = 16;
            cylindersTimesHeads = total / sectorsPerTrack;
        }
        else
        {
            sectorsPerTrack = 17;
            cylindersTimesHeads = total / sectorsPerTrack;
            heads = Math.Max((cylindersTimesHeads + 1023) / 1024, 4);
            if (cylindersTimesHeads >= heads * 1024 || heads > 16)
            {
                sectorsPerTrack = 31;
                heads = 16;
                cylindersTimesHeads = total / sectorsPerTrack;
            }

            if (cylindersTimesHeads >= heads * 1024)
            {
                sectorsPerTrack = 63;
                heads = 16;
                cylindersTimesHeads = total / sectorsPerTrack;
            }
        }

        return new DiskGeometry((ushort)(cylindersTimesHeads / heads), (byte)heads, (byte)sectorsPerTrack);
    }
}
