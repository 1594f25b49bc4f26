using System.Buffers.Binary;

namespace AzImageTools.TestKit;

/// <summary>Writes the log of a VHDX by [MS-VHDX] 2.3.1: entries with zero and data descriptors, going on at the log's beginning when it ends.</summary>
public sealed class VhdxLogBuilder
{
    private const int SectorSize = 4096;

    public static readonly Guid Id = new("77777777-1234-5678-9ABC-DEF012345678");

    /// <summary>The log.</summary>
    public byte[] Content { get; } = new byte[VhdxBuilder.LogLength];

    /// <summary>Where the next entry begins.</summary>
    public int Head { get; set; }

    /// <summary>How long the file must be for its structures; as long as it is where this is null.</summary>
    public long? LastFileOffset { get; init; }

    /// <summary>Adds an entry.</summary>
    /// <param name="sequenceNumber">Its number.</param>
    /// <param name="tail">Where the sequence begins that it ends.</param>
    /// <param name="fileLength">The file's length.</param>
    /// <param name="changes">File offset and new content of 4 KiB, or no content and a length to zero.</param>
    public VhdxLogBuilder Entry(ulong sequenceNumber, int tail, long fileLength, params (long Offset, byte[]? Data, long ZeroLength)[] changes)
    {
        byte[][] data = [.. changes.Where(change => change.Data is not null).Select(change => change.Data!)];
        int descriptorSectors = (64 + (changes.Length * 32) + SectorSize - 1) / SectorSize;
        byte[] bytes = new byte[(descriptorSectors + data.Length) * SectorSize];
        Span<byte> entry = bytes;
        "loge"u8.CopyTo(entry);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[12..], tail);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], sequenceNumber);
        BinaryPrimitives.WriteInt32LittleEndian(entry[24..], changes.Length);
        Id.TryWriteBytes(entry[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(entry[48..], fileLength);
        BinaryPrimitives.WriteInt64LittleEndian(entry[56..], LastFileOffset ?? fileLength);
        int sector = descriptorSectors;
        for (int i = 0; i < changes.Length; i++)
        {
            (long offset, byte[]? content, long zeroLength) = changes[i];
            Span<byte> descriptor = entry.Slice(64 + (i * 32), 32);
            BinaryPrimitives.WriteInt64LittleEndian(descriptor[16..], offset);
            BinaryPrimitives.WriteUInt64LittleEndian(descriptor[24..], sequenceNumber);
            if (content is null)
            {
                "zero"u8.CopyTo(descriptor);
                BinaryPrimitives.WriteInt64LittleEndian(descriptor[8..], zeroLength);
                continue;
            }

            "desc"u8.CopyTo(descriptor);
            content.AsSpan(^4..).CopyTo(descriptor[4..]);
            content.AsSpan(0, 8).CopyTo(descriptor[8..]);
            Span<byte> target = entry.Slice(sector * SectorSize, SectorSize);
            content.CopyTo(target);
            "data"u8.CopyTo(target);
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)(sequenceNumber >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(target[^4..], (uint)sequenceNumber);
            sector++;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], StructureChecksum.Crc32COf(entry, 4));
        foreach (byte b in bytes)
        {
            Content[Head] = b;
            Head = (Head + 1) % Content.Length;
        }

        return this;
    }
}
