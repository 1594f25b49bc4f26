using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>A file, folder or label in a FAT folder ("FAT Directory Structure").</summary>
internal sealed class FatDirectoryEntry
{
    /// <summary>The bytes of an entry.</summary>
    public const int Size = 32;

    public const int AttributesOffset = 11;

    /// <summary>The attributes that mark a part of a long name.</summary>
    public const int LongNameAttributes = 0x0F;

    private const int VolumeLabelAttribute = 0x08;
    private const int DirectoryAttribute = 0x10;

    // Read-only, hidden, system, directory, archive: the same bits in FileAttributes.
    private const int StoredAttributes = 0x37;

    public FatDirectoryEntry(ReadOnlySpan<byte> entry, string? longName, bool hasWideClusters)
    {
        ShortName = FatName.FromShort(entry);
        Name = longName ?? ShortName;
        int attributes = entry[AttributesOffset];
        IsLabel = (attributes & VolumeLabelAttribute) != 0;
        Label = IsLabel ? FatName.FromLabel(entry) : string.Empty;
        IsDirectory = (attributes & DirectoryAttribute) != 0;
        uint high = hasWideClusters ? BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(20)) : 0u;
        FirstCluster = (high << 16) | BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(26));
        Length = IsDirectory ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(28));
        LastWriteTime = ToTime(BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(24)), BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(22)));
        CreationTime = ToTime(BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(16)), BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(14)));
        LastAccessTime = ToTime(BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(18)), 0);
        Attributes = (FileAttributes)(attributes & StoredAttributes);
    }

    /// <summary>Where in its folder's content the entry lies, in bytes.</summary>
    public long Place { get; init; }

    /// <summary>Where the entries of its long name begin, which lie before it; its own place where it has none.</summary>
    public long FirstPlace { get; init; }

    public string Name { get; }

    public string ShortName { get; }

    public bool IsLabel { get; }

    public string Label { get; }

    public bool IsDirectory { get; }

    public uint FirstCluster { get; }

    public long Length { get; }

    public DateTimeOffset? LastWriteTime { get; }

    public DateTimeOffset? CreationTime { get; }

    /// <summary>The day of the last access; FAT keeps no more of it.</summary>
    public DateTimeOffset? LastAccessTime { get; }

    public FileAttributes Attributes { get; }

    public bool IsNamed(string name)
        => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase) || string.Equals(ShortName, name, StringComparison.OrdinalIgnoreCase);

    // "Date and Time Formats". FAT stores the guest's local time and not its zone: it is taken for UTC.
    private static DateTimeOffset? ToTime(int date, int time)
    {
        int year = 1980 + (date >> 9);
        int month = (date >> 5) & 15;
        int day = date & 31;
        int hour = time >> 11;
        int minute = (time >> 5) & 63;
        int second = (time & 31) * 2;
        bool isTime = month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60;
        return isTime ? new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero) : null;
    }
}
