using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// How a kind of metadata block of version 5 describes itself (XFS Algorithms &amp; Data Structures, "Self-Describing
/// Metadata"): the positions of its checksum, its own place, its volume's identifier and its owner.
/// </summary>
internal sealed record BlockHeader(string What, int Checksum, int Place, int Uuid, int Owner)
{
    public static readonly BlockHeader ExtentTree = new("a block of a file's extent tree", 64, 24, 40, 56);
    public static readonly BlockHeader FreeSpaceTree = new("a block of a free space tree", 52, 16, 32, 48);
    public static readonly BlockHeader FolderData = new("a block of a folder", 4, 8, 24, 40);
    public static readonly BlockHeader FolderIndex = new("a block of a folder's index", 12, 16, 32, 48);
    public static readonly BlockHeader SymbolicLink = new("a symbolic link", 12, 40, 16, 32);

    private const int PlaceUnit = 512;

    /// <summary>Throws where a block is damaged, or is another one than it should be. Blocks of version 4 do not tell.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="block">The block.</param>
    /// <param name="offset">Where it lies on the volume, in bytes.</param>
    /// <param name="owner">The inode or allocation group that it belongs to.</param>
    public void Verify(XfsVolume volume, ReadOnlySpan<byte> block, long offset, ulong owner)
    {
        if (!volume.Superblock.HasChecksums)
        {
            return;
        }

        // A group's number is of 32 bits, and the checksum follows.
        ulong storedOwner = this == FreeSpaceTree ? BinaryPrimitives.ReadUInt32BigEndian(block.Slice(Owner)) : BinaryPrimitives.ReadUInt64BigEndian(block.Slice(Owner));
        string? problem = ReflectedCrc32.Castagnoli.ComputeWithout(block, Checksum) != BinaryPrimitives.ReadUInt32LittleEndian(block.Slice(Checksum)) ? "its checksum is wrong"
            : BinaryPrimitives.ReadUInt64BigEndian(block.Slice(Place)) != (ulong)(offset / PlaceUnit) ? "it is that of another place"
            : storedOwner != owner ? $"it belongs to {storedOwner} instead of {owner}"
            : !block.Slice(Uuid).StartsWith(volume.Superblock.Uuid) ? "it belongs to another volume"
            : null;
        if (problem is not null)
        {
            throw new DiskFormatException(volume.Source.Name, offset, $"There should be {What}, but {problem}.", "XFS Algorithms & Data Structures, Self-Describing Metadata");
        }
    }

    /// <summary>Sets the checksum of a block that was changed; blocks of version 4 have none.</summary>
    public void Seal(XfsVolume volume, Span<byte> block)
    {
        if (volume.Superblock.HasChecksums)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.Slice(Checksum), ReflectedCrc32.Castagnoli.ComputeWithout(block, Checksum));
        }
    }
}
