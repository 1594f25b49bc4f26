using System.Buffers.Binary;
using System.Runtime.CompilerServices;
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
    private const int NonResidentHeaderSize = 64;
    private const int InUseFlag = 1;
    private const int DirectoryFlag = 2;
    private const int StandardInformationSize = 36;
    private const long Unknown = long.MinValue;

    private readonly long _created;
    private readonly long _written;
    private readonly long _accessed;
    private readonly long _length;
    private readonly ushort _sequence;

    private FileSummary(long created, long written, long accessed, NtfsFileAttributes attributes, bool isDirectory, long? length, int sequence)
    {
        IsRead = true;
        _sequence = (ushort)sequence;
        _created = created;
        _written = written;
        _accessed = accessed;
        Attributes = attributes;
        IsDirectory = isDirectory;
        _length = length ?? Unknown;
    }

    /// <summary>Whether the record could be read; if not, nothing else is told.</summary>
    public bool IsRead { get; }

    public bool IsDirectory { get; }

    /// <summary>The length of the content in bytes; null where the record leaves that to another.</summary>
    public long? Length => _length == Unknown ? null : _length;

    public NtfsFileAttributes Attributes { get; }

    public DateTimeOffset? CreationTime => FileTime.ToDateTime(_created);

    public DateTimeOffset? LastWriteTime => FileTime.ToDateTime(_written);

    public DateTimeOffset? LastAccessTime => FileTime.ToDateTime(_accessed);

    /// <summary>Whether it is still that of a file, and the record was not used anew.</summary>
    public bool IsOf(FileReference file) => IsRead && (file.Sequence == 0 || file.Sequence == _sequence);

    /// <summary>What a folder's index says of a file, where its record can't be read.</summary>
    public static FileSummary Of(FileName name)
        => new(name.Created, name.Written, name.Accessed, name.Attributes, (name.Attributes & NtfsFileAttributes.Directory) != NtfsFileAttributes.None, name.Length, sequence: 0);

    /// <summary>Reads a record; nothing where it is damaged, or no file's own.</summary>
    /// <param name="record">Its bytes, as on the volume; the fixups are applied in place.</param>
    [MethodImpl(HotCode.Optimized)]
    public static FileSummary Read(Span<byte> record)
    {
        if (!record.StartsWith("FILE"u8) || !UpdateSequence.TryApply(record))
        {
            return default;
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(22));
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(20));
        uint used = BinaryPrimitives.ReadUInt32LittleEndian(record.Slice(24));
        bool isOfFile = (flags & InUseFlag) != 0 && FileReference.Parse(record.Slice(32)).Number == 0;
        return isOfFile && used <= record.Length && offset >= HeaderSize - 6 && offset <= used
            ? ReadAttributes(record.Slice(offset, (int)used - offset), (flags & DirectoryFlag) != 0, BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(16)))
            : default;
    }

    /// <summary>Attributes come in the order of their types; nothing where one does not fit, or the standard information is missing.</summary>
    [MethodImpl(HotCode.Optimized)]
    private static FileSummary ReadAttributes(ReadOnlySpan<byte> rest, bool isDirectory, int sequence)
    {
        ReadOnlySpan<byte> information = default;
        long? length = isDirectory ? 0 : null;
        bool hasList = false;
        while (rest.Length >= AttributeHeaderSize && BinaryPrimitives.ReadUInt32LittleEndian(rest) is uint type && type <= (uint)AttributeType.Data)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(rest.Slice(4));
            if (size < AttributeHeaderSize || size > rest.Length)
            {
                return default;
            }

            ReadOnlySpan<byte> attribute = rest.Slice(0, (int)size);
            rest = rest.Slice((int)size);
            hasList |= type == (uint)AttributeType.AttributeList;
            if (type == (uint)AttributeType.StandardInformation)
            {
                int offset = BinaryPrimitives.ReadUInt16LittleEndian(attribute.Slice(20));
                if (attribute[8] != 0 || offset > attribute.Length - StandardInformationSize)
                {
                    return default;
                }

                information = attribute.Slice(offset);
            }
            else if (type == (uint)AttributeType.Data && attribute[9] == 0 && length is null)
            {
                // The first fragment has the content's length.
                length = attribute[8] == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(attribute.Slice(16))
                    : attribute.Length >= NonResidentHeaderSize && BinaryPrimitives.ReadInt64LittleEndian(attribute.Slice(16)) == 0 ? BinaryPrimitives.ReadInt64LittleEndian(attribute.Slice(48))
                    : null;
            }
        }

        return information.IsEmpty ? default : new FileSummary(
            BinaryPrimitives.ReadInt64LittleEndian(information),
            BinaryPrimitives.ReadInt64LittleEndian(information.Slice(8)),
            BinaryPrimitives.ReadInt64LittleEndian(information.Slice(24)),
            (NtfsFileAttributes)BinaryPrimitives.ReadUInt32LittleEndian(information.Slice(32)),
            isDirectory,
            length ?? (hasList ? null : 0),
            sequence);
    }
}
