using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Volumes;

/// <summary>The identifier that Linux mounts a volume by (fstab(5), UUID=), as blkid(8) writes it.</summary>
public static class VolumeUuid
{
    private const int ExtOffset = 1024 + 0x68;
    private const int XfsOffset = 32;
    private const int Fat16Offset = 39;
    private const int Fat32Offset = 67;
    private const int GuidSize = 16;

    /// <summary>A volume's identifier; null where its file system has none that is known here.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="kind">What it holds.</param>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    public static string? Read(IByteSource volume, FileSystemKind kind)
    {
        if (volume is null)
        {
            throw new ArgumentNullException(nameof(volume));
        }

        return kind switch
        {
            FileSystemKind.Ext2 or FileSystemKind.Ext3 or FileSystemKind.Ext4 => ReadGuid(volume, ExtOffset),
            FileSystemKind.Xfs => ReadGuid(volume, XfsOffset),
            FileSystemKind.Fat12 or FileSystemKind.Fat16 => ReadSerial(volume, Fat16Offset),
            FileSystemKind.Fat32 => ReadSerial(volume, Fat32Offset),
            _ => null,
        };
    }

    private static string ReadGuid(IByteSource volume, long offset)
    {
        byte[] bytes = new byte[GuidSize];
        volume.Read(offset, bytes);
        string digits = string.Concat(bytes.Select(static value => value.ToString("x2", CultureInfo.InvariantCulture)));
        return string.Join("-", digits.Substring(0, 8), digits.Substring(8, 4), digits.Substring(12, 4), digits.Substring(16, 4), digits.Substring(20));
    }

    private static string ReadSerial(IByteSource volume, long offset)
    {
        byte[] bytes = new byte[sizeof(uint)];
        volume.Read(offset, bytes);
        uint serial = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return string.Format(CultureInfo.InvariantCulture, "{0:X4}-{1:X4}", serial >> 16, serial & 0xFFFF);
    }
}
