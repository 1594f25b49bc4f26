using System.Buffers.Binary;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Lvm;

namespace AzImageTools.Disks.Images;

/// <summary>Recognises volumes that are named and not read, by the signatures that blkid(8) goes by too.</summary>
internal static class VolumeSignatures
{
    private const int BtrfsOffset = 0x10040;
    private const int ZfsLabelRing = 128 * 1024;
    private const int ZfsSlotSize = 1024;
    private const int RaidUnit = 65536;
    private const ulong ZfsMagic = 0x00BA_B10C;
    private static readonly int[] PageSizes = [4096, 8192, 16384, 65536];

    private static ReadOnlySpan<byte> RaidMagic => [0xFC, 0x4E, 0x2B, 0xA9];

    /// <summary>What a volume holds; null where it is nothing of these.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="start">Its first 4096 bytes, followed by zeros where it is shorter.</param>
    public static FileSystemKind? Recognise(IByteSource volume, ReadOnlySpan<byte> start)
    {
        DiskExtent[] places = [new DiskExtent(BtrfsOffset, ZfsSlotSize), new DiskExtent(ZfsLabelRing, ZfsLabelRing), new DiskExtent(volume.Length - (2 * RaidUnit), 2 * RaidUnit)];
        volume.Prefetch(places.Where(place => place.LiesWithin(volume.Length)));

        // LUKS On-Disk Format, "PHDR"; ReFS: "FSRS" follows its name.
        if (start.StartsWith("LUKS"u8) && start[4] == 0xBA && start[5] == 0xBE)
        {
            return FileSystemKind.Luks;
        }

        if (start.Slice(3).StartsWith("ReFS\0\0\0\0"u8) && start.Slice(16).StartsWith("FSRS"u8))
        {
            return FileSystemKind.ReFS;
        }

        // exFAT File System Specification, 3.1.2; Apple File System Reference, nx_superblock_t; TN1150, "Volume Header".
        if (start.Slice(3).StartsWith("EXFAT   "u8))
        {
            return FileSystemKind.ExFat;
        }

        if (start.Slice(32).StartsWith("NXSB"u8))
        {
            return FileSystemKind.Apfs;
        }

        if (start.Slice(1024) is [(byte)'H', (byte)'+', 0, 4, ..] or [(byte)'H', (byte)'X', 0, 5, ..])
        {
            return FileSystemKind.HfsPlus;
        }

        if (PhysicalVolumeHeader.FindLabel(start) >= 0)
        {
            return FileSystemKind.LvmPhysicalVolume;
        }

        return Holds(volume, BtrfsOffset, "_BHRfS_M"u8) ? FileSystemKind.Btrfs
            : IsSwap(volume) ? FileSystemKind.Swap
            : IsZfs(volume) ? FileSystemKind.Zfs
            : IsRaidMember(volume) ? FileSystemKind.LinuxRaid
            : null;
    }

    /// <summary>Swap is signed at the end of a page (Linux kernel, swap.h), whose size depends on the processor.</summary>
    private static bool IsSwap(IByteSource volume)
        => Array.Exists(PageSizes, size => Holds(volume, size - 10, "SWAPSPACE2"u8) || Holds(volume, size - 10, "SWAP-SPACE"u8));

    /// <summary>A ring of überblocks fills the second half of the first label (ZFS On-Disk Specification, 1.3).</summary>
    private static bool IsZfs(IByteSource volume)
    {
        if (volume.Length < 2 * ZfsLabelRing)
        {
            return false;
        }

        byte[] slots = new byte[ZfsLabelRing / 8];
        for (int part = 0; part < ZfsLabelRing; part += slots.Length)
        {
            volume.Read(ZfsLabelRing + part, slots);
            for (int offset = 0; offset < slots.Length; offset += ZfsSlotSize)
            {
                if (BinaryPrimitives.ReadUInt64LittleEndian(slots.AsSpan(offset)) == ZfsMagic || BinaryPrimitives.ReadUInt64BigEndian(slots.AsSpan(offset)) == ZfsMagic)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// The superblock of md lies in one of four places (Linux kernel, md.c): 4 KiB behind the beginning (1.2), at it (1.1), or near the
    /// end (1.0; 0.90, in the byte order of the machine). From a mirror with the last two, a file system can be read as if it stood alone.
    /// </summary>
    private static bool IsRaidMember(IByteSource volume)
        => Holds(volume, 4096, RaidMagic)
            || Holds(volume, 0, RaidMagic)
            || Holds(volume, (volume.Length - 8192) / 4096 * 4096, RaidMagic)
            || Holds(volume, (volume.Length / RaidUnit * RaidUnit) - RaidUnit, RaidMagic)
            || Holds(volume, (volume.Length / RaidUnit * RaidUnit) - RaidUnit, [0xA9, 0x2B, 0x4E, 0xFC]);

    private static bool Holds(IByteSource volume, long offset, ReadOnlySpan<byte> signature)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes.Slice(0, signature.Length);
        if (offset < 0 || offset > volume.Length - bytes.Length)
        {
            return false;
        }

        volume.Read(offset, bytes);
        return bytes.SequenceEqual(signature);
    }
}
