using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Volumes;

/// <summary>What Linux knows a volume by as its UUID, in the form in which blkid(8) prints it.</summary>
internal static class VolumeUuid
{
    private const int GuidSize = 16;

    /// <summary>Reads it; null where the kind of volume has none that is known.</summary>
    /// <exception cref="DiskFormatException">The volume can't be read there.</exception>
    public static string? Read(IByteSource volume, FileSystemKind kind) => kind switch
    {
        FileSystemKind.Ext2 or FileSystemKind.Ext3 or FileSystemKind.Ext4 => ReadGuid(volume, 1024 + 0x68),
        FileSystemKind.Xfs => ReadGuid(volume, 32),
        FileSystemKind.Btrfs => ReadGuid(volume, 0x10020),
        FileSystemKind.Swap => ReadGuid(volume, 1036),
        FileSystemKind.Fat12 or FileSystemKind.Fat16 => ReadFat(volume, 39),
        FileSystemKind.Fat32 => ReadFat(volume, 67),
        FileSystemKind.Ntfs => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(volume, 72, sizeof(ulong))).ToString("X16", CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string ReadGuid(IByteSource volume, long offset)
    {
        string digits = string.Concat(ReadBytes(volume, offset, GuidSize).Select(static b => b.ToString("x2", CultureInfo.InvariantCulture)));
        return Guid.ParseExact(digits, "N").ToString();
    }

    private static string ReadFat(IByteSource volume, long offset)
    {
        uint serial = BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(volume, offset, sizeof(uint)));
        return string.Format(CultureInfo.InvariantCulture, "{0:X4}-{1:X4}", serial >> 16, serial & 0xFFFF);
    }

    private static byte[] ReadBytes(IByteSource volume, long offset, int count)
    {
        byte[] bytes = new byte[count];
        volume.Read(offset, bytes);
        return bytes;
    }
}
