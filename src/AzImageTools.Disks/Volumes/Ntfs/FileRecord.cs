using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A record of the master file table (libfsntfs documentation, "MFT entry").</summary>
internal sealed class FileRecord
{
    private const int HeaderSize = 48;
    private const int InUseFlag = 1;
    private const int DirectoryFlag = 2;

    private FileRecord(long number, IReadOnlyList<NtfsAttribute> attributes, ReadOnlySpan<byte> header)
    {
        Number = number;
        Attributes = attributes;
        Sequence = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(16));
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(22));
        IsInUse = (flags & InUseFlag) != 0;
        IsDirectory = (flags & DirectoryFlag) != 0;
        Base = FileReference.Parse(header.Slice(32));
    }

    public long Number { get; }

    public int Sequence { get; }

    public bool IsInUse { get; }

    public bool IsDirectory { get; }

    /// <summary>The file whose further attributes the record holds; number 0 where it is a file's own record.</summary>
    public FileReference Base { get; }

    public IReadOnlyList<NtfsAttribute> Attributes { get; }

    /// <summary>Reads a record.</summary>
    /// <param name="record">Its bytes, as on the volume; the fixups are applied in place.</param>
    /// <param name="number">Its number.</param>
    /// <param name="volume">The volume.</param>
    public static FileRecord Parse(byte[] record, long number, NtfsVolume volume)
        => record.AsSpan().StartsWith("FILE"u8) && UpdateSequence.TryApply(record)
            ? ParseUsed(record, number, volume)
            : throw Damaged(volume, number, "it has no signature 'FILE', or was written only in part");

    /// <summary>What is used of a record that was found to be sound.</summary>
    public static ReadOnlySpan<byte> Used(ReadOnlySpan<byte> record) => record.Slice(0, Math.Max(HeaderSize, BinaryPrimitives.ReadInt32LittleEndian(record.Slice(24))));

    /// <summary>Reads a record whose fixups were applied.</summary>
    /// <param name="record">Its bytes, as far as they are used.</param>
    /// <param name="number">Its number.</param>
    /// <param name="volume">The volume.</param>
    public static FileRecord ParseUsed(byte[] record, long number, NtfsVolume volume)
    {
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(20));
        uint used = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(24));
        if (used > record.Length || offset < HeaderSize - 6 || offset > used)
        {
            throw Damaged(volume, number, $"{used} of its {record.Length} bytes are said to be used, with attributes from byte {offset} on", 24);
        }

        List<NtfsAttribute> attributes = [];
        ReadOnlyMemory<byte> rest = record.AsMemory(offset, (int)used - offset);
        while (rest.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) != (uint)AttributeType.End)
        {
            NtfsAttribute attribute = NtfsAttribute.TryParse(rest)
                ?? throw Damaged(volume, number, $"the attribute at byte {used - rest.Length} does not fit into it", used - rest.Length);
            attributes.Add(attribute);
            rest = rest.Slice(attribute.RecordLength);
        }

        return new FileRecord(number, attributes, record);
    }

    private static DiskFormatException Damaged(NtfsVolume volume, long number, string problem, long within = 0)
        => volume.Damaged(number, $"Record {number} of the master file table is damaged: {problem}.", within: within);
}

/// <summary>A file by the number of its record, with the sequence number that tells whether the record was used anew.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileReference(long Number, int Sequence)
{
    private const int NumberBits = 48;

    /// <summary>The reference as volumes store it.</summary>
    public ulong Value => (ulong)Number | ((ulong)Sequence << NumberBits);

    public static FileReference Parse(ReadOnlySpan<byte> bytes) => FromValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    public static FileReference FromValue(ulong value) => new((long)(value & ((1UL << NumberBits) - 1)), (int)(value >> NumberBits));
}
