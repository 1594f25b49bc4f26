using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>
/// The header of a hosted sparse extent (VMware Virtual Disk Format 5.0, Hosted Sparse Extents). All numbers are little-endian;
/// the file's are sectors, these here bytes.
/// </summary>
internal sealed record SparseExtentHeader
{
    private const string Rule = "VMware Virtual Disk Format 5.0, Hosted Sparse Extents";
    private const int Size = 512;
    private const int SectorSize = 512;
    private const uint Magic = 0x564D444B;
    private const ulong DirectoryAtEnd = ulong.MaxValue;
    private const int LargestVersion = 3;
    private const int LargestGrain = 2 << 20;
    private const int LargestTable = 512;
    private const long LargestDirectory = 32L << 20;
    private const int LineEndField = 73;

    // A footer and an end-of-stream marker are a stream's last two sectors.
    private const int FooterFromEnd = 2 * SectorSize;

    private static readonly byte[] LineEnds = [(byte)'\n', (byte)' ', (byte)'\r', (byte)'\n'];

    public required SparseExtentFlags Flags { get; init; }

    public required long Capacity { get; init; }

    /// <summary>A power of two.</summary>
    public required int GrainSize { get; init; }

    /// <summary>How many grains a grain table tells of.</summary>
    public required int TableEntries { get; init; }

    /// <summary>The first byte of the grain directory; the file holds all of it.</summary>
    public required long DirectoryOffset { get; init; }

    /// <summary>The first byte of the second grain directory, whether or not it lies in the file; 0 where there is none.</summary>
    public required long RedundantDirectoryOffset { get; init; }

    /// <summary>How many bytes of the file are for what is not content, as it says itself.</summary>
    public required long Overhead { get; init; }

    /// <summary>How many grain tables the extent's capacity takes.</summary>
    public required long DirectoryEntries { get; init; }

    /// <summary>Where the embedded descriptor begins; 0 where there is none.</summary>
    public required long DescriptorOffset { get; init; }

    public required int DescriptorSize { get; init; }

    public required bool IsUnclean { get; init; }

    public bool IsCompressed => Flags.HasFlag(SparseExtentFlags.HasCompressedGrains);

    public static bool IsPresent(DiskFile file)
        => file.Length >= Size && BinaryPrimitives.ReadUInt32LittleEndian(file.Read(0, sizeof(uint))) == Magic;

    public static SparseExtentHeader Read(DiskFile file)
    {
        SparseExtentHeader? header = TryRead(file, 0);
        if (header is not null)
        {
            return header;
        }

        long footer = file.Length - FooterFromEnd;
        return footer >= Size && BinaryPrimitives.ReadUInt32LittleEndian(file.Read(footer, sizeof(uint))) == Magic && TryRead(file, footer) is { } atEnd
            ? atEnd
            : throw Refusal(file, Math.Max(0, footer), "The footer that leads to the grain directory is not there: the stream is cut off.");
    }

    /// <summary>Reads the header or the footer; null where the grain directory is said to be found through the footer.</summary>
    private static SparseExtentHeader? TryRead(DiskFile file, long offset)
    {
        byte[] bytes = file.Read(offset, Size);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        if (version is 0 or > LargestVersion)
        {
            throw Refusal(file, offset + 4, $"The VMDK's version {version} is not known.");
        }

        SparseExtentFlags flags = (SparseExtentFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        CheckFlags(file, offset, flags, bytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(56)) == DirectoryAtEnd)
        {
            return null;
        }

        long capacity = ReadSectors(file, offset, bytes, 12, 1, VirtualDisk.MaximumCapacity, "capacity");
        long grain = ReadSectors(file, offset, bytes, 20, 1, LargestGrain, "grain size");
        if ((grain & (grain - 1)) != 0)
        {
            throw Refusal(file, offset + 20, $"The grain size of {grain} bytes is no power of two.");
        }

        uint entries = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(44));
        if (entries is 0 or > LargestTable)
        {
            throw Refusal(file, offset + 44, $"A grain table can't have {entries} entries: up to {LargestTable} are possible.");
        }

        long perTable = grain * entries;
        long directory = (capacity + perTable - 1) / perTable;
        if (directory * sizeof(uint) > LargestDirectory)
        {
            throw Refusal(file, offset + 12, $"A capacity of {capacity} bytes takes {directory} grain tables, which is more than is possible.");
        }

        return new SparseExtentHeader
        {
            Flags = flags,
            Capacity = capacity,
            GrainSize = (int)grain,
            TableEntries = (int)entries,
            DirectoryOffset = ReadSectors(file, offset, bytes, 56, 1, file.Length - (directory * sizeof(uint)), "grain directory's place"),
            DirectoryEntries = directory,
            RedundantDirectoryOffset = flags.HasFlag(SparseExtentFlags.HasRedundantTables) ? ToBytes(bytes, 48) : 0,
            Overhead = ToBytes(bytes, 64),
            DescriptorOffset = ReadSectors(file, offset, bytes, 28, 0, file.Length, "descriptor's place"),
            DescriptorSize = (int)ReadSectors(file, offset, bytes, 36, 0, Math.Min(Descriptor.LargestSize, file.Length), "descriptor's size"),
            IsUnclean = bytes[72] != 0,
        };
    }

    private static void CheckFlags(DiskFile file, long offset, SparseExtentFlags flags, byte[] bytes)
    {
        if (flags.HasFlag(SparseExtentFlags.HasLineEnds) && !bytes.AsSpan(LineEndField, LineEnds.Length).SequenceEqual(LineEnds))
        {
            throw Refusal(file, offset + LineEndField, "The file was copied as text, which changed its bytes: copy it again in binary mode.");
        }

        if (!flags.HasFlag(SparseExtentFlags.HasCompressedGrains))
        {
            return;
        }

        const int Deflate = 1;
        int algorithm = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(77));
        if (algorithm != Deflate || !flags.HasFlag(SparseExtentFlags.HasMarkers))
        {
            throw Refusal(file, offset + 77, $"Grains compressed with the algorithm {algorithm}{(!flags.HasFlag(SparseExtentFlags.HasMarkers) ? " and without markers" : string.Empty)} are not read.");
        }
    }

    private static long ReadSectors(DiskFile file, long offset, byte[] bytes, int field, long least, long mostBytes, string name)
    {
        ulong sectors = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(field));
        return sectors >= (ulong)least && sectors <= (ulong)Math.Max(0, mostBytes) / SectorSize
            ? (long)sectors * SectorSize
            : throw Refusal(file, offset + field, $"The {name} can't be {sectors} sectors: the file of {file.Length} bytes is cut off or damaged.");
    }

    /// <summary>A number of sectors in bytes; the largest number where it is no place in any file.</summary>
    private static long ToBytes(byte[] bytes, int field)
    {
        ulong sectors = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(field));
        return sectors <= long.MaxValue / SectorSize ? (long)sectors * SectorSize : long.MaxValue;
    }

    private static DiskFormatException Refusal(DiskFile file, long offset, string problem) => new(file.Path, offset, problem, Rule);
}

/// <summary>Flags of a hosted sparse extent (VMware Virtual Disk Format 5.0, Hosted Sparse Extents).</summary>
[Flags]
internal enum SparseExtentFlags : uint
{
    None = 0,

    /// <summary>The header holds line ends that show whether the file was copied as text.</summary>
    HasLineEnds = 1 << 0,

    /// <summary>There is a second grain directory.</summary>
    HasRedundantTables = 1 << 1,

    /// <summary>A grain table entry of 1 is a grain of zeros.</summary>
    HasZeroedGrains = 1 << 2,

    /// <summary>Grains are compressed.</summary>
    HasCompressedGrains = 1 << 16,

    /// <summary>Markers stand before grains and tables.</summary>
    HasMarkers = 1 << 17,
}
