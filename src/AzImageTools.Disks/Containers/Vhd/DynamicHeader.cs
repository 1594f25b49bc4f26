using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>The Dynamic Disk Header of a VHD (VHD specification 1.0, "Dynamic Disk Header Format"). Big-endian.</summary>
internal sealed record DynamicHeader
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 1024;

    private const string Rule = "VHD specification 1.0, Dynamic Disk Header Format";
    private const uint FormatVersion = 0x00010000;
    private const uint SmallestBlock = 4096;
    private const uint LargestBlock = 256 * 1024 * 1024;
    private const int ChecksumOffset = 36;

    /// <summary>Where the block allocation table is.</summary>
    public required ulong TableOffset { get; init; }

    /// <summary>How many entries the table has.</summary>
    public required uint MaxTableEntries { get; init; }

    /// <summary>Bytes of data in a block: a power of two.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>The identifier of a differencing disk's parent; empty for others.</summary>
    public required Guid ParentUniqueId { get; init; }

    /// <summary>When a differencing disk's parent was last changed, in seconds since 2000-01-01 UTC; 0 for others.</summary>
    public required uint ParentTimeStamp { get; init; }

    /// <summary>The file name of a differencing disk's parent; empty for others. It is the file's text: never a path to open.</summary>
    public required string ParentUnicodeName { get; init; }

    /// <summary>Where a differencing disk keeps further names of its parent.</summary>
    public required IReadOnlyList<ParentLocatorEntry> ParentLocators { get; init; }

    /// <summary>Reads the header that a footer points to.</summary>
    public static DynamicHeader Read(DiskFile file, Footer footer)
    {
        if (footer.DataOffset > (ulong)Math.Max(0, file.Length - Footer.Size - Size))
        {
            throw new DiskFormatException(
                file.Path,
                file.Length - Footer.Size + 16,
                $"The dynamic disk header is said to be at byte {footer.DataOffset}, which is not within the file's {file.Length} bytes: the file is cut off or damaged.",
                "VHD specification 1.0, Hard Disk Footer Format");
        }

        long offset = (long)footer.DataOffset;
        return Parse(file.Read(offset, Size), file.Path, offset);
    }

    /// <summary>Parses the header.</summary>
    /// <param name="bytes">Its 1,024 bytes.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="offset">Where in the file it is.</param>
    public static DynamicHeader Parse(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        if (bytes.Length != Size || !bytes.StartsWith("cxsparse"u8))
        {
            throw new DiskFormatException(file, offset, "There is no dynamic disk header here.", Rule);
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(ChecksumOffset)) != VhdChecksum.Compute(bytes, ChecksumOffset))
        {
            throw new DiskFormatException(file, offset, "The dynamic disk header's checksum is wrong: the image is damaged.", Rule);
        }

        uint version = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(24));
        if (version >> 16 != 1)
        {
            throw new DiskFormatException(file, offset + 24, $"The dynamic disk header's version 0x{version:X8} is not known.", Rule);
        }

        uint blockSize = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(32));
        if (blockSize is < SmallestBlock or > LargestBlock || (blockSize & (blockSize - 1)) != 0)
        {
            throw new DiskFormatException(file, offset + 32, $"The block size of {blockSize} bytes is not possible: it must be a power of two from {SmallestBlock} to {LargestBlock}.", Rule);
        }

        return new DynamicHeader
        {
            TableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(16)),
            MaxTableEntries = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(28)),
            BlockSize = blockSize,
            ParentUniqueId = GuidBytes.ReadBigEndian(bytes.Slice(40)),
            ParentTimeStamp = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(56)),
            ParentUnicodeName = Encoding.BigEndianUnicode.GetString(bytes.Slice(64, 512).ToArray()).Split('\0')[0],
            ParentLocators = ParentLocatorEntry.ParseAll(bytes.Slice(576, ParentLocatorEntry.Count * ParentLocatorEntry.Size)),
        };
    }

    /// <summary>A dynamic disk's header as it stands in a file.</summary>
    /// <param name="tableOffset">Where the block allocation table is.</param>
    /// <param name="entries">How many entries it has.</param>
    /// <param name="blockSize">Bytes of data in a block.</param>
    public static byte[] Create(long tableOffset, uint entries, uint blockSize)
    {
        byte[] bytes = new byte[Size];
        Span<byte> span = bytes;
        "cxsparse"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt64BigEndian(span.Slice(8), Footer.NoFurtherStructure);
        BinaryPrimitives.WriteInt64BigEndian(span.Slice(16), tableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(24), FormatVersion);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(28), entries);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(32), blockSize);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(ChecksumOffset), VhdChecksum.Compute(span, ChecksumOffset));
        return bytes;
    }
}
