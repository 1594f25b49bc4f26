using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// A file's name in a folder, with what the folder tells of the file (libfsntfs documentation, "The file name attribute").
/// Windows brings length and time up to date in the folder through which a file was last used, not in others that link it.
/// </summary>
internal sealed class FileName
{
    private const int HeaderSize = 66;
    private const int DosNamespace = 2;

    private readonly ReadOnlyMemory<byte> _bytes;

    private FileName(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    public string Name => Characters.ToString();

    public ReadOnlySpan<char> Characters => MemoryMarshal.Cast<byte, char>(_bytes.Span.Slice(HeaderSize, _bytes.Span[64] * sizeof(char)));

    public FileReference Folder => FileReference.Parse(_bytes.Span);

    /// <summary>When the file was made, as a FILETIME.</summary>
    public long Created => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span.Slice(8));

    /// <summary>When its content was last changed, as a FILETIME.</summary>
    public long Written => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span.Slice(16));

    /// <summary>When it was last read, as a FILETIME.</summary>
    public long Accessed => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span.Slice(32));

    public long Length => BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span.Slice(48));

    public NtfsFileAttributes Attributes => (NtfsFileAttributes)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span.Slice(56));

    /// <summary>The tag of the file's reparse point; null where it is none.</summary>
    public uint? ReparseTag => (Attributes & NtfsFileAttributes.ReparsePoint) != NtfsFileAttributes.None ? BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span.Slice(60)) : null;

    /// <summary>Whether it is only a short name for DOS beside a long one.</summary>
    public bool IsDosOnly => _bytes.Span[65] == DosNamespace;

    public static FileName? TryParse(ReadOnlyMemory<byte> bytes)
        => bytes.Length >= HeaderSize && bytes.Length >= HeaderSize + (bytes.Span[64] * sizeof(char)) ? new FileName(bytes) : null;
}
