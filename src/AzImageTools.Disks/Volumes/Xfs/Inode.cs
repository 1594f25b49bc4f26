using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>A file's or folder's own record (XFS Algorithms &amp; Data Structures, "On-disk Inode").</summary>
internal sealed class Inode : IInode
{
    private const ushort Magic = 0x494E;
    private const int CoreSize = 100;
    private const int CoreSizeOfVersion3 = 176;
    private const int ChecksumOffset = 100;
    private const int NumberOffset = 152;
    private const int UuidOffset = 160;
    private const int TypeMask = 0xF000;
    private const int RealtimeFlag = 0x1;
    private const ulong BigTimeFlag = 0x8;
    private const ulong LargeExtentCountersFlag = 0x10;
    private const string Rule = "XFS Algorithms & Data Structures, On-disk Inode";

    private readonly byte[] _bytes;
    private readonly int _type;
    private readonly bool _isVersion3;
    private readonly ulong _flags2;

    private Inode(ulong number, byte[] bytes)
    {
        Number = number;
        _bytes = bytes;
        Mode = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2));
        _type = Mode & TypeMask;
        _isVersion3 = bytes[4] >= 3;
        _flags2 = _isVersion3 ? UInt64(120) : 0;
        int core = _isVersion3 ? CoreSizeOfVersion3 : CoreSize;
        int attributes = bytes[82] * 8;
        ForkStart = core;
        ForkLength = attributes == 0 ? bytes.Length - core : attributes;
    }

    public ulong Number { get; }

    public int Mode { get; }

    public bool IsDirectory => _type == 0x4000;

    public bool IsFile => _type == 0x8000;

    public bool IsLink => _type == 0xA000;

    /// <summary>Always false: XFS does not encrypt.</summary>
    public bool IsEncrypted => false;

    /// <summary>Whether the content lies on a device of its own.</summary>
    public bool IsRealtime => IsFile && (BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(90)) & RealtimeFlag) != 0;

    public InodeFormat Format => (InodeFormat)_bytes[5];

    public long Length => (long)UInt64(56);

    public DateTimeOffset LastAccessTime => ToTime(32);

    public DateTimeOffset LastWriteTime => ToTime(40);

    public DateTimeOffset? CreationTime => _isVersion3 ? ToTime(144) : null;

    /// <summary>How many extents the content has.</summary>
    public ulong ExtentCount => (_flags2 & LargeExtentCountersFlag) != 0 ? UInt64(24) : BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(76));

    /// <summary>What the record has for the content: the content itself, its extents, or the root of their tree.</summary>
    public ReadOnlyMemory<byte> Fork => _bytes.AsMemory(ForkStart, ForkLength);

    /// <summary>What the record has for extended attributes; empty where it has none.</summary>
    public ReadOnlyMemory<byte> AttributeFork => _bytes[82] == 0 ? ReadOnlyMemory<byte>.Empty : _bytes.AsMemory(ForkStart + ForkLength);

    /// <summary>How it holds them (di_aformat).</summary>
    public InodeFormat AttributeFormat => (InodeFormat)_bytes[83];

    /// <summary>How many extents they have.</summary>
    public ulong AttributeExtentCount => (_flags2 & LargeExtentCountersFlag) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(76)) : BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(80));

    private int ForkStart { get; }

    private int ForkLength { get; }

    /// <summary>Reads an inode, which must be in use.</summary>
    public static Inode Read(XfsVolume volume, ulong number, long offset)
    {
        volume.Metadata.Budget.Visit("an inode", (long)number);
        byte[] bytes = new byte[volume.Superblock.InodeSize];
        volume.Metadata.Read(offset, bytes);
        return FindProblem(volume, number, bytes) is { } problem
            ? throw new DiskFormatException(volume.Source.Name, offset, $"Inode {number}: {problem}.", Rule)
            : new Inode(number, bytes);
    }

    private static string? FindProblem(XfsVolume volume, ulong number, byte[] bytes)
    {
        int version = bytes[4];
        bool hasChecksums = volume.Superblock.HasChecksums;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes) != Magic || (hasChecksums ? version != 3 : version is not (1 or 2)))
        {
            return "there is no inode";
        }

        if (hasChecksums)
        {
            if (ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumOffset)))
            {
                return "its checksum is wrong";
            }

            if (BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(NumberOffset)) != number || !bytes.AsSpan(UuidOffset).StartsWith(volume.Superblock.Uuid))
            {
                return "another one is in its place";
            }
        }

        int room = bytes.Length - (hasChecksums ? CoreSizeOfVersion3 : CoreSize);
        return bytes[82] * 8 > room ? "its fork of attributes begins beyond it"
            : (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2)) & TypeMask) == 0 ? "it is referred to, but not in use"
            : null;
    }

    private DateTimeOffset ToTime(int offset)
    {
        const int NanosecondsPerTick = 100;
        const ulong NanosecondsPerSecond = 1_000_000_000;
        ulong stored = UInt64(offset);
        return (_flags2 & BigTimeFlag) != 0
            ? DateTimeOffset.FromUnixTimeSeconds((long)(stored / NanosecondsPerSecond) + int.MinValue).AddTicks((long)(stored % NanosecondsPerSecond) / NanosecondsPerTick)
            : DateTimeOffset.FromUnixTimeSeconds((int)(stored >> 32)).AddTicks((uint)stored / NanosecondsPerTick);
    }

    private ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64BigEndian(_bytes.AsSpan(offset));
}

/// <summary>How an inode holds its content ("Data Fork"): the values that di_format takes.</summary>
internal enum InodeFormat
{
    Device = 0,
    Local = 1,
    Extents = 2,
    Tree = 3,
}
