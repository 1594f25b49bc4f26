using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes;

/// <summary>The labels of volumes that are named and not read, as blkid(8) prints them.</summary>
internal static class VolumeLabel
{
    private const int BtrfsLabelLength = 256;

    // BitLocker: libbde documentation, "FVE metadata block", "FVE metadata entry".
    private const int BlockHeaderSize = 64;
    private const int MetadataHeaderSize = 48;
    private const int EntryHeaderSize = 8;
    private const int DescriptionType = 7;
    private const int TextValue = 2;
    private const int LargestMetadata = 64 * 1024;

    // ZFS On-Disk Specification, 1.2: the pairs of the first label, as XDR.
    private const int ZfsPairsOffset = 16 * 1024;
    private const int ZfsPairsLength = 112 * 1024;
    private const int ZfsHeaderSize = 12;
    private const int ZfsText = 9;

    /// <summary>Reads it; empty where the volume has none, or its kind none that is known. It is the guest's text.</summary>
    /// <exception cref="DiskFormatException">The volume can't be read there.</exception>
    public static string Read(IByteSource volume, FileSystemKind kind) => kind switch
    {
        FileSystemKind.Swap => ReadText(volume, 1052, 16),
        FileSystemKind.Btrfs => ReadText(volume, 0x10000 + 0x12B, BtrfsLabelLength),

        // LUKS2 On-Disk Format, "binary header"; version 1 has no label.
        FileSystemKind.Luks => ReadBytes(volume, 6, 2) is [0, 2] ? ReadText(volume, 24, 48) : string.Empty,
        FileSystemKind.BitLocker => ReadBitLocker(volume),
        FileSystemKind.Zfs => ReadZfs(volume),
        FileSystemKind.LinuxRaid => ReadRaid(volume),
        _ => string.Empty,
    };

    /// <summary>The description that Windows writes when it encrypts: the computer's name, the volume's label and the day.</summary>
    private static string ReadBitLocker(IByteSource volume)
    {
        // Windows 7 and later keep the places of the metadata in the boot sector; To Go has them elsewhere, Vista otherwise.
        long offset = BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(volume, 176, sizeof(long)));
        byte[] header = ReadBytes(volume, offset, BlockHeaderSize + MetadataHeaderSize);
        if (!header.AsSpan().StartsWith("-FVE-FS-"u8))
        {
            return string.Empty;
        }

        int length = (int)Math.Min(LargestMetadata, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(BlockHeaderSize)));
        ReadOnlySpan<byte> entries = ReadBytes(volume, offset + BlockHeaderSize + MetadataHeaderSize, Math.Max(0, length - MetadataHeaderSize));
        while (entries.Length >= EntryHeaderSize && BinaryPrimitives.ReadUInt16LittleEndian(entries) is ushort size && size >= EntryHeaderSize && size <= entries.Length)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(entries.Slice(2)) == DescriptionType && BinaryPrimitives.ReadUInt16LittleEndian(entries.Slice(4)) == TextValue)
            {
                return StoredText.FromUtf16(entries.Slice(EntryHeaderSize, size - EntryHeaderSize)).TrimEnd('\0');
            }

            entries = entries.Slice(size);
        }

        return string.Empty;
    }

    /// <summary>The pool's name.</summary>
    private static string ReadZfs(IByteSource volume)
    {
        ReadOnlySpan<byte> pairs = ReadBytes(volume, ZfsPairsOffset, ZfsPairsLength);
        if (pairs[0] != 1)
        {
            return string.Empty;
        }

        // A pair: its length, its length in memory, its name, the type and count of its values, the values.
        pairs = pairs.Slice(ZfsHeaderSize);
        while (pairs.Length > 8 && BinaryPrimitives.ReadUInt32BigEndian(pairs) is uint size && size > 8 && size <= pairs.Length)
        {
            ReadOnlySpan<byte> pair = pairs.Slice(8, (int)size - 8);
            if (TryTakeText(ref pair, out string name) && name == "name" && pair.Length > 8 && BinaryPrimitives.ReadUInt32BigEndian(pair) == ZfsText)
            {
                pair = pair.Slice(8);
                return TryTakeText(ref pair, out string pool) ? pool : string.Empty;
            }

            pairs = pairs.Slice((int)size);
        }

        return string.Empty;
    }

    /// <summary>A text of XDR: its length, and its bytes filled up to a multiple of four.</summary>
    private static bool TryTakeText(ref ReadOnlySpan<byte> bytes, out string text)
    {
        text = string.Empty;
        if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(bytes) is var length && length > bytes.Length - sizeof(uint))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes.Slice(sizeof(uint), (int)length).ToArray());
        bytes = bytes.Slice(Math.Min(bytes.Length, sizeof(uint) + (((int)length + 3) / 4 * 4)));
        return true;
    }

    /// <summary>The array's name, which version 1 of the superblock has (Linux kernel, md_p.h).</summary>
    private static string ReadRaid(IByteSource volume)
    {
        foreach (long offset in new[] { 4096, 0, (volume.Length - 8192) / 4096 * 4096 })
        {
            if (ReadBytes(volume, offset, 8) is [0xFC, 0x4E, 0x2B, 0xA9, 1, 0, 0, 0])
            {
                return ReadText(volume, offset + 32, 32);
            }
        }

        return string.Empty;
    }

    private static string ReadText(IByteSource volume, long offset, int length) => StoredText.FromTerminatedUtf8(ReadBytes(volume, offset, length));

    /// <summary>Bytes of the volume; zeros where it does not have all of them.</summary>
    private static byte[] ReadBytes(IByteSource volume, long offset, int count)
    {
        byte[] bytes = new byte[count];
        if (new DiskExtent(offset, count).LiesWithin(volume.Length))
        {
            volume.Read(offset, bytes);
        }

        return bytes;
    }
}
