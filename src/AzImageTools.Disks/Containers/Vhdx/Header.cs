using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>A Header of a VHDX ([MS-VHDX] 2.2.2). There are two; the valid one with the higher sequence number counts.</summary>
internal sealed record Header
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 4096;

    public const string Rule = "[MS-VHDX] 2.2.2";
    public const long FirstOffset = 64 * 1024;
    public const long SecondOffset = 128 * 1024;
    private const int ChecksumOffset = 4;

    /// <summary>Grows with each writing of a header.</summary>
    public required ulong SequenceNumber { get; init; }

    /// <summary>Changes whenever the disk's content does.</summary>
    public required Guid DataWriteGuid { get; init; }

    /// <summary>What the log's entries must name to be valid; empty when there is nothing to replay.</summary>
    public required Guid LogGuid { get; init; }

    /// <summary>The version of the log's format.</summary>
    public required ushort LogVersion { get; init; }

    /// <summary>The version of the file's format.</summary>
    public required ushort Version { get; init; }

    /// <summary>The log's length in bytes.</summary>
    public required uint LogLength { get; init; }

    /// <summary>Where the log is.</summary>
    public required ulong LogOffset { get; init; }

    /// <summary>Reads the header that counts.</summary>
    /// <param name="file">The VHDX.</param>
    /// <param name="isOtherDamaged">Whether the other header is not valid.</param>
    public static Header Read(DiskFile file, out bool isOtherDamaged)
    {
        Header? first = TryParse(file.Read(FirstOffset, Size));
        Header? second = TryParse(file.Read(SecondOffset, Size));
        isOtherDamaged = first is null || second is null;
        Header header = (first, second) switch
        {
            (null, null) => throw new DiskFormatException(file.Path, FirstOffset, "Neither of the VHDX's two headers is valid: the image is damaged.", Rule),
            (not null, null) => first,
            (null, not null) => second,
            _ => first.SequenceNumber >= second.SequenceNumber ? first : second,
        };

        if (header.Version != 1)
        {
            throw new DiskFormatException(file.Path, FirstOffset, $"The VHDX's version {header.Version} is not known.", Rule);
        }

        return header;
    }

    /// <summary>Parses a header; null where it is none or is damaged.</summary>
    public static Header? TryParse(ReadOnlySpan<byte> bytes)
        => bytes.StartsWith("head"u8) && BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(ChecksumOffset)) == ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset)
            ? new Header
            {
                SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(8)),
                DataWriteGuid = GuidBytes.Read(bytes.Slice(32)),
                LogGuid = GuidBytes.Read(bytes.Slice(48)),
                LogVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(64)),
                Version = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(66)),
                LogLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(68)),
                LogOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(72)),
            }
            : null;

    /// <summary>The header as it stands in a file.</summary>
    /// <param name="fileWriteGuid">Changes whenever the file is opened to be written.</param>
    public byte[] ToBytes(Guid fileWriteGuid)
    {
        byte[] bytes = new byte[Size];
        Span<byte> span = bytes;
        "head"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt64LittleEndian(span.Slice(8), SequenceNumber);
        fileWriteGuid.ToByteArray().CopyTo(span.Slice(16));
        DataWriteGuid.ToByteArray().CopyTo(span.Slice(32));
        LogGuid.ToByteArray().CopyTo(span.Slice(48));
        BinaryPrimitives.WriteUInt16LittleEndian(span.Slice(64), LogVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(span.Slice(66), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(span.Slice(68), LogLength);
        BinaryPrimitives.WriteUInt64LittleEndian(span.Slice(72), LogOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(span.Slice(ChecksumOffset), ReflectedCrc32.Castagnoli.ComputeWithout(span, ChecksumOffset));
        return bytes;
    }
}
