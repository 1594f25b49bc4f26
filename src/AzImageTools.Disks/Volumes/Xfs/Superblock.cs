using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The superblock of an XFS volume, of version 4 or 5 (XFS Algorithms &amp; Data Structures, "Superblocks"; all positions in bytes).</summary>
internal sealed class Superblock
{
    private const int HeaderSize = 512;
    private const int ChecksumOffset = 224;
    private const int UuidOffset = 32;
    private const int UuidSize = 16;
    private const int MetadataUuidOffset = 248;
    private const int LabelOffset = 108;
    private const int LabelSize = 12;
    private const int VersionMask = 0xF;
    private const int SharedFlag = 0x200;
    private const int SecondDirectoriesFlag = 0x2000;
    private const int CaseInsensitiveFlag = 0x4000;
    private const int MoreFlags = 0x8000;
    private const uint FileTypesFlag2 = 0x200;
    private const int MinimumGroupBlocks = 64;
    private const int LargestBlockLog = 16;

    // Trees of free inodes, of blocks' owners and of their sharers, and counts of inode trees' blocks.
    private const uint KnownReadOnlyFeatures = 0xF;
    private const string Rule = "XFS Algorithms & Data Structures, Superblocks";

    private readonly ulong _blocks;
    private readonly uint _groupBlocks;
    private readonly int _version;
    private readonly int _flags;

    private Superblock(ReadOnlySpan<byte> bytes)
    {
        BlockSize = (int)Math.Min(int.MaxValue, UInt32(bytes, 4));
        _blocks = UInt64(bytes, 8);
        LogStart = UInt64(bytes, 48);
        RootInode = UInt64(bytes, 56);
        _groupBlocks = UInt32(bytes, 84);
        GroupCount = UInt32(bytes, 88);
        LogBlockCount = UInt32(bytes, 96);
        _flags = BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(100));
        _version = _flags & VersionMask;
        SectorSize = BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(102));
        InodeSize = BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(104));
        Label = StoredText.FromTerminatedUtf8(bytes.Slice(LabelOffset, LabelSize));
        BlockLog = bytes[120];
        InodeLog = bytes[122];
        GroupBlockLog = bytes[124];
        IsUnfinished = bytes[126] != 0;
        FreeBlockCount = UInt64(bytes, 144);
        DirectoryBlockLog = bytes[192];
        uint flags2 = (_flags & MoreFlags) != 0 ? UInt32(bytes, 200) : 0;
        Features = HasChecksums ? (XfsFeatures)UInt32(bytes, 216) : XfsFeatures.None;
        HasUnknownReadOnlyFeatures = HasChecksums && (UInt32(bytes, 212) & ~KnownReadOnlyFeatures) != 0;
        HasFileTypes = HasChecksums ? Has(XfsFeatures.FileTypes) : (flags2 & FileTypesFlag2) != 0;
        Uuid = bytes.Slice(Has(XfsFeatures.MetadataUuid) ? MetadataUuidOffset : UuidOffset, UuidSize).ToArray();
    }

    public XfsFeatures Features { get; }

    /// <summary>Whether it has features that a writer would have to know (sb_features_ro_compat).</summary>
    public bool HasUnknownReadOnlyFeatures { get; }

    /// <summary>Whether it is of version 5, whose metadata has checksums and says what and where it is.</summary>
    public bool HasChecksums => _version == 5;

    /// <summary>Whether folders' entries tell what kind of file they lead to.</summary>
    public bool HasFileTypes { get; }

    /// <summary>Whether names are matched without regard to the case of ASCII letters.</summary>
    public bool IsCaseInsensitive => (_flags & CaseInsensitiveFlag) != 0;

    public int BlockSize { get; }

    public int BlockLog { get; }

    public int SectorSize { get; }

    public int InodeSize { get; }

    public int InodeLog { get; }

    public int InodesPerBlockLog => BlockLog - InodeLog;

    /// <summary>The bits of a block's number that tell the block within its group; those above tell the group.</summary>
    public int GroupBlockLog { get; }

    public int DirectoryBlockLog { get; }

    public int DirectoryBlockSize => BlockSize << DirectoryBlockLog;

    public long BlockCount => (long)_blocks;

    public long GroupBlockCount => _groupBlocks;

    public long GroupCount { get; }

    public ulong FreeBlockCount { get; }

    public ulong RootInode { get; }

    /// <summary>The log's first block; 0 where the log is on another device.</summary>
    public ulong LogStart { get; }

    public long LogBlockCount { get; }

    public string Label { get; }

    /// <summary>What metadata of version 5 is marked with.</summary>
    public byte[] Uuid { get; }

    private bool IsUnfinished { get; }

    /// <summary>Whether the bytes that a volume begins with are a superblock, as far as a glance tells.</summary>
    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("XFSB"u8);

    /// <summary>Reads the superblock, whose numbers must fit each other and the volume.</summary>
    public static Superblock Read(IByteSource volume)
    {
        byte[] bytes = new byte[HeaderSize];
        volume.Read(0, bytes);
        if (!Recognise(bytes))
        {
            throw new DiskFormatException(volume.Name, 0, "It has no XFS superblock.", Rule);
        }

        Superblock superblock = new(bytes);
        string? problem = superblock.FindUnsupported() ?? superblock.FindContradiction(volume.Length);
        if (problem is null && superblock.HasChecksums)
        {
            byte[] sector = new byte[superblock.SectorSize];
            volume.Read(0, sector);
            problem = ReflectedCrc32.Castagnoli.ComputeWithout(sector, ChecksumOffset) == BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(ChecksumOffset))
                ? null
                : "The superblock's checksum is wrong.";
        }

        return problem is null ? superblock : throw new DiskFormatException(volume.Name, 0, problem, Rule);
    }

    public bool Has(XfsFeatures feature) => (Features & feature) != XfsFeatures.None;

    /// <summary>How many blocks a group has: the last one may have fewer.</summary>
    public long BlocksOf(long group) => Math.Min(_groupBlocks, BlockCount - (group * _groupBlocks));

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(offset));

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(offset));

    private static bool IsPower(int size, int log, int smallest, int largest) => size >= smallest && size <= largest && log < 31 && size == 1 << log;

    private string? FindUnsupported()
    {
        if (_version is not (4 or 5))
        {
            return $"It is an XFS volume of version {_version}, which is not supported.";
        }

        if (!HasChecksums && ((_flags & SecondDirectoriesFlag) == 0 || (_flags & SharedFlag) != 0))
        {
            return "The XFS volume uses features that are not supported: folders of version 1, or sharing between machines.";
        }

        return (Features & ~XfsFeatures.Supported) is XfsFeatures unsupported and not XfsFeatures.None
            ? $"The XFS volume uses features that are not supported: {FeatureNames.Describe((uint)unsupported, static feature => feature == (uint)XfsFeatures.Zoned ? "zoned storage" : null)}."
            : IsUnfinished ? "The program that made the XFS volume was not finished." : null;
    }

    private string? FindContradiction(long volumeLength)
    {
        bool hasSoundSizes = IsPower(BlockSize, BlockLog, 512, 65536)
            && SectorSize is >= 512 and <= 32768 && (SectorSize & (SectorSize - 1)) == 0 && SectorSize <= volumeLength
            && IsPower(InodeSize, InodeLog, 256, 2048) && InodeSize <= BlockSize
            && BlockLog + DirectoryBlockLog <= LargestBlockLog;
        if (hasSoundSizes && (_blocks == 0 || _blocks > (ulong)(volumeLength / BlockSize)))
        {
            return $"It is said to have {_blocks} blocks of {BlockSize} bytes, but its partition has {volumeLength} bytes.";
        }

        bool isSound = hasSoundSizes
            && _groupBlocks >= MinimumGroupBlocks && GroupBlockLog <= 31 && _groupBlocks <= 1L << GroupBlockLog && _groupBlocks > (1L << GroupBlockLog) / 2
            && GroupCount > 0 && BlockCount <= GroupCount * _groupBlocks && BlockCount > (GroupCount - 1) * _groupBlocks
            && FreeBlockCount <= _blocks
            && (!HasChecksums || InodeSize >= 512);
        return isSound ? null : "The numbers of its superblock contradict each other.";
    }
}

/// <summary>Features that a reader must know (XFS Algorithms &amp; Data Structures, "Superblocks", sb_features_incompat; Linux kernel, xfs_format.h).</summary>
[Flags]
internal enum XfsFeatures : uint
{
    None = 0,
    FileTypes = 0x1,
    SparseInodes = 0x2,
    MetadataUuid = 0x4,
    BigTime = 0x8,
    NeedsRepair = 0x10,
    LargeExtentCounters = 0x20,
    ExchangeRange = 0x40,
    ParentPointers = 0x80,
    MetadataFolders = 0x100,
    Zoned = 0x200,

    /// <summary>Those that are read: the last three add what only a writer, or who looks for the volume's own files, has to know.</summary>
    Supported = FileTypes | SparseInodes | MetadataUuid | BigTime | NeedsRepair | LargeExtentCounters | ExchangeRange | ParentPointers | MetadataFolders,
}
