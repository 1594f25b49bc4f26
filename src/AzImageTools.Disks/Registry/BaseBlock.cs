using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>The base block of a primary registry file (regf specification, "Base block").</summary>
internal sealed class BaseBlock
{
    /// <summary>The base block's bytes in the file; hive bins follow.</summary>
    public const int Size = 4096;

    private const int ChecksumOffset = 508;

    private BaseBlock(int minorVersion, uint rootCell, uint binsLength, bool isDirty)
    {
        MinorVersion = minorVersion;
        RootCell = rootCell;
        BinsLength = binsLength;
        IsDirty = isDirty;
    }

    /// <summary>The minor version, 3 to 6; the major one is 1.</summary>
    public int MinorVersion { get; }

    /// <summary>The root key's cell, in bytes from the start of the hive bins.</summary>
    public uint RootCell { get; }

    /// <summary>The length of all hive bins in bytes.</summary>
    public uint BinsLength { get; }

    /// <summary>Whether a write was not completed: the two sequence numbers differ, or the checksum is wrong.</summary>
    public bool IsDirty { get; }

    public static BaseBlock Parse(ReadOnlySpan<byte> bytes, string hive)
    {
        if (!bytes.StartsWith("regf"u8))
        {
            throw new DiskFormatException(hive, 0, "It does not begin with 'regf', so it is no registry hive.", "regf, Base block");
        }

        uint major = UInt32(bytes, 20);
        uint minor = UInt32(bytes, 24);
        if (major != 1 || minor is < 3 or > 6)
        {
            throw new DiskFormatException(hive, 20, $"Hives of version {major}.{minor} are not supported, only 1.3 to 1.6.", "regf, Base block");
        }

        if (UInt32(bytes, 28) != 0)
        {
            throw new DiskFormatException(hive, 28, "It is no primary file of a hive, but one of its logs.", "regf, Base block");
        }

        bool isDirty = UInt32(bytes, 4) != UInt32(bytes, 8) || UInt32(bytes, ChecksumOffset) != ChecksumOf(bytes);
        return new BaseBlock((int)minor, UInt32(bytes, 36), UInt32(bytes, 40), isDirty);
    }

    // regf, Base block, note 2: XOR of all 32-bit words before it; -1 becomes -2, and 0 becomes 1.
    private static uint ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        uint checksum = 0;
        for (int i = 0; i < ChecksumOffset; i += sizeof(uint))
        {
            checksum ^= UInt32(bytes, i);
        }

        return checksum switch
        {
            uint.MaxValue => uint.MaxValue - 1,
            0 => 1,
            _ => checksum,
        };
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));
}
