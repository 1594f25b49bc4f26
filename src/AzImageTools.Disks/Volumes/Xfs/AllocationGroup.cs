using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>What an allocation group tells of its free space ("AG Free Space Block").</summary>
internal sealed class AllocationGroup
{
    private const int Size = 224;
    private const int ChecksumOffset = 216;
    private const int UuidOffset = 64;

    private AllocationGroup(long number, ReadOnlySpan<byte> bytes)
    {
        Number = number;
        BlockCount = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(12));
        Root = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(16));
        Levels = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(28));
        FreeBlockCount = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(52));
    }

    public long Number { get; }

    public long BlockCount { get; }

    /// <summary>The root of the tree of free space by block, within the group.</summary>
    public uint Root { get; }

    public uint Levels { get; }

    public long FreeBlockCount { get; }

    public static AllocationGroup Read(XfsVolume volume, long number)
    {
        Superblock superblock = volume.Superblock;
        long offset = (number * superblock.GroupBlockCount * superblock.BlockSize) + superblock.SectorSize;
        byte[] bytes = new byte[superblock.SectorSize];
        volume.Metadata.Read(offset, bytes);
        AllocationGroup group = new(number, bytes.AsSpan(0, Size));
        string? problem = !bytes.AsSpan().StartsWith("XAGF"u8) ? "there is no header"
            : superblock.HasChecksums && ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumOffset)) ? "its checksum is wrong"
            : superblock.HasChecksums && !bytes.AsSpan(UuidOffset).StartsWith(superblock.Uuid) ? "it belongs to another volume"
            : BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8)) != number || group.BlockCount != superblock.BlocksOf(number) ? "it is that of another group"
            : group.FreeBlockCount > group.BlockCount ? $"of its {group.BlockCount} blocks {group.FreeBlockCount} are said to be free"
            : null;
        return problem is null
            ? group
            : throw new DiskFormatException(volume.Source.Name, offset, $"Allocation group {number}: {problem}.", "XFS Algorithms & Data Structures, AG Free Space Block");
    }
}
