using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vdi;

/// <summary>
/// The header of a VirtualBox disk image, version 1.1 (VDICore.h of VirtualBox: VDIPREHEADER, then VDIHEADER1PLUS; QEMU's
/// block/vdi.c has the same layout). Little-endian.
/// </summary>
internal sealed record VdiHeader
{
    /// <summary>How many of its bytes are read: all before the geometry that replaced <c>LegacyGeometry</c>.</summary>
    public const int Size = 0x1C8;

    public const string Rule = "VirtualBox VDICore.h, VDIHEADER1PLUS";
    private const uint Signature = 0xBEDA107F;
    private const uint Version = 0x0001_0001;
    private const int SignatureOffset = 0x40;
    private const uint SmallestBlock = 4096;
    private const uint LargestBlock = 256 * 1024 * 1024;
    private const int SectorSize = 512;

    /// <summary>How the image keeps the disk.</summary>
    public required VdiType Type { get; init; }

    /// <summary>Where the block map is in the file, in bytes.</summary>
    public required uint BlocksOffset { get; init; }

    /// <summary>Where the first block is in the file, in bytes.</summary>
    public required uint DataOffset { get; init; }

    /// <summary>The disk's capacity in bytes.</summary>
    public required long DiskSize { get; init; }

    /// <summary>Bytes in a block: a power of two, 1 MiB by default.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>How many entries the block map has.</summary>
    public required uint BlockCount { get; init; }

    /// <summary>How many blocks are said to be in the file.</summary>
    public required uint AllocatedBlocks { get; init; }

    public static bool IsPresent(DiskFile file)
        => file.Length >= Size && BinaryPrimitives.ReadUInt32LittleEndian(file.Read(SignatureOffset, sizeof(uint))) == Signature;

    /// <summary>Reads the header.</summary>
    /// <exception cref="DiskFormatException">It is damaged, or of a kind that is not read.</exception>
    public static VdiHeader Read(DiskFile file)
    {
        byte[] bytes = file.Read(0, Size);
        uint At(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));
        if (At(SignatureOffset) != Signature)
        {
            throw Damaged(file, SignatureOffset, "A VDI's signature is not here.");
        }

        if (At(0x44) != Version)
        {
            throw Damaged(
                file, 0x44, FormattableString.Invariant($"The VDI has version {At(0x44) >> 16}.{At(0x44) & 0xFFFF}; version 1.1 is read. Convert it with VirtualBox: VBoxManage clonemedium FILE COPY.vdi"));
        }

        VdiHeader header = new()
        {
            Type = (VdiType)At(0x4C),
            BlocksOffset = At(0x154),
            DataOffset = At(0x158),
            DiskSize = unchecked((long)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(0x170))),
            BlockSize = At(0x178),
            BlockCount = At(0x180),
            AllocatedBlocks = At(0x184),
        };
        if (header.Type is VdiType.Undo or VdiType.Differencing)
        {
            throw Damaged(file, 0x4C, "The VDI keeps only what differs from another disk, which is not read. Merge them with VirtualBox first: VBoxManage clonemedium FILE COPY.vdi");
        }

        if (header.Type is not (VdiType.Dynamic or VdiType.Fixed))
        {
            throw Damaged(file, 0x4C, $"The VDI's image type {(uint)header.Type} is not known.");
        }

        if (At(0x168) != SectorSize)
        {
            throw Damaged(file, 0x168, $"The VDI's sectors have {At(0x168)} bytes; 512 are allowed.");
        }

        if (header.BlockSize is < SmallestBlock or > LargestBlock || (header.BlockSize & (header.BlockSize - 1)) != 0)
        {
            throw Damaged(file, 0x178, $"The VDI's blocks have {header.BlockSize} bytes; a power of two from {SmallestBlock} to {LargestBlock} is read.");
        }

        if (At(0x17C) != 0)
        {
            throw Damaged(file, 0x17C, $"The VDI's blocks have {At(0x17C)} further bytes each, which nothing is known to write and is not read.");
        }

        if (header.DiskSize is <= 0 or > VirtualDisk.MaximumCapacity || header.DiskSize % SectorSize != 0)
        {
            throw Damaged(file, 0x170, $"The VDI states a capacity of {unchecked((ulong)header.DiskSize)} bytes; whole sectors of {SectorSize} bytes up to {VirtualDisk.MaximumCapacity} are read.");
        }

        return header.DiskSize > header.BlockCount * (long)header.BlockSize
            ? throw Damaged(file, 0x180, $"The VDI's {header.BlockCount} blocks of {header.BlockSize} bytes do not hold its {header.DiskSize} bytes.")
            : header;
    }

    private static DiskFormatException Damaged(DiskFile file, long offset, string problem) => new(file.Path, offset, problem, Rule);
}

/// <summary>How a VDI keeps the disk (VDIIMAGETYPE).</summary>
internal enum VdiType
{
    /// <summary>Blocks are in the file once they are written.</summary>
    Dynamic = 1,

    /// <summary>All blocks are in the file.</summary>
    Fixed = 2,

    /// <summary>What was there before a change.</summary>
    Undo = 3,

    /// <summary>Only what differs from a parent.</summary>
    Differencing = 4,
}
