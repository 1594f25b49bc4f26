using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>
/// The base block of a primary registry file, or the copy of its first sector in a log (regf specification,
/// "Base block").
/// </summary>
internal sealed record BaseBlock
{
    /// <summary>The base block's bytes in a primary file; hive bins follow.</summary>
    public const int Size = 4096;

    /// <summary>The bytes that are in use, and that logs have a copy of.</summary>
    public const int SectorSize = 512;

    private const int ChecksumOffset = 508;
    private const string Rule = "regf, Base block";

    private BaseBlock(ReadOnlySpan<byte> bytes)
    {
        HasSignature = bytes.StartsWith("regf"u8);
        IsIntact = HasSignature && UInt32(bytes, ChecksumOffset) == ChecksumOf(bytes);
        PrimarySequence = UInt32(bytes, 4);
        SecondarySequence = UInt32(bytes, 8);
        Timestamp = BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(12));
        MajorVersion = UInt32(bytes, 20);
        MinorVersion = UInt32(bytes, 24);
        FileType = UInt32(bytes, 28);
        RootCell = UInt32(bytes, 36);
        BinsLength = UInt32(bytes, 40);
    }

    /// <summary>Whether it begins as a base block and its checksum is right.</summary>
    public bool IsIntact { get; }

    /// <summary>Incremented when a write to the file begins.</summary>
    public uint PrimarySequence { get; }

    /// <summary>Incremented when a write to the file was completed.</summary>
    public uint SecondarySequence { get; }

    /// <summary>When the hive was last written, as a FILETIME; not updated any more since Windows 8.1.</summary>
    public long Timestamp { get; }

    /// <summary>The minor version, 3 to 6; the major one is 1.</summary>
    public uint MinorVersion { get; }

    /// <summary>0 for a primary file, 1 or 2 for a log of the old format, 6 for one of the new format.</summary>
    public uint FileType { get; }

    /// <summary>The root key's cell, in bytes from the start of the hive bins.</summary>
    public uint RootCell { get; }

    /// <summary>The length of all hive bins in bytes.</summary>
    public uint BinsLength { get; init; }

    /// <summary>Whether the last write was completed.</summary>
    public bool IsClean => IsIntact && PrimarySequence == SecondarySequence;

    private bool HasSignature { get; }

    private uint MajorVersion { get; }

    /// <summary>Takes the fields out of the block's first sector as they are.</summary>
    public static BaseBlock Parse(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Refuses a block that is none, or one of a version that is not supported.</summary>
    public void Check(string file)
    {
        if (!HasSignature)
        {
            throw new DiskFormatException(file, 0, "It does not begin with 'regf', so it is not a registry hive.", Rule);
        }

        if (MajorVersion != 1 || MinorVersion is < 3 or > 6)
        {
            throw new DiskFormatException(file, 20, $"Hives of version {MajorVersion}.{MinorVersion} are not supported, only 1.3 to 1.6.", Rule);
        }
    }

    /// <summary>Refuses what <see cref="Check"/> refuses, and a block that is not a primary file's.</summary>
    public void CheckPrimary(string file)
    {
        Check(file);
        if (FileType != 0)
        {
            throw new DiskFormatException(file, 28, "It is not the primary file of a hive, but one of its logs.", Rule);
        }
    }

    // regf, Base block, note 2: XOR of all 32-bit words before it; -1 becomes -2, and 0 becomes 1.
    internal static uint ChecksumOf(ReadOnlySpan<byte> bytes)
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
