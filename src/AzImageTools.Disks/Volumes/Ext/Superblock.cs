using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// The superblock of an ext2, ext3 or ext4 volume (Linux kernel, Documentation/filesystems/ext4, "The Super Block"; all
/// positions in bytes). Its checksum is verified; those of other structures are not: what a structure says is held
/// against the volume's bounds, and a volume with one bad checksum stays readable elsewhere.
/// </summary>
internal sealed class Superblock
{
    public const int Offset = 1024;
    public const int Size = 1024;

    private const int MagicOffset = 0x38;
    private const ushort Magic = 0xEF53;
    private const int ChecksumOffset = 0x3FC;
    private const uint HasJournal = 0x4;
    private const uint SparseSuperblocks2 = 0x200;
    private const int MinimumBlocksPerGroup = 256;
    private const int NarrowDescriptorSize = 32;
    private const int OriginalInodeSize = 128;
    private const int ErrorsFound = 0x2;
    private const int CleanlyUnmounted = 0x1;
    private const string Rule = "ext4, The Super Block";

    private readonly uint[] _backupGroups;
    private readonly bool _hasSparseSuperblocks2;

    private Superblock(ReadOnlySpan<byte> bytes)
    {
        bool isOriginal = UInt32(bytes, 0x4C) == 0;
        uint compatible = isOriginal ? 0 : UInt32(bytes, 0x5C);
        Features = isOriginal ? ExtFeatures.None : (ExtFeatures)UInt32(bytes, 0x60);
        ReadOnlyFeatures = isOriginal ? ExtReadOnlyFeatures.None : (ExtReadOnlyFeatures)UInt32(bytes, 0x64);
        bool isWide = Has(ExtFeatures.Wide);
        InodeCount = UInt32(bytes, 0);
        BlockCount = Count(bytes, 0x4, isWide ? 0x150 : null);
        FreeBlockCount = Count(bytes, 0xC, isWide ? 0x158 : null);
        FirstDataBlock = UInt32(bytes, 0x14);
        BlockSize = 1024 << (int)UInt32(bytes, 0x18);
        bool hasClusters = Has(ExtReadOnlyFeatures.Clusters);
        BlocksPerCluster = hasClusters ? 1L << (int)(UInt32(bytes, 0x1C) - UInt32(bytes, 0x18)) : 1;
        BlocksPerGroup = UInt32(bytes, 0x20);
        InodesPerGroup = UInt32(bytes, 0x28);
        int state = UInt16(bytes, 0x3A);
        DirtyReason = (state & ErrorsFound) != 0 ? "errors were found in it, and it needs a check (e2fsck)"
            : Has(ExtFeatures.NeedsRecovery) ? "its journal holds changes that were not carried out: it was not unmounted"
            : (state & CleanlyUnmounted) == 0 ? "it was not unmounted"
            : null;
        InodeSize = isOriginal ? OriginalInodeSize : UInt16(bytes, 0x58);
        Label = StoredText.FromTerminatedUtf8(bytes.Slice(0x78, 16));
        ReservedDescriptorBlocks = UInt16(bytes, 0xCE);
        JournalInode = UInt32(bytes, 0xE0);
        DescriptorSize = isWide ? UInt16(bytes, 0xFE) : NarrowDescriptorSize;
        FirstMetaBlockGroup = UInt32(bytes, 0x104);
        _hasSparseSuperblocks2 = (compatible & SparseSuperblocks2) != 0;
        _backupGroups = [UInt32(bytes, 0x24C), UInt32(bytes, 0x250)];
        Kind = KindOf(compatible);
    }

    public FileSystemKind Kind { get; }

    public ExtFeatures Features { get; }

    public ExtReadOnlyFeatures ReadOnlyFeatures { get; }

    public uint InodeCount { get; }

    public long BlockCount { get; }

    public long FreeBlockCount { get; }

    /// <summary>The block that group 0 begins with.</summary>
    public long FirstDataBlock { get; }

    public int BlockSize { get; }

    /// <summary>How many blocks a bit of a bitmap stands for.</summary>
    public long BlocksPerCluster { get; }

    public long BlocksPerGroup { get; }

    public long InodesPerGroup { get; }

    public int InodeSize { get; }

    public int DescriptorSize { get; }

    public long ReservedDescriptorBlocks { get; }

    public uint FirstMetaBlockGroup { get; }

    public uint JournalInode { get; }

    public string Label { get; }

    /// <summary>Whether it was not unmounted cleanly, or errors were found.</summary>
    public bool IsDirty => DirtyReason is not null;

    /// <summary>Why it is dirty, as a sentence; null where it is not.</summary>
    public string? DirtyReason { get; }

    public long GroupCount => (BlockCount - FirstDataBlock + BlocksPerGroup - 1) / BlocksPerGroup;

    public int DescriptorsPerBlock => BlockSize / DescriptorSize;

    /// <summary>Whether the bytes at <see cref="Offset"/> are a superblock, as far as a glance tells.</summary>
    public static bool Recognise(ReadOnlySpan<byte> bytes)
        => UInt16(bytes, MagicOffset) == Magic && UInt32(bytes, 0x18) <= 6 && UInt32(bytes, 0x4C) <= 1;

    /// <summary>What kind of volume it is the superblock of.</summary>
    public static FileSystemKind KindOf(ReadOnlySpan<byte> bytes) => new Superblock(bytes).Kind;

    /// <summary>Reads the superblock, whose numbers must fit each other and the volume.</summary>
    public static Superblock Read(IByteSource volume)
    {
        if (volume.Length < Offset + Size)
        {
            throw new DiskFormatException(volume.Name, Offset, "It ends before an ext superblock does.", Rule);
        }

        byte[] bytes = new byte[Size];
        volume.Read(Offset, bytes);
        if (!Recognise(bytes))
        {
            throw new DiskFormatException(volume.Name, Offset, "It has no ext superblock.", Rule);
        }

        Superblock superblock = new(bytes);
        if (superblock.FindProblem(bytes, volume.Length) is { } problem)
        {
            throw new DiskFormatException(volume.Name, Offset, problem, Rule);
        }

        return superblock;
    }

    public bool Has(ExtFeatures feature) => (Features & feature) != ExtFeatures.None;

    public bool Has(ExtReadOnlyFeatures feature) => (ReadOnlyFeatures & feature) != ExtReadOnlyFeatures.None;

    /// <summary>Whether a group begins with a copy of the superblock and of the descriptors ("Sparse Super").</summary>
    public bool HasSuperblock(long group)
    {
        if (group == 0)
        {
            return true;
        }

        if (_hasSparseSuperblocks2)
        {
            return Array.IndexOf(_backupGroups, (uint)group) >= 0;
        }

        return group == 1
            || !Has(ExtReadOnlyFeatures.SparseSuperblocks)
            || (group % 2 == 1 && (IsPowerOf(group, 3) || IsPowerOf(group, 5) || IsPowerOf(group, 7)));
    }

    private static bool IsPowerOf(long number, int root)
    {
        while (number % root == 0)
        {
            number /= root;
        }

        return number == 1;
    }

    private static string? NameOf(ExtFeatures feature) => feature switch
    {
        ExtFeatures.Compression => "compression",
        ExtFeatures.JournalDevice => "it is the journal of another volume",
        ExtFeatures.DataInFolders => "data in folders",
        _ => null,
    };

    private static long Count(ReadOnlySpan<byte> bytes, int low, int? high)
        => UInt32(bytes, low) | (high is { } offset ? (long)UInt32(bytes, offset) << 32 : 0);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(offset));

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));

    private static bool IsPowerOfTwo(long number) => number > 0 && (number & (number - 1)) == 0;

    private FileSystemKind KindOf(uint compatible)
    {
        const ExtFeatures Ext3 = ExtFeatures.FileType | ExtFeatures.NeedsRecovery | ExtFeatures.MetaBlockGroups | ExtFeatures.Compression | ExtFeatures.JournalDevice;
        bool isExt4 = (Features & ~Ext3) != ExtFeatures.None || (ReadOnlyFeatures & ~ExtReadOnlyFeatures.Ext3) != ExtReadOnlyFeatures.None;
        return isExt4 ? FileSystemKind.Ext4 : (compatible & HasJournal) != 0 ? FileSystemKind.Ext3 : FileSystemKind.Ext2;
    }

    private string? FindProblem(byte[] bytes, long volumeLength)
    {
        if ((Features & ~ExtFeatures.Supported) is ExtFeatures unsupported and not ExtFeatures.None)
        {
            return $"The {Kind.ToString().ToLowerInvariant()} volume uses features that are not supported: {FeatureNames.Describe((uint)unsupported, static feature => NameOf((ExtFeatures)feature))}.";
        }

        if (Has(ExtReadOnlyFeatures.MetadataChecksums)
            && ~ReflectedCrc32.Castagnoli.Compute(bytes.AsSpan(0, ChecksumOffset)) != UInt32(bytes, ChecksumOffset))
        {
            return "The superblock's checksum is wrong.";
        }

        if (BlockCount <= FirstDataBlock || BlockCount > volumeLength / BlockSize)
        {
            return $"It is said to have {BlockCount} blocks of {BlockSize} bytes, but its partition has {volumeLength} bytes.";
        }

        bool isSound = FirstDataBlock <= (BlockSize == Offset ? 1 : 0)
            && InodeSize >= OriginalInodeSize && InodeSize <= BlockSize && IsPowerOfTwo(InodeSize)
            && DescriptorSize >= NarrowDescriptorSize && DescriptorSize <= BlockSize && IsPowerOfTwo(DescriptorSize)
            && (!Has(ExtFeatures.Wide) || DescriptorSize >= 2 * NarrowDescriptorSize)
            && BlocksPerCluster is > 0 and <= 1 << 20
            && BlocksPerGroup >= MinimumBlocksPerGroup && BlocksPerGroup % (8 * BlocksPerCluster) == 0 && BlocksPerGroup / BlocksPerCluster <= 8L * BlockSize
            && InodesPerGroup > 0 && InodesPerGroup <= 8L * BlockSize
            && InodeCount <= GroupCount * InodesPerGroup
            && FreeBlockCount <= BlockCount;
        return isSound ? null : "The numbers of its superblock contradict each other.";
    }
}
