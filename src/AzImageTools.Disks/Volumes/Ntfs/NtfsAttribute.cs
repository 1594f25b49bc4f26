using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>An attribute in a file record, or a fragment of one (libfsntfs documentation, "MFT attribute").</summary>
internal sealed class NtfsAttribute
{
    private const int ResidentHeaderSize = 24;
    private const int NonResidentHeaderSize = 64;
    private const int CompressionMask = 0x00FF;
    private const int EncryptedFlag = 0x4000;
    private const int SparseFlag = 0x8000;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _contentOffset;
    private readonly int _flags;

    private NtfsAttribute(ReadOnlyMemory<byte> bytes, string name, int contentOffset)
    {
        _bytes = bytes;
        _contentOffset = contentOffset;
        Name = name;
        ReadOnlySpan<byte> header = bytes.Span;
        Type = (AttributeType)BinaryPrimitives.ReadUInt32LittleEndian(header);
        IsResident = header[8] == 0;
        _flags = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(12));
        Id = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(14));
        if (IsResident)
        {
            Value = bytes.Slice(contentOffset, BinaryPrimitives.ReadInt32LittleEndian(header.Slice(16)));
            Length = InitializedLength = Value.Length;
        }
        else
        {
            LowestCluster = BinaryPrimitives.ReadInt64LittleEndian(header.Slice(16));
            HighestCluster = BinaryPrimitives.ReadInt64LittleEndian(header.Slice(24));
            CompressionUnit = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(34));
            Length = BinaryPrimitives.ReadInt64LittleEndian(header.Slice(48));
            InitializedLength = BinaryPrimitives.ReadInt64LittleEndian(header.Slice(56));
        }
    }

    public AttributeType Type { get; }

    /// <summary>The name; empty for none.</summary>
    public string Name { get; }

    public int Id { get; }

    /// <summary>Whether the content is in the record itself.</summary>
    public bool IsResident { get; }

    /// <summary>The content of a resident attribute.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The first of the attribute's clusters that this fragment places.</summary>
    public long LowestCluster { get; }

    /// <summary>The last of the attribute's clusters that this fragment places.</summary>
    public long HighestCluster { get; }

    /// <summary>The content's bytes, as the first fragment has it.</summary>
    public long Length { get; }

    /// <summary>How many bytes of the content were ever written.</summary>
    public long InitializedLength { get; }

    public bool IsCompressed => !IsResident && CompressionMethod != 0;

    /// <summary>How the content is compressed; 0 for not at all, 1 for LZNT1.</summary>
    public int CompressionMethod => _flags & CompressionMask;

    /// <summary>The clusters of a unit of compressed content, as a power of two.</summary>
    public int CompressionUnit { get; }

    public bool IsEncrypted => (_flags & EncryptedFlag) != 0;

    public bool IsSparse => (_flags & SparseFlag) != 0;

    /// <summary>Where in its record the attribute begins, in bytes.</summary>
    public int OffsetInRecord => MemoryMarshal.TryGetArray(_bytes, out ArraySegment<byte> segment) ? segment.Offset : throw new InvalidOperationException("It lies in no record.");

    /// <summary>Where in its record a resident attribute's content begins, in bytes.</summary>
    public int ContentInRecord => OffsetInRecord + _contentOffset;

    /// <summary>The encoded list of a fragment's clusters.</summary>
    public ReadOnlySpan<byte> Runs => _bytes.Span.Slice(_contentOffset);

    /// <summary>The bytes of the record up to the end of this attribute's, for the next one.</summary>
    public int RecordLength => _bytes.Length;

    /// <summary>The attribute at the beginning of the bytes; null where none can be there.</summary>
    public static NtfsAttribute? TryParse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> header = bytes.Span;
        if (header.Length < ResidentHeaderSize)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(4));
        bool isResident = header[8] == 0;
        if (length < (isResident ? ResidentHeaderSize : NonResidentHeaderSize) || length > header.Length)
        {
            return null;
        }

        header = header.Slice(0, (int)length);
        int nameLength = header[9] * sizeof(char);
        int nameOffset = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(10));
        int contentOffset = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(isResident ? 20 : 32));
        long contentLength = isResident ? BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(16)) : 0;
        bool fits = (nameLength == 0 || nameOffset + nameLength <= length) && contentOffset + contentLength <= length;
        if (!fits)
        {
            return null;
        }

        string name = nameLength == 0 ? string.Empty : StoredText.FromUtf16(header.Slice(nameOffset, nameLength));
        return new NtfsAttribute(bytes.Slice(0, (int)length), name, contentOffset);
    }
}

/// <summary>The attributes of NTFS files that are read here (libfsntfs documentation, "The attribute types").</summary>
internal enum AttributeType : uint
{
    StandardInformation = 0x10,
    AttributeList = 0x20,
    FileName = 0x30,
    ObjectId = 0x40,
    VolumeName = 0x60,
    VolumeInformation = 0x70,
    Data = 0x80,
    IndexRoot = 0x90,
    IndexAllocation = 0xA0,
    Bitmap = 0xB0,
    ReparsePoint = 0xC0,
    End = 0xFFFF_FFFF,
}

/// <summary>Where an attribute of a file with several records is (libfsntfs documentation, "The attribute list").</summary>
internal sealed record AttributeListEntry(AttributeType Type, string Name, long LowestCluster, FileReference Record, int Id)
{
    /// <summary>The most bytes a list has: Windows makes none longer than 256 KiB.</summary>
    public const int MaximumListLength = 256 * 1024;

    private const int HeaderSize = 26;

    /// <summary>All entries of a list; null where it is damaged.</summary>
    public static List<AttributeListEntry>? TryParseAll(ReadOnlySpan<byte> list)
    {
        List<AttributeListEntry> entries = [];
        while (list.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(list.Slice(4));
            int nameLength = list[6] * sizeof(char);
            int nameOffset = list[7];
            if (length < HeaderSize || length > list.Length || (nameLength > 0 && nameOffset + nameLength > length))
            {
                return null;
            }

            entries.Add(new AttributeListEntry(
                (AttributeType)BinaryPrimitives.ReadUInt32LittleEndian(list),
                nameLength == 0 ? string.Empty : StoredText.FromUtf16(list.Slice(nameOffset, nameLength)),
                BinaryPrimitives.ReadInt64LittleEndian(list.Slice(8)),
                FileReference.Parse(list.Slice(16)),
                BinaryPrimitives.ReadUInt16LittleEndian(list.Slice(24))));
            list = list.Slice(length);
        }

        return entries;
    }
}
