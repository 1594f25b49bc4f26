using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The Metadata Table of a VHDX ([MS-VHDX] 2.6.1): finds the metadata items.</summary>
internal sealed class MetadataTable
{
    private const string Rule = "[MS-VHDX] 2.6.1";
    private const int Size = 64 * 1024;
    private const int HeaderSize = 32;
    private const int EntrySize = 32;
    private const int LargestEntryCount = 2047;
    private const int LargestItem = 1024 * 1024;

    private readonly DiskFile _file;
    private readonly DiskExtent _region;
    private readonly Dictionary<Guid, DiskExtent> _items = [];

    /// <param name="file">The VHDX.</param>
    /// <param name="region">The metadata region, which lies within the file.</param>
    public MetadataTable(DiskFile file, DiskExtent region)
    {
        _file = file;
        _region = region;
        if (region.Length < Size)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The metadata region of {region.Length} bytes is too short for its table.", Rule);
        }

        ReadOnlySpan<byte> bytes = file.Read(region.Offset, Size);
        if (!bytes.StartsWith("metadata"u8))
        {
            throw new DiskFormatException(file.Path, region.Offset, "There is no metadata table here.", Rule);
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(10));
        if (count > LargestEntryCount)
        {
            throw new DiskFormatException(file.Path, region.Offset + 10, $"The metadata table states {count} entries; it holds at most {LargestEntryCount}.", Rule);
        }

        for (int i = 0; i < count; i++)
        {
            AddEntry(bytes.Slice(HeaderSize + (i * EntrySize), EntrySize), region.Offset + HeaderSize + (i * EntrySize));
        }
    }

    /// <summary>Finds a system item in the file.</summary>
    /// <exception cref="DiskFormatException">There is no such item, or it is shorter than it must be.</exception>
    public DiskExtent Find(Guid id, string name, int leastLength = 1)
        => _items.TryGetValue(id, out DiskExtent item) && item.Length >= leastLength
            ? item
            : throw new DiskFormatException(_file.Path, _region.Offset, $"The VHDX lacks its metadata item \"{name}\".", "[MS-VHDX] 2.6.2");

    /// <summary>Reads a system item of a known length.</summary>
    /// <exception cref="DiskFormatException">There is no such item, or it is shorter.</exception>
    public ReadOnlySpan<byte> Read(Guid id, string name, int length) => _file.Read(Find(id, name, length).Offset, length);

    /// <summary>A table with its items behind it, as they stand in a file.</summary>
    /// <param name="items">System items that must be understood: identifier, bytes, and whether it tells of the virtual disk rather than of the file.</param>
    public static byte[] Create(IReadOnlyList<(Guid Id, byte[] Bytes, bool IsOfVirtualDisk)> items)
    {
        const uint IsVirtualDisk = 2;
        const uint IsRequired = 4;

        byte[] region = new byte[Size + items.Sum(static item => item.Bytes.Length)];
        Span<byte> span = region;
        "metadata"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt16LittleEndian(span.Slice(10), (ushort)items.Count);
        int position = Size;
        for (int i = 0; i < items.Count; i++)
        {
            Span<byte> entry = span.Slice(HeaderSize + (i * EntrySize), EntrySize);
            items[i].Id.ToByteArray().CopyTo(entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry.Slice(16), position);
            BinaryPrimitives.WriteInt32LittleEndian(entry.Slice(20), items[i].Bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.Slice(24), IsRequired | (items[i].IsOfVirtualDisk ? IsVirtualDisk : 0));
            items[i].Bytes.CopyTo(span.Slice(position));
            position += items[i].Bytes.Length;
        }

        return region;
    }

    private void AddEntry(ReadOnlySpan<byte> entry, long entryOffset)
    {
        const uint IsUser = 1;
        const uint IsRequired = 4;

        Guid id = GuidBytes.Read(entry);
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(16));
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(20));
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(24));
        bool isKnown = (flags & IsUser) == 0 && VhdxMetadata.IsKnown(id);
        if (!isKnown)
        {
            if ((flags & IsRequired) != 0)
            {
                throw new DiskFormatException(_file.Path, entryOffset, $"The VHDX has a metadata item {id} that must be understood to read it, and is not known.", Rule);
            }

            return;
        }

        if (length > LargestItem || offset < Size || offset > _region.Length - length)
        {
            throw new DiskFormatException(_file.Path, entryOffset, $"The metadata item {id} of {length} bytes at {offset} does not lie within the metadata region.", Rule);
        }

        if (_items.ContainsKey(id))
        {
            throw new DiskFormatException(_file.Path, entryOffset, $"The metadata item {id} is listed twice.", Rule);
        }

        _items.Add(id, new DiskExtent(_region.Offset + offset, length));
    }
}
