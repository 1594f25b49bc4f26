using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>What a VHDX's metadata items say of the disk ([MS-VHDX] 2.6.2).</summary>
internal sealed record VhdxMetadata
{
    private const string Rule = "[MS-VHDX] 2.6.2";
    private const uint SmallestBlock = 1024 * 1024;
    private const uint LargestBlock = 256 * 1024 * 1024;

    private static readonly Guid FileParameters = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
    private static readonly Guid VirtualDiskSize = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static readonly Guid VirtualDiskId = new("BECA12AB-B2E6-4523-93EF-C309E000C746");
    private static readonly Guid LogicalSectorSizeId = new("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
    private static readonly Guid PhysicalSectorSize = new("CDA348C7-445D-4471-9CC9-E9885251C556");
    private static readonly Guid ParentLocatorId = new("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

    /// <summary>Bytes in a block.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>Whether blocks stay allocated: a fixed disk.</summary>
    public required bool LeavesBlocksAllocated { get; init; }

    /// <summary>Whether it is a differencing disk.</summary>
    public required bool HasParent { get; init; }

    /// <summary>The disk's capacity in bytes.</summary>
    public required long Capacity { get; init; }

    /// <summary>Bytes in a logical sector: 512 or 4096.</summary>
    public required int LogicalSectorSize { get; init; }

    public static bool IsKnown(Guid item)
        => item == FileParameters || item == VirtualDiskSize || item == VirtualDiskId || item == LogicalSectorSizeId || item == PhysicalSectorSize || item == ParentLocatorId;

    public static VhdxMetadata Read(DiskFile file, DiskExtent region)
    {
        MetadataTable table = new(file, region);
        ReadOnlySpan<byte> parameters = table.Read(FileParameters, "File Parameters", 8);
        uint blockSize = BinaryPrimitives.ReadUInt32LittleEndian(parameters);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(parameters.Slice(4));
        ulong capacity = BinaryPrimitives.ReadUInt64LittleEndian(table.Read(VirtualDiskSize, "Virtual Disk Size", 8));
        uint sectorSize = BinaryPrimitives.ReadUInt32LittleEndian(table.Read(LogicalSectorSizeId, "Logical Sector Size", 4));

        if (blockSize is < SmallestBlock or > LargestBlock || (blockSize & (blockSize - 1)) != 0)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The block size of {blockSize} bytes is not possible: it must be a power of two from 1 MiB to 256 MiB.", Rule);
        }

        if (sectorSize is not (512 or 4096))
        {
            throw new DiskFormatException(file.Path, region.Offset, $"Logical sectors of {sectorSize} bytes are not possible: they have 512 or 4096.", Rule);
        }

        if (capacity is 0 or > VirtualDisk.MaximumCapacity || capacity % sectorSize != 0)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The VHDX states a capacity of {capacity} bytes: it must be a multiple of the logical sector's {sectorSize} and at most {VirtualDisk.MaximumCapacity}.", Rule);
        }

        return new VhdxMetadata
        {
            BlockSize = blockSize,
            LeavesBlocksAllocated = (flags & 1) != 0,
            HasParent = (flags & 2) != 0,
            Capacity = (long)capacity,
            LogicalSectorSize = (int)sectorSize,
        };
    }

    /// <summary>The metadata region of a disk without a parent as it stands in a file, table and items.</summary>
    /// <param name="metadata">What the items say.</param>
    /// <param name="id">The virtual disk's identifier.</param>
    public static byte[] CreateRegion(VhdxMetadata metadata, Guid id)
    {
        // [MS-VHDX] 2.6.2.5 allows 512 and 4096; Azure's disks have the latter beneath.
        const uint PhysicalSectors = 4096;
        byte[] parameters = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(parameters, metadata.BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(4), metadata.LeavesBlocksAllocated ? 1u : 0);
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, metadata.Capacity);
        byte[] logical = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(logical, metadata.LogicalSectorSize);
        byte[] physical = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(physical, PhysicalSectors);
        return MetadataTable.Create(
        [
            (FileParameters, parameters, false),
            (VirtualDiskSize, size, true),
            (VirtualDiskId, id.ToByteArray(), true),
            (LogicalSectorSizeId, logical, true),
            (PhysicalSectorSize, physical, true),
        ]);
    }

    /// <summary>What a differencing disk says of its parent; null for others.</summary>
    public static ParentReference? ReadParent(DiskFile file, DiskExtent region)
        => Read(file, region).HasParent
            ? ParentLocator.Read(file, new MetadataTable(file, region).Find(ParentLocatorId, "Parent Locator"))
            : null;
}
