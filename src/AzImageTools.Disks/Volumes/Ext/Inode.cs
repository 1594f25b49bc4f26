using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A file's or folder's own record (ext4, "Index Nodes").</summary>
internal sealed class Inode : IInode
{
    public const int MapOffset = 0x28;
    public const int MapSize = 60;

    private const int OriginalSize = 128;
    private const int TypeMask = 0xF000;
    private const uint CompressedFlag = 0x4;
    private const uint EncryptedFlag = 0x800;
    private const uint ExtentsFlag = 0x8_0000;
    private const uint InlineFlag = 0x1000_0000;
    private const uint CaseFoldedFlag = 0x4000_0000;

    private readonly byte[] _bytes;
    private readonly int _type;
    private readonly uint _flags;

    public Inode(uint number, byte[] bytes)
    {
        Number = number;
        _bytes = bytes;
        Mode = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        _type = Mode & TypeMask;
        _flags = UInt32(0x20);
        Length = (long)(UInt32(0x4) | ((ulong)UInt32(0x6C) << 32));
    }

    public ulong Number { get; }

    /// <summary>Type and permissions (i_mode).</summary>
    public int Mode { get; }

    public bool IsDirectory => _type == 0x4000;

    public bool IsFile => _type == 0x8000;

    public bool IsLink => _type == 0xA000;

    public bool IsCompressed => (_flags & CompressedFlag) != 0;

    public bool IsEncrypted => (_flags & EncryptedFlag) != 0;

    public bool HasExtents => (_flags & ExtentsFlag) != 0;

    public bool IsInline => (_flags & InlineFlag) != 0;

    public bool IsCaseFolded => (_flags & CaseFoldedFlag) != 0;

    /// <summary>The content's length in bytes, as stored: possibly negative.</summary>
    public long Length { get; }

    /// <summary>The 60 bytes that map the content's blocks, or hold the content.</summary>
    public ReadOnlyMemory<byte> Map => _bytes.AsMemory(MapOffset, MapSize);

    /// <summary>When the content was last changed ("Inode Timestamps").</summary>
    public DateTimeOffset LastWriteTime => ToTime(0x10, 0x88);

    public DateTimeOffset LastAccessTime => ToTime(0x8, 0x8C);

    /// <summary>When the file was made; null where the record has no room for that.</summary>
    public DateTimeOffset? CreationTime => ExtraSize >= 0x94 - OriginalSize ? ToTime(0x90, 0x94) : null;

    /// <summary>What the record holds behind its fields: extended attributes.</summary>
    public ReadOnlyMemory<byte> Attributes => ExtraSize > 0 ? _bytes.AsMemory(OriginalSize + ExtraSize) : ReadOnlyMemory<byte>.Empty;

    /// <summary>The block with further extended attributes; 0 where there is none (i_file_acl_lo, l_i_file_acl_high).</summary>
    public long AttributeBlock => UInt32(0x68) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(0x76)) << 32);

    private int ExtraSize
    {
        get
        {
            int size = _bytes.Length > OriginalSize ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(OriginalSize)) : 0;
            return size <= _bytes.Length - OriginalSize ? size : 0;
        }
    }

    /// <summary>A time: its seconds, and further bits of those with the nanoseconds where the record has room for them.</summary>
    private DateTimeOffset ToTime(int secondsOffset, int extraOffset)
    {
        uint extra = ExtraSize >= extraOffset + sizeof(uint) - OriginalSize ? UInt32(extraOffset) : 0;
        long seconds = (int)UInt32(secondsOffset) + ((long)(extra & 3) << 32);
        const int NanosecondsPerTick = 100;
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks((extra >> 2) / NanosecondsPerTick);
    }

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));
}
