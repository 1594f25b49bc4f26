using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The checksums of a volume's structures (ext4, "Checksums"): CRC-32C without its last inversion, begun with the volume's identifier; or CRC-16, of group descriptors only.</summary>
internal sealed class ExtChecksums
{
    private const int IdentifierOffset = 0x68;
    private const int IdentifierSize = 16;
    private const int SeedOffset = 0x270;
    private const int DescriptorChecksum = 0x1E;
    private const int LowInodeChecksum = 0x7C;
    private const int HighInodeChecksum = 0x82;
    private const int OriginalInodeSize = 128;

    private readonly uint _seed;
    private readonly bool _hasDescriptors;
    private readonly byte[] _identifier;

    /// <param name="superblock">The superblock.</param>
    /// <param name="bytes">Its bytes.</param>
    public ExtChecksums(Superblock superblock, ReadOnlySpan<byte> bytes)
    {
        _identifier = bytes.Slice(IdentifierOffset, IdentifierSize).ToArray();
        HasMetadata = superblock.Has(ExtReadOnlyFeatures.MetadataChecksums);
        _hasDescriptors = superblock.Has(ExtReadOnlyFeatures.DescriptorChecksums);
        _seed = superblock.Has(ExtFeatures.ChecksumSeed) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(SeedOffset)) : Append(uint.MaxValue, _identifier);
    }

    /// <summary>Whether all structures have one.</summary>
    public bool HasMetadata { get; }

    /// <summary>The checksum of something that belongs to no file.</summary>
    public uint Of(ReadOnlySpan<byte> bytes) => Append(_seed, bytes);

    /// <summary>The checksum of a block that belongs to no file and begins with its own number: extended attributes.</summary>
    public uint OfAttributes(long block, ReadOnlySpan<byte> bytes, int checksumOffset)
    {
        uint value = Append(AppendNumber(_seed, block, sizeof(long)), bytes.Slice(0, checksumOffset));
        return Append(AppendNumber(value, 0, sizeof(uint)), bytes.Slice(checksumOffset + sizeof(uint)));
    }

    /// <summary>What the checksums of a file's structures begin with.</summary>
    public uint SeedOf(ulong inode, uint generation) => AppendNumber(AppendNumber(_seed, (long)inode, sizeof(uint)), generation, sizeof(uint));

    /// <summary>The checksum of a block that belongs to a file.</summary>
    public static uint OfFile(uint seed, ReadOnlySpan<byte> bytes) => Append(seed, bytes);

    /// <summary>The checksum of a block of the file of orphans, which begins with its number.</summary>
    public static uint OfOrphans(uint seed, long block, ReadOnlySpan<byte> entries) => Append(AppendNumber(seed, block, sizeof(long)), entries);

    /// <summary>The superblock's checksum, which begins with nothing.</summary>
    public static uint OfSuperblock(ReadOnlySpan<byte> bytes) => Append(uint.MaxValue, bytes);

    /// <summary>Sets an inode's checksum.</summary>
    public void Seal(ulong number, Span<byte> inode)
    {
        if (!HasMetadata)
        {
            return;
        }

        uint checksum = OfInode(number, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode.Slice(LowInodeChecksum), (ushort)checksum);
        if (HasHighChecksum(inode))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(inode.Slice(HighInodeChecksum), (ushort)(checksum >> 16));
        }
    }

    /// <summary>Whether an inode is as it was written.</summary>
    public bool IsSealed(ulong number, ReadOnlySpan<byte> inode)
    {
        if (!HasMetadata)
        {
            return true;
        }

        uint checksum = OfInode(number, inode);
        return BinaryPrimitives.ReadUInt16LittleEndian(inode.Slice(LowInodeChecksum)) == (ushort)checksum
            && (!HasHighChecksum(inode) || BinaryPrimitives.ReadUInt16LittleEndian(inode.Slice(HighInodeChecksum)) == checksum >> 16);
    }

    /// <summary>A group descriptor's checksum; null where there is none.</summary>
    public ushort? OfDescriptor(long group, ReadOnlySpan<byte> descriptor)
    {
        if (HasMetadata)
        {
            uint value = Append(AppendNumber(_seed, group, sizeof(uint)), descriptor.Slice(0, DescriptorChecksum));
            return (ushort)Append(AppendNumber(value, 0, sizeof(ushort)), descriptor.Slice(DescriptorChecksum + sizeof(ushort)));
        }

        if (!_hasDescriptors)
        {
            return null;
        }

        byte[] number = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)group);
        return Append16(Append16(Append16(Append16(ushort.MaxValue, _identifier), number), descriptor.Slice(0, DescriptorChecksum)), descriptor.Slice(DescriptorChecksum + sizeof(ushort)));
    }

    private static bool HasHighChecksum(ReadOnlySpan<byte> inode)
        => inode.Length > OriginalInodeSize && BinaryPrimitives.ReadUInt16LittleEndian(inode.Slice(OriginalInodeSize)) >= HighInodeChecksum + sizeof(ushort) - OriginalInodeSize;

    private uint OfInode(ulong number, ReadOnlySpan<byte> inode)
    {
        byte[] bytes = inode.ToArray();
        uint seed = SeedOf(number, BinaryPrimitives.ReadUInt32LittleEndian(inode.Slice(0x64)));
        bytes.AsSpan(LowInodeChecksum, sizeof(ushort)).Clear();
        if (HasHighChecksum(inode))
        {
            bytes.AsSpan(HighInodeChecksum, sizeof(ushort)).Clear();
        }

        return Append(seed, bytes);
    }

    private static uint Append(uint value, ReadOnlySpan<byte> bytes) => ReflectedCrc32.Castagnoli.Append(value, bytes);

    private static uint AppendNumber(uint value, long number, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Append(value, bytes.Slice(0, size));
    }

    private static ushort Append16(ushort value, ReadOnlySpan<byte> bytes)
    {
        const int Polynomial = 0xA001;
        int crc = value;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            }
        }

        return (ushort)crc;
    }
}
