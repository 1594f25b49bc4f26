using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The Region Table of a VHDX ([MS-VHDX] 2.2.3): where the block allocation table and the metadata are. There are two copies.</summary>
internal sealed record RegionTable
{
    public const string Rule = "[MS-VHDX] 2.2.3";
    public const long FirstOffset = 192 * 1024;
    public const long SecondOffset = 256 * 1024;
    public const int Size = 64 * 1024;
    private const int HeaderSize = 16;
    private const int EntrySize = 32;
    private const int LargestEntryCount = 2047;
    private const int ChecksumOffset = 4;
    private const long Alignment = 1024 * 1024;

    private static readonly Guid BlockAllocationTableId = new("2DC27766-F623-4200-9D64-115E9BFD4A08");
    private static readonly Guid MetadataId = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");

    /// <summary>Where the block allocation table is.</summary>
    public required DiskExtent BlockAllocationTable { get; init; }

    /// <summary>Where the metadata is.</summary>
    public required DiskExtent Metadata { get; init; }

    /// <summary>Reads the first valid copy.</summary>
    /// <param name="file">The VHDX.</param>
    /// <param name="isOtherDamaged">Whether one of the two copies is not valid.</param>
    public static RegionTable Read(DiskFile file, out bool isOtherDamaged)
    {
        byte[] first = file.Read(FirstOffset, Size);
        byte[] second = file.Read(SecondOffset, Size);
        bool isFirstValid = IsValid(first);
        bool isSecondValid = IsValid(second);
        isOtherDamaged = !isFirstValid || !isSecondValid;
        if (!isFirstValid && !isSecondValid)
        {
            throw new DiskFormatException(file.Path, FirstOffset, "Neither of the VHDX's two region tables is valid: the image is damaged.", Rule);
        }

        return isFirstValid ? Parse(first, file, FirstOffset) : Parse(second, file, SecondOffset);
    }

    /// <summary>Whether bytes are a region table that is not damaged.</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes)
        => bytes.StartsWith("regi"u8) && BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(ChecksumOffset)) == ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset);

    /// <summary>The table as it stands in a file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Span<byte> span = bytes;
        "regi"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span.Slice(8), 2);
        Write(span.Slice(HeaderSize), BlockAllocationTableId, BlockAllocationTable);
        Write(span.Slice(HeaderSize + EntrySize), MetadataId, Metadata);
        BinaryPrimitives.WriteUInt32LittleEndian(span.Slice(ChecksumOffset), ReflectedCrc32.Castagnoli.ComputeWithout(span, ChecksumOffset));
        return bytes;
    }

    private static void Write(Span<byte> entry, Guid id, DiskExtent region)
    {
        id.ToByteArray().CopyTo(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry.Slice(16), region.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(24), (uint)region.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(28), 1);
    }

    private static RegionTable Parse(ReadOnlySpan<byte> bytes, DiskFile file, long offset)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(8));
        if (count > LargestEntryCount)
        {
            throw new DiskFormatException(file.Path, offset + 8, $"The region table states {count} entries; it holds at most {LargestEntryCount}.", Rule);
        }

        DiskExtent? table = null;
        DiskExtent? metadata = null;
        for (int i = 0; i < count; i++)
        {
            int start = HeaderSize + (i * EntrySize);
            ReadOnlySpan<byte> entry = bytes.Slice(start, EntrySize);
            Guid id = GuidBytes.Read(entry);
            bool isRequired = (BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(28)) & 1) != 0;
            if (id == BlockAllocationTableId && table is null)
            {
                table = ParseExtent(entry, file, offset + start);
            }
            else if (id == MetadataId && metadata is null)
            {
                metadata = ParseExtent(entry, file, offset + start);
            }
            else if (id == BlockAllocationTableId || id == MetadataId)
            {
                throw new DiskFormatException(file.Path, offset + start, $"The region {id} is listed twice.", Rule);
            }
            else if (isRequired)
            {
                throw new DiskFormatException(file.Path, offset + start, $"The VHDX has a region {id} that must be understood to read it, and is not known.", Rule);
            }
        }

        if (table is not { } tableExtent || metadata is not { } metadataExtent)
        {
            throw new DiskFormatException(file.Path, offset, "The region table lacks the block allocation table or the metadata.", Rule);
        }

        if (tableExtent.Offset < metadataExtent.End && metadataExtent.Offset < tableExtent.End)
        {
            throw new DiskFormatException(file.Path, offset, "The block allocation table and the metadata overlap.", Rule);
        }

        return new RegionTable { BlockAllocationTable = tableExtent, Metadata = metadataExtent };
    }

    private static DiskExtent ParseExtent(ReadOnlySpan<byte> entry, DiskFile file, long entryOffset)
    {
        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(16));
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(24));
        if (start < (ulong)Alignment || start % (ulong)Alignment != 0 || length == 0 || start > (ulong)file.Length || length > file.Length - (long)start)
        {
            throw new DiskFormatException(
                file.Path,
                entryOffset,
                $"A region of {length} bytes from byte {start} on is not within the file's {file.Length} bytes, or does not begin on a MiB: the file is cut off or damaged.",
                Rule);
        }

        return new DiskExtent((long)start, length);
    }
}
