using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>Changes attributes within a record of the master file table, whose fixups were applied (libfsntfs documentation, "MFT entry", "MFT attribute").</summary>
internal static class RecordEditor
{
    private const int LinkCount = 18;
    private const int FlagsOffset = 22;
    private const int UsedOffset = 24;
    private const int SequenceOffset = 16;
    private const int AttributeLengthOffset = 4;
    private const int ValueLengthOffset = 16;
    private const int HighestClusterOffset = 24;
    private const int RunsOffset = 32;
    private const int AllocatedOffset = 40;
    private const int LengthOffset = 48;
    private const int InitializedOffset = 56;
    private const int Alignment = 8;

    /// <summary>Gives a resident attribute another value; false where the record has no room for it, and is as it was.</summary>
    /// <param name="record">The record.</param>
    /// <param name="attribute">The attribute, as it is in the record.</param>
    /// <param name="value">The value.</param>
    public static bool TrySetValue(byte[] record, NtfsAttribute attribute, ReadOnlySpan<byte> value)
    {
        int header = attribute.ContentInRecord - attribute.OffsetInRecord;
        if (!TryResize(record, attribute.OffsetInRecord, header + value.Length))
        {
            return false;
        }

        value.CopyTo(record.AsSpan(attribute.ContentInRecord));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(attribute.OffsetInRecord + ValueLengthOffset), value.Length);
        return true;
    }

    /// <summary>Gives an attribute with clusters of its own, all placed here, the first of them alone, and lengths.</summary>
    /// <param name="record">The record.</param>
    /// <param name="attribute">The attribute, as it is in the record.</param>
    /// <param name="runs">Where its clusters lie: not more runs than before, in the same places.</param>
    /// <param name="length">How long the content is, all of it written.</param>
    /// <param name="clusterSize">Bytes in a cluster.</param>
    public static void SetRuns(byte[] record, NtfsAttribute attribute, IReadOnlyList<FileRun> runs, long length, int clusterSize)
    {
        Span<byte> header = record.AsSpan(attribute.OffsetInRecord);
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(RunsOffset));
        byte[] encoded = RunList.Encode(runs, clusterSize);
        Span<byte> place = header.Slice(offset, attribute.RecordLength - offset);
        place.Clear();
        encoded.CopyTo(place);
        long allocated = runs.Count == 0 ? 0 : runs[runs.Count - 1].FileEnd;
        BinaryPrimitives.WriteInt64LittleEndian(header.Slice(HighestClusterOffset), (allocated / clusterSize) - 1);
        BinaryPrimitives.WriteInt64LittleEndian(header.Slice(AllocatedOffset), allocated);
        SetLength(record, attribute, length);
    }

    /// <summary>Tells how long the content of an attribute with clusters of its own is, all of it written.</summary>
    public static void SetLength(byte[] record, NtfsAttribute attribute, long length)
    {
        Span<byte> header = record.AsSpan(attribute.OffsetInRecord);
        BinaryPrimitives.WriteInt64LittleEndian(header.Slice(LengthOffset), length);
        BinaryPrimitives.WriteInt64LittleEndian(header.Slice(InitializedOffset), length);
    }

    /// <summary>Marks a record as free. Its sequence number is raised, so that who refers to the file finds that it is gone.</summary>
    public static void Free(byte[] record)
    {
        const ushort inUse = 1;
        ushort sequence = BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(SequenceOffset));
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(SequenceOffset), sequence == ushort.MaxValue ? (ushort)1 : (ushort)(sequence + 1));
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(LinkCount), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(FlagsOffset), (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(FlagsOffset)) & ~inUse));
    }

    /// <summary>Writes when a file was changed into its $STANDARD_INFORMATION.</summary>
    /// <param name="record">The file's record.</param>
    /// <param name="information">The attribute.</param>
    /// <param name="now">When, as a FILETIME.</param>
    public static void Touch(byte[] record, NtfsAttribute information, long now)
    {
        const int written = 8;
        const int recordChanged = 16;
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(information.ContentInRecord + written), now);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(information.ContentInRecord + recordChanged), now);
    }

    private static bool TryResize(byte[] record, int attribute, int length)
    {
        int old = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(attribute + AttributeLengthOffset));
        int used = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(UsedOffset));
        int changed = (length + Alignment - 1) & ~(Alignment - 1);
        if (used + changed - old > record.Length)
        {
            return false;
        }

        record.AsSpan(attribute + old, used - attribute - old).CopyTo(record.AsSpan(attribute + changed));
        if (changed < old)
        {
            record.AsSpan(used + changed - old, old - changed).Clear();
        }
        else
        {
            record.AsSpan(attribute + old, changed - old).Clear();
        }

        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(attribute + AttributeLengthOffset), changed);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(UsedOffset), used + changed - old);
        return true;
    }
}
