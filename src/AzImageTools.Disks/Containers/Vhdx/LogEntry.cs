using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>An entry of a VHDX's log ([MS-VHDX] 2.3.1): descriptors of changes, then the data sectors that they need.</summary>
internal sealed record LogEntry
{
    /// <summary>What entries, descriptors' targets and data sectors are aligned to, in bytes.</summary>
    public const int SectorSize = 4096;

    private const int HeaderSize = 64;
    private const int DescriptorSize = 32;
    private const int ChecksumOffset = 4;

    // More than twice the largest disk: no structure of a VHDX is behind it.
    private const ulong LargestFile = 256UL << 40;

    /// <summary>The entry's first byte within the log.</summary>
    public required int Start { get; init; }

    /// <summary>The entry's length in bytes.</summary>
    public required int Length { get; init; }

    /// <summary>Where in the log the sequence begins that this entry ends.</summary>
    public required int Tail { get; init; }

    /// <summary>One more than the entry's before it.</summary>
    public required ulong SequenceNumber { get; init; }

    /// <summary>How many descriptors it has.</summary>
    public required int DescriptorCount { get; init; }

    /// <summary>How long the file was at least, for sure, when the entry was written.</summary>
    public required long FlushedFileOffset { get; init; }

    /// <summary>How long the file must be to hold all of its structures.</summary>
    public required long LastFileOffset { get; init; }

    private int DescriptorSectors => CountDescriptorSectors(DescriptorCount);

    /// <summary>Reads an entry's length from its header; 0 where no entry of this log begins there.</summary>
    /// <param name="header">The entry's first sector.</param>
    /// <param name="logLength">The log's length in bytes.</param>
    /// <param name="logGuid">The log's identifier.</param>
    public static int ReadLength(ReadOnlySpan<byte> header, int logLength, Guid logGuid)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(8));
        return header.StartsWith("loge"u8) && GuidBytes.Read(header.Slice(32)) == logGuid && length % SectorSize == 0 && length > 0 && length <= (uint)logLength
            ? (int)length
            : 0;
    }

    /// <summary>Parses an entry with all checks of [MS-VHDX] 2.3.1; null where it is not valid, as one that was not written whole.</summary>
    /// <param name="bytes">The entry, as long as <see cref="ReadLength"/> says.</param>
    /// <param name="start">Where in the log it is.</param>
    /// <param name="logLength">The log's length in bytes.</param>
    public static LogEntry? TryParse(ReadOnlySpan<byte> bytes, int start, int logLength)
    {
        uint tail = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(12));
        ulong sequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(16));
        uint descriptorCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(24));
        ulong flushed = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(48));
        ulong last = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(56));
        if (tail % SectorSize != 0
            || tail >= (uint)logLength
            || sequenceNumber == 0
            || descriptorCount > (bytes.Length - HeaderSize) / DescriptorSize
            || flushed > LargestFile
            || last > LargestFile
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(ChecksumOffset)) != ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset))
        {
            return null;
        }

        LogEntry entry = new()
        {
            Start = start,
            Length = bytes.Length,
            Tail = (int)tail,
            SequenceNumber = sequenceNumber,
            DescriptorCount = (int)descriptorCount,
            FlushedFileOffset = (long)flushed,
            LastFileOffset = (long)last,
        };
        return entry.AreDescriptorsValid(bytes) ? entry : null;
    }

    /// <summary>Makes the entry's changes.</summary>
    /// <param name="bytes">The entry.</param>
    /// <param name="overlay">What to change.</param>
    /// <param name="positionOf">Where in the file a byte of the entry is.</param>
    public void Replay(ReadOnlySpan<byte> bytes, LogOverlay overlay, Func<int, long> positionOf)
    {
        int dataSector = DescriptorSectors;
        for (int i = 0; i < DescriptorCount; i++)
        {
            ReadOnlySpan<byte> descriptor = DescriptorAt(bytes, i);
            long offset = BinaryPrimitives.ReadInt64LittleEndian(descriptor.Slice(16));
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Slice(8));
            if (IsData(descriptor))
            {
                overlay.Replace(offset, positionOf(dataSector * SectorSize), value, BinaryPrimitives.ReadUInt32LittleEndian(descriptor.Slice(4)));
                dataSector++;
            }
            else
            {
                overlay.Zero(offset, (long)value);
            }
        }
    }

    private static int CountDescriptorSectors(int descriptors) => (HeaderSize + (descriptors * DescriptorSize) + SectorSize - 1) / SectorSize;

    private static ReadOnlySpan<byte> DescriptorAt(ReadOnlySpan<byte> bytes, int index) => bytes.Slice(HeaderSize + (index * DescriptorSize), DescriptorSize);

    private static bool IsData(ReadOnlySpan<byte> descriptor) => descriptor.StartsWith("desc"u8);

    /// <summary>Whether all descriptors (2.3.1.2, 2.3.1.3) and data sectors (2.3.1.4) are the entry's.</summary>
    private bool AreDescriptorsValid(ReadOnlySpan<byte> bytes)
    {
        int dataSector = DescriptorSectors;
        int sectors = Length / SectorSize;
        for (int i = 0; i < DescriptorCount; i++)
        {
            ReadOnlySpan<byte> descriptor = DescriptorAt(bytes, i);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Slice(16));
            if (offset % SectorSize != 0 || offset > LargestFile || BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Slice(24)) != SequenceNumber)
            {
                return false;
            }

            if (IsData(descriptor))
            {
                if (dataSector >= sectors || !IsDataSectorValid(bytes.Slice(dataSector * SectorSize, SectorSize)))
                {
                    return false;
                }

                dataSector++;
            }
            else
            {
                ulong length = BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Slice(8));
                if (!descriptor.StartsWith("zero"u8) || length % SectorSize != 0 || length > LargestFile)
                {
                    return false;
                }
            }
        }

        return dataSector == sectors;
    }

    private bool IsDataSectorValid(ReadOnlySpan<byte> sector)
        => sector.StartsWith("data"u8)
            && BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(4)) == (uint)(SequenceNumber >> 32)
            && BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(SectorSize - 4)) == (uint)SequenceNumber;
}
