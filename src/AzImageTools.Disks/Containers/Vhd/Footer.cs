using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>The Hard Disk Footer of a VHD (Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format"). Big-endian.</summary>
internal sealed record Footer
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 512;

    /// <summary>Data Offset of a fixed disk, and of a dynamic disk's header: there is no further structure.</summary>
    public const ulong NoFurtherStructure = ulong.MaxValue;

    /// <summary>What time stamps count seconds from.</summary>
    public static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Rule = "VHD specification 1.0, Hard Disk Footer Format";
    private const uint FormatVersion = 0x00010000;
    private const uint ReservedFeature = 2;
    private const int ChecksumOffset = 64;

    private static ReadOnlySpan<byte> Cookie => "conectix"u8;

    /// <summary>Where the dynamic disk header is; <see cref="NoFurtherStructure"/> for a fixed disk.</summary>
    public required ulong DataOffset { get; init; }

    /// <summary>When the image was created.</summary>
    public required DateTimeOffset TimeStamp { get; init; }

    /// <summary>Who created the image: four ASCII characters.</summary>
    public required string CreatorApplication { get; init; }

    /// <summary>Major and minor version of the creator.</summary>
    public required uint CreatorVersion { get; init; }

    /// <summary>What the creator ran on: four ASCII characters.</summary>
    public required string CreatorHostOS { get; init; }

    /// <summary>The capacity at creation, in bytes.</summary>
    public required long OriginalSize { get; init; }

    /// <summary>The capacity, in bytes.</summary>
    public required long CurrentSize { get; init; }

    /// <summary>Cylinders, heads and sectors a track for ATA: never the capacity.</summary>
    public required DiskGeometry Geometry { get; init; }

    /// <summary>What kind of image it is.</summary>
    public required DiskType Type { get; init; }

    /// <summary>What a differencing disk names its parent by.</summary>
    public required Guid UniqueId { get; init; }

    /// <summary>Whether the virtual machine was saved rather than shut down.</summary>
    public bool IsSavedState { get; init; }

    /// <summary>Whether bytes begin as a footer does.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> bytes) => bytes.Length >= Size && bytes.StartsWith(Cookie);

    /// <summary>Parses a footer.</summary>
    /// <param name="bytes">Its 512 bytes, beginning with the cookie.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="offset">Where in the file it is.</param>
    public static Footer Parse(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        if (!IsPresent(bytes))
        {
            throw new DiskFormatException(file, offset, "There is no VHD footer here.", Rule);
        }

        bytes = bytes.Slice(0, Size);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(ChecksumOffset)) != VhdChecksum.Compute(bytes, ChecksumOffset))
        {
            throw new DiskFormatException(file, offset, "The VHD footer's checksum is wrong: the image is damaged.", Rule);
        }

        uint version = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(12));
        if (version >> 16 != FormatVersion >> 16)
        {
            throw new DiskFormatException(file, offset + 12, $"The VHD's format version 0x{version:X8} is not known.", Rule);
        }

        ulong currentSize = BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(48));
        if (currentSize is 0 or > VirtualDisk.MaximumCapacity || currentSize % 512 != 0)
        {
            throw new DiskFormatException(file, offset + 48, $"The VHD states a capacity of {currentSize} bytes: it must be a multiple of 512 and at most {VirtualDisk.MaximumCapacity}.", Rule);
        }

        return new Footer
        {
            DataOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(16)),
            TimeStamp = Epoch.AddSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(24))),
            CreatorApplication = Encoding.ASCII.GetString(bytes.Slice(28, 4).ToArray()),
            CreatorVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(32)),
            CreatorHostOS = Encoding.ASCII.GetString(bytes.Slice(36, 4).ToArray()),
            OriginalSize = (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(40)), long.MaxValue),
            CurrentSize = (long)currentSize,
            Geometry = new DiskGeometry(BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(56)), bytes[58], bytes[59]),
            Type = (DiskType)BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(60)),
            UniqueId = GuidBytes.ReadBigEndian(bytes.Slice(68)),
            IsSavedState = bytes[84] != 0,
        };
    }

    /// <summary>The footer as it stands in a file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Span<byte> span = bytes;
        Cookie.CopyTo(span);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(8), ReservedFeature);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(12), FormatVersion);
        BinaryPrimitives.WriteUInt64BigEndian(span.Slice(16), DataOffset);
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(24), (uint)Math.Max(0, Math.Min(uint.MaxValue, (long)(TimeStamp - Epoch).TotalSeconds)));
        Encoding.ASCII.GetBytes(CreatorApplication).CopyTo(span.Slice(28, 4));
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(32), CreatorVersion);
        Encoding.ASCII.GetBytes(CreatorHostOS).CopyTo(span.Slice(36, 4));
        BinaryPrimitives.WriteInt64BigEndian(span.Slice(40), OriginalSize);
        BinaryPrimitives.WriteInt64BigEndian(span.Slice(48), CurrentSize);
        BinaryPrimitives.WriteUInt16BigEndian(span.Slice(56), Geometry.Cylinders);
        span[58] = Geometry.Heads;
        span[59] = Geometry.SectorsPerTrack;
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(60), (uint)Type);
        GuidBytes.WriteBigEndian(UniqueId, span.Slice(68));
        span[84] = IsSavedState ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(span.Slice(ChecksumOffset), VhdChecksum.Compute(span, ChecksumOffset));
        return bytes;
    }
}

/// <summary>Disk Type (VHD specification 1.0, "Disk Type").</summary>
internal enum DiskType
{
    None = 0,
    Fixed = 2,
    Dynamic = 3,
    Differencing = 4,
}

/// <summary>The checksum of a VHD's structures (VHD specification 1.0, "Checksum").</summary>
internal static class VhdChecksum
{
    /// <summary>The ones' complement of the sum of all bytes but the checksum's own four.</summary>
    public static uint Compute(ReadOnlySpan<byte> structure, int checksumOffset)
    {
        uint sum = 0;
        foreach (byte b in structure)
        {
            sum += b;
        }

        foreach (byte b in structure.Slice(checksumOffset, sizeof(uint)))
        {
            sum -= b;
        }

        return ~sum;
    }
}
