namespace AzImageTools.Disks.Volumes;

/// <summary>Recognises volumes that BitLocker encrypts (libbde documentation, "BitLocker Drive Encryption (BDE) format").</summary>
public static class BitLocker
{
    private const int SignatureOffset = 3;
    private const int ToGoIdentifierOffset = 424;
    private const int SectorSize = 512;

    /// <summary>Whether it is the boot sector of an encrypted volume, or of one in BitLocker To Go's FAT32 clothing.</summary>
    /// <param name="sector">A volume's first 512 bytes, or more.</param>
    public static bool IsBootSector(ReadOnlySpan<byte> sector)
        => sector.Length >= SectorSize
            && (sector.Slice(SignatureOffset).StartsWith("-FVE-FS-"u8)
                || (sector.Slice(SignatureOffset).StartsWith("MSWIN4.1"u8) && sector.Slice(ToGoIdentifierOffset).StartsWith(ToGoIdentifier)));

    // 4967D63B-2E29-4AD8-8399-F6A339E3D001
    private static ReadOnlySpan<byte> ToGoIdentifier =>
        [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01];
}
