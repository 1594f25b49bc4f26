namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>The checksum of LVM2's structures (lvm2, lib/misc/crc.c): Ethernet's, begun with a value of its own and not inverted at the end.</summary>
internal static class LvmChecksum
{
    private const uint Initial = 0xF597A6CF;

    public static uint Compute(ReadOnlySpan<byte> bytes) => ReflectedCrc32.Ieee.Append(Initial, bytes);
}
