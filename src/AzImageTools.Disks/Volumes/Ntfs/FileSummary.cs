using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// What a file's own record tells a listing of it (libfsntfs documentation, "MFT entry"). The index of a folder repeats that, and
/// Windows brings it up to date only for the name that a file was opened by, and only when it is closed.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileSummary
{
    private const int HeaderSize = 48;
    private const int AttributeHeaderSize = 24;
    private const int InUseFlag = 1;
    private const int DirectoryFlag = 2;
    private const int StandardInformationSize = 36;

    public bool IsDirectory { get; private init; }

    /// <summary>The length of the content in bytes; null where the record leaves that to another.</summary>
    public long? Length { get; private init; }

    public DateTimeOffset? CreationTime { get; private init; }

    public DateTimeOffset? LastWriteTime { get; private init; }

    public DateTimeOffset? LastAccessTime { get; private init; }

    public NtfsFileAttributes Attributes { get; private init; }

    /// <summary>Reads a record; null where it is damaged, or no longer the file's.</summary>
    /// <param name="record">Its bytes, as on the volume; the fixups are applied in place.</param>
    /// <param name="sequence">The sequence number that the reference to it has; 0 for any.</param>
    public static FileSummary? TryRead(Span<byte> record, int sequence)
    {
        if (!record.StartsWith("FILE"u8) || !UpdateSequence.TryApply(record))
        {
            return null;
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(22));
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(20));
        uint used = BinaryPrimitives.ReadUInt32LittleEndian(record.Slice(24));
        bool isOfFile = (flags & InUseFlag) != 0
            && FileReference.Parse(record.Slice(32)).Number == 0
            && (sequence == 0 || sequence == BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(16)));
        return isOfFile && used <= record.Length && offset >= HeaderSize - 6 && offset <= used
            ? ReadAttributes(record.Slice(offset, (int)used - offset), (flags & DirectoryFlag) != 0)
            : null;
    }

    /// <summary>Attributes come in the order of their types; null where one does not fit, or the standard information is missing.</summary>
    private static FileSummary? ReadAttributes(ReadOnlySpan<byte> rest, bool isDirectory)
    {
        FileSummary? summary = null;
        long? length = isDirectory ? 0 : null;
        bool hasList = false;
        while (rest.Length >= AttributeHeaderSize && BinaryPrimitives.ReadUInt32LittleEndian(rest) is uint type && type <= (uint)AttributeType.Data)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(rest.Slice(4));
            if (size < AttributeHeaderSize || size > rest.Length)
            {
                return null;
            }

            ReadOnlySpan<byte> attribute = rest.Slice(0, (int)size);
            rest = rest.Slice((int)size);
            hasList |= type == (uint)AttributeType.AttributeList;
            if (type == (uint)AttributeType.StandardInformation)
            {
                summary = ReadStandardInformation(attribute);
            }
            else if (type == (uint)AttributeType.Data && attribute[9] == 0 && length is null)
            {
                length = ReadLength(attribute);
            }
        }

        return summary is { } read ? read with { IsDirectory = isDirectory, Length = length ?? (hasList ? null : 0) } : null;
    }

    private static FileSummary? ReadStandardInformation(ReadOnlySpan<byte> attribute)
    {
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(attribute.Slice(20));
        if (attribute[8] != 0 || offset > attribute.Length - StandardInformationSize)
        {
            return null;
        }

        ReadOnlySpan<byte> information = attribute.Slice(offset);
        return new FileSummary
        {
            CreationTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information)),
            LastWriteTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information.Slice(8))),
            LastAccessTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information.Slice(24))),
            Attributes = (NtfsFileAttributes)BinaryPrimitives.ReadUInt32LittleEndian(information.Slice(32)),
        };
    }

    /// <summary>The content's length, which its first fragment has.</summary>
    private static long? ReadLength(ReadOnlySpan<byte> attribute)
        => attribute[8] == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(attribute.Slice(16))
            : attribute.Length >= 64 && BinaryPrimitives.ReadInt64LittleEndian(attribute.Slice(16)) == 0 ? BinaryPrimitives.ReadInt64LittleEndian(attribute.Slice(48))
            : null;
}
