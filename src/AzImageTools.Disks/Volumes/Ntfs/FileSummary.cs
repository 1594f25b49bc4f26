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
    private const uint FileSignature = 0x454C_4946;
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

    /// <summary>
    /// Reads a record; nothing where it is damaged, or no file's own. Attributes come in the order of their types; nothing too where one
    /// does not fit, or the standard information is missing.
    /// </summary>
    /// <param name="record">Its bytes, as on the volume; the fixups are applied in place.</param>
    [MethodImpl(HotCode.Optimized)]
    public static FileSummary Read(Span<byte> record)
    {
        RecordHeader header = MemoryMarshal.Read<RecordHeader>(record);
        if (header.Signature != FileSignature || !UpdateSequence.TryApply(record))
        {
            return default;
        }

        // The fixups have changed no byte of the header.
        bool isDirectory = (header.Flags & DirectoryFlag) != 0;
        bool isOfFile = (header.Flags & InUseFlag) != 0 && FileReference.FromValue(header.Base).Number == 0;
        if (!isOfFile || header.Used > record.Length || header.AttributesOffset < HeaderSize - 6 || header.AttributesOffset > header.Used)
        {
            return default;
        }

        ReadOnlySpan<byte> rest = record.Slice(header.AttributesOffset, (int)header.Used - header.AttributesOffset);
        StandardInformation information = default;
        long? length = isDirectory ? 0 : null;
        bool isStandard = false;
        bool hasList = false;
        while (rest.Length >= AttributeHeaderSize && MemoryMarshal.Read<AttributeHeader>(rest) is { Type: <= (uint)AttributeType.Data } attribute)
        {
            if (attribute.Size < AttributeHeaderSize || attribute.Size > rest.Length)
            {
                return default;
            }

            if (attribute.Type == (uint)AttributeType.StandardInformation)
            {
                if (attribute.IsNonResident != 0 || attribute.ValueOffset + StandardInformationSize > attribute.Size)
                {
                    return default;
                }

                information = MemoryMarshal.Read<StandardInformation>(rest.Slice(attribute.ValueOffset));
                isStandard = true;
            }
            else if (attribute.Type == (uint)AttributeType.AttributeList)
            {
                hasList = true;
            }
            else if (attribute is { Type: (uint)AttributeType.Data, NameLength: 0 } && length is null)
            {
                length = attribute.IsNonResident == 0 ? attribute.ValueLength : ReadLength(rest.Slice(0, (int)attribute.Size));
            }

            rest = rest.Slice((int)attribute.Size);
        }

        return isStandard
            ? new FileSummary(information.Created, information.Written, information.Accessed, (NtfsFileAttributes)information.Attributes, isDirectory, length ?? (hasList ? null : 0), header.Sequence)
            : default;
    }

    /// <summary>The content's length, which its first fragment has; null of another.</summary>
    private static long? ReadLength(ReadOnlySpan<byte> fragment)
        => fragment.Length >= NonResidentHeaderSize && BinaryPrimitives.ReadInt64LittleEndian(fragment.Slice(16)) == 0 ? BinaryPrimitives.ReadInt64LittleEndian(fragment.Slice(48)) : null;

    // As on the volume: all machines that .NET runs Windows' and Linux' PowerShell on store the lowest byte first.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct RecordHeader
    {
        public readonly uint Signature;
        public readonly ushort FixupOffset;
        public readonly ushort FixupCount;
        public readonly ulong LogSequence;
        public readonly ushort Sequence;
        public readonly ushort Links;
        public readonly ushort AttributesOffset;
        public readonly ushort Flags;
        public readonly uint Used;
        public readonly uint Allocated;
        public readonly ulong Base;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct AttributeHeader
    {
        public readonly uint Type;
        public readonly uint Size;
        public readonly byte IsNonResident;
        public readonly byte NameLength;
        public readonly ushort NameOffset;
        public readonly ushort Flags;
        public readonly ushort Id;
        public readonly uint ValueLength;
        public readonly ushort ValueOffset;
        public readonly ushort ValueFlags;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct StandardInformation
    {
        public readonly long Created;
        public readonly long Written;
        public readonly long Changed;
        public readonly long Accessed;
        public readonly uint Attributes;
    }
}
