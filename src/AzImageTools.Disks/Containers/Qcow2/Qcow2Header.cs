using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>The header of a QCOW2, version 2 or 3 (QCOW2 specification, Header). All numbers are big-endian.</summary>
internal sealed record Qcow2Header
{
    private const string Rule = "QCOW2 specification, Header";
    private const uint Magic = 0x514649FB;
    private const int Version2Size = 72;
    private const int Version3Size = 104;
    private const int SmallestClusterBits = 9;
    private const int LargestClusterBits = 21;
    private const int SmallestExtendedClusterBits = 14;
    private const uint DefaultRefcountOrder = 4;
    private const int LongestBackingName = 1023;
    private const int SectorSize = 512;

    // What qemu takes, too.
    private const long LargestLevel1Size = 32L << 20;

    private static readonly string[] EncryptionNames = ["none", "AES", "LUKS"];

    public required int Version { get; init; }

    public required int ClusterBits { get; init; }

    public int ClusterSize => 1 << ClusterBits;

    /// <summary>The disk's capacity in bytes.</summary>
    public required long Capacity { get; init; }

    public required IncompatibleFeatures Features { get; init; }

    public required CompressionType Compression { get; init; }

    /// <summary>The first byte of the L1 table.</summary>
    public required long Level1Offset { get; init; }

    /// <summary>How many entries of the L1 table the disk needs; the file holds them all.</summary>
    public required int Level1Count { get; init; }

    /// <summary>How many entries the header says that the L1 table has: those the disk needs, or more.</summary>
    public required uint StatedLevel1Count { get; init; }

    public required uint SnapshotCount { get; init; }

    public required ulong SnapshotOffset { get; init; }

    public required ulong RefcountTableOffset { get; init; }

    /// <summary>The reference count table's length in clusters.</summary>
    public required uint RefcountTableClusters { get; init; }

    /// <summary>How many bits a reference count has, as a power of two.</summary>
    public required uint RefcountOrder { get; init; }

    /// <summary>Whether the image holds bitmaps of what was written (QCOW2 specification, Bitmaps extension).</summary>
    public required bool HasBitmaps { get; init; }

    /// <summary>The backing file as the image names it; null where there is none.</summary>
    public required string? BackingFile { get; init; }

    /// <summary>The backing file's format as the image names it; null where it does not.</summary>
    public required string? BackingFormat { get; init; }

    public bool HasExtendedEntries => Features.HasFlag(IncompatibleFeatures.ExtendedL2Entries);

    /// <summary>How many entries an L2 table has, as a power of two.</summary>
    public int Level2Bits => ClusterBits - (HasExtendedEntries ? 4 : 3);

    /// <summary>Whether a file begins as a QCOW2 does; version 1 is another format.</summary>
    public static bool IsPresent(DiskFile file)
        => file.Length >= Version2Size && BinaryPrimitives.ReadUInt64BigEndian(file.Read(0, sizeof(ulong))) is ulong start && start >> 32 == Magic && (uint)start != 1;

    public static Qcow2Header Read(DiskFile file)
    {
        byte[] bytes = new byte[Version3Size + 1];
        file.Read(0, bytes.AsSpan(0, (int)Math.Min(bytes.Length, file.Length)));
        uint version = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4));
        if (version is not (2 or 3))
        {
            throw Refusal(file, 4, $"The QCOW2's version {version} is not known.");
        }

        uint clusterBits = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(20));
        if (clusterBits is < SmallestClusterBits or > LargestClusterBits)
        {
            throw Refusal(file, 20, $"The clusters can't have 2^{clusterBits} bytes: from 2^{SmallestClusterBits} to 2^{LargestClusterBits} are possible.");
        }

        IncompatibleFeatures features = IncompatibleFeatures.None;
        int headerSize = Version2Size;
        if (version == 3)
        {
            features = (IncompatibleFeatures)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(72));
            uint stated = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(100));
            if (stated is < Version3Size || stated > 1u << (int)clusterBits || stated % 8 != 0 || stated > file.Length)
            {
                throw Refusal(file, 100, $"The header can't have {stated} bytes.");
            }

            headerSize = (int)stated;
        }

        ulong backingOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(8));
        ulong extensionsEnd = 1ul << (int)clusterBits;
        if (backingOffset != 0 && backingOffset < extensionsEnd)
        {
            extensionsEnd = Math.Max(backingOffset, (ulong)headerSize);
        }

        HeaderExtensions extensions = headerSize <= (int)extensionsEnd
            ? HeaderExtensions.Read(file, headerSize, (int)extensionsEnd)
            : throw Refusal(file, 20, "The header does not fit into a cluster.");
        CheckFeatures(file, features, extensions, (int)clusterBits);
        uint encryption = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(32));
        if (encryption != 0)
        {
            string method = encryption < EncryptionNames.Length ? EncryptionNames[encryption] : $"method {encryption}";
            throw Refusal(file, 32, $"The image is encrypted ({method}), which is not read. Decrypt it first: qemu-img convert --object secret,... --image-opts ... -O qcow2 FILE.qcow2");
        }

        Qcow2Header header = new()
        {
            Version = (int)version,
            ClusterBits = (int)clusterBits,
            Capacity = ReadCapacity(file, bytes),
            Features = features,
            Compression = ReadCompression(file, bytes, features, headerSize),
            Level1Offset = 0,
            Level1Count = 0,
            StatedLevel1Count = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(36)),
            SnapshotCount = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(60)),
            SnapshotOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(64)),
            RefcountTableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(48)),
            RefcountTableClusters = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(56)),
            RefcountOrder = version == 3 ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(96)) : DefaultRefcountOrder,
            HasBitmaps = extensions.HasBitmaps,
            BackingFile = backingOffset == 0 ? null : ReadBackingFile(file, bytes, backingOffset, 1u << (int)clusterBits),
            BackingFormat = extensions.BackingFormat,
        };
        return header.WithLevel1(file, bytes);
    }

    private static void CheckFeatures(DiskFile file, IncompatibleFeatures features, HeaderExtensions extensions, int clusterBits)
    {
        IncompatibleFeatures unknown = features & ~IncompatibleFeatures.Known;
        if (unknown != IncompatibleFeatures.None)
        {
            IEnumerable<string> names = Enumerable.Range(0, 64)
                .Where(bit => ((ulong)unknown >> bit & 1) != 0)
                .Select(bit => extensions.FeatureNames.TryGetValue(bit, out string? name) ? $"bit {bit}, which it calls '{name}'" : $"bit {bit}");
            throw Refusal(file, 72, $"The image needs features that are not known here: {string.Join("; ", names)}.");
        }

        if (features.HasFlag(IncompatibleFeatures.ExternalDataFile))
        {
            throw Refusal(file, 72, "The image keeps its data in another file (external data file), which is not read. Convert it first: qemu-img convert -f qcow2 -O qcow2 FILE FILE.qcow2");
        }

        if (features.HasFlag(IncompatibleFeatures.ExtendedL2Entries) && clusterBits < SmallestExtendedClusterBits)
        {
            throw Refusal(file, 20, $"Clusters of 2^{clusterBits} bytes have no subclusters: 2^{SmallestExtendedClusterBits} is the least.");
        }
    }

    private static long ReadCapacity(DiskFile file, byte[] bytes)
    {
        ulong capacity = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(24));
        return capacity is > 0 and <= (ulong)VirtualDisk.MaximumCapacity && capacity % SectorSize == 0
            ? (long)capacity
            : throw Refusal(file, 24, $"The disk can't have a capacity of {capacity} bytes: whole sectors up to {VirtualDisk.MaximumCapacity} bytes are possible.");
    }

    private static CompressionType ReadCompression(DiskFile file, byte[] bytes, IncompatibleFeatures features, int headerSize)
    {
        CompressionType type = headerSize > Version3Size ? (CompressionType)bytes[Version3Size] : CompressionType.Deflate;
        if (type is not (CompressionType.Deflate or CompressionType.Zstd))
        {
            throw Refusal(file, Version3Size, $"The clusters' compression type {(int)type} is not known.");
        }

        return (type == CompressionType.Deflate) == !features.HasFlag(IncompatibleFeatures.CompressionType)
            ? type
            : throw Refusal(file, Version3Size, $"The compression type {(int)type} and its feature bit contradict each other.");
    }

    private static string ReadBackingFile(DiskFile file, byte[] bytes, ulong offset, uint clusterSize)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(16));
        return length is > 0 and <= LongestBackingName && offset <= clusterSize - Math.Min(length, clusterSize)
            ? StoredName.Read(file.Read((long)offset, (int)length))
            : throw Refusal(file, 8, $"The backing file's name of {length} bytes can't be at byte {offset}: it has up to {LongestBackingName}, within the first cluster.");
    }

    private static DiskFormatException Refusal(DiskFile file, long offset, string problem) => new(file.Path, offset, problem, Rule);

    private Qcow2Header WithLevel1(DiskFile file, byte[] bytes)
    {
        uint stated = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(36));
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(40));
        long perTable = 1L << (ClusterBits + Level2Bits);
        long needed = (Capacity + perTable - 1) / perTable;
        if (needed * sizeof(ulong) > LargestLevel1Size)
        {
            throw Refusal(file, 24, $"A disk of {Capacity} bytes in clusters of {ClusterSize} needs an L1 table of {needed} entries, which is more than is possible.");
        }

        if (stated < needed)
        {
            throw Refusal(file, 36, $"The L1 table has {stated} entries, but the disk needs {needed}.");
        }

        if (offset == 0 || offset % (ulong)ClusterSize != 0 || offset > (ulong)Math.Max(0, file.Length - (needed * sizeof(ulong))))
        {
            throw Refusal(file, 40, $"The L1 table of {needed} entries can't be at byte {offset}: it is not aligned, or the file of {file.Length} bytes is cut off.");
        }

        return this with { Level1Offset = (long)offset, Level1Count = (int)needed };
    }
}

/// <summary>Bits of a QCOW2 header that a reader must know, or not open the image (QCOW2 specification, Header).</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    None = 0,

    /// <summary>The image was not closed; its reference counts may be wrong.</summary>
    Dirty = 1 << 0,

    /// <summary>Structures were found to be damaged; the image is not to be written.</summary>
    Corrupt = 1 << 1,

    /// <summary>The data is in another file.</summary>
    ExternalDataFile = 1 << 2,

    /// <summary>The header says how clusters are compressed.</summary>
    CompressionType = 1 << 3,

    /// <summary>L2 entries have 16 bytes and tell of 32 subclusters each.</summary>
    ExtendedL2Entries = 1 << 4,

    /// <summary>What is known here.</summary>
    Known = Dirty | Corrupt | ExternalDataFile | CompressionType | ExtendedL2Entries,
}

/// <summary>How a QCOW2's compressed clusters are compressed (QCOW2 specification, Additional fields).</summary>
internal enum CompressionType
{
    /// <summary>Raw Deflate, though it is named zlib.</summary>
    Deflate = 0,

    /// <summary>Zstandard.</summary>
    Zstd = 1,
}
