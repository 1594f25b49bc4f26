using System.Collections;
using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vdi;

/// <summary>The block map of a VDI (VDICore.h, "Block array"): for each block its number among those in the file.</summary>
internal sealed class VdiBlockMap : BlockMap
{
    public const string Rule = "VirtualBox VDICore.h, block array";

    /// <summary>VDI_IMAGE_BLOCK_FREE: never written.</summary>
    private const uint Free = uint.MaxValue;

    /// <summary>VDI_IMAGE_BLOCK_ZERO: written with zeros, or discarded.</summary>
    private const uint Zero = uint.MaxValue - 1;

    /// <summary>8 MiB of bits: the places of the largest disk's blocks, as VirtualBox makes them.</summary>
    private const long LargestPlaceCount = VirtualDisk.MaximumCapacity >> 20;

    private readonly DiskFile _file;
    private readonly VdiHeader _header;
    private readonly PagedTable _entries;

    public VdiBlockMap(DiskFile file, VdiHeader header)
        : base(file, header.DiskSize, header.BlockSize)
    {
        _file = file;
        _header = header;
        Extent = new DiskExtent(header.BlocksOffset, BlockCount * sizeof(uint));
        if (header.BlocksOffset < VdiHeader.Size || !Extent.LiesWithin(file.Length))
        {
            throw new DiskFormatException(
                file.Path, 0x154, $"The block map of {Extent.Length} bytes is said to be at byte {Extent.Offset}, which is not within the file's {file.Length} bytes behind the header: the file is cut off or damaged.", VdiHeader.Rule);
        }

        _entries = new PagedTable(file, Extent.Offset, Extent.Length);
    }

    /// <summary>Where the map is.</summary>
    public DiskExtent Extent { get; }

    /// <summary>Where the entry of a block is in the file.</summary>
    public long PositionOf(long block) => Extent.Offset + (block * sizeof(uint));

    /// <summary>Finds a block.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="place">Where it is in the file; empty where it is not.</param>
    /// <returns>Why it can't be where the map says; null where it can.</returns>
    public string? Locate(long block, out DiskExtent place)
    {
        uint entry = _entries.ReadUInt32LittleEndian(block);
        place = entry >= Zero ? default : new DiskExtent(_header.DataOffset + (entry * (long)_header.BlockSize), LengthOf(block));
        return entry >= Zero || (place.Offset >= VdiHeader.Size && place.LiesWithin(_file.Length))
            ? null
            : $"Block {block} is said to be at byte {place.Offset}, but its {place.Length} bytes are not within the file's {_file.Length}: the file is cut off or damaged.";
    }

    /// <summary>Refuses a map that puts two blocks on one place; a file with more places than VirtualBox's block size allows is not looked through.</summary>
    /// <exception cref="DiskFormatException">Two blocks overlap.</exception>
    public void RefuseOverlaps()
    {
        long places = ((_file.Length - _header.DataOffset) / _header.BlockSize) + 1;
        if (places is <= 0 or > LargestPlaceCount)
        {
            return;
        }

        BitArray taken = new((int)places);
        for (long block = 0; block < BlockCount; block += 1 + CountAlike(block + 1, RangeKind.Absent))
        {
            uint place = _entries.ReadUInt32LittleEndian(block);
            if (place < places && taken[(int)place])
            {
                throw new DiskFormatException(
                    _file.Path, PositionOf(block), $"Block {block} and another one before it are said to be in the same place: they overlap, so the block map is damaged.", Rule);
            }

            if (place < places)
            {
                taken[(int)place] = true;
            }
        }
    }

    private protected override MappedRange FindBlock(long block, out long bitmapOffset)
    {
        bitmapOffset = 0;
        if (Locate(block, out DiskExtent place) is { } problem)
        {
            throw new DiskFormatException(_file.Path, PositionOf(block), problem, Rule);
        }

        return place.Length == 0
            ? new MappedRange(RangeKind.Absent, LengthOf(block))
            : new MappedRange(RangeKind.Stored, place.Length, place.Offset);
    }

    // The map is little-endian: on a machine that is not, the second value says nothing.
    private protected override long CountAlike(long block, RangeKind kind)
        => _entries.CountEither(block, Free, BitConverter.IsLittleEndian ? Zero : Free);
}
