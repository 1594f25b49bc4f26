using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>
/// The cells of a hive that is changed in memory (regf specification, "Hive bin", "Cell"): takes free ones, gives used ones
/// back, and adds a bin where none is large enough.
/// </summary>
/// <param name="hive">The hive.</param>
internal sealed class HiveCells(RegistryHive hive)
{
    private const int BinHeaderSize = 32;
    private const int BinAlignment = 4096;
    private const int SmallestCell = 8;
    private const string Rule = "regf, Hive bin";

    /// <summary>The hive.</summary>
    public RegistryHive Hive => hive;

    /// <summary>How many bytes a cell that is in use has for its content.</summary>
    public int RoomOf(uint cell) => checked((int)hive.LocateCell(cell).Length);

    /// <summary>A part of a cell's content.</summary>
    public byte[] Read(uint cell, int offset, int count) => hive.ReadCell(hive.LocateCell(cell), offset, count, "A cell");

    public uint ReadUInt32(uint cell, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Read(cell, offset, sizeof(uint)));

    public ushort ReadUInt16(uint cell, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(Read(cell, offset, sizeof(ushort)));

    /// <summary>Changes a part of a cell's content.</summary>
    public void Write(uint cell, int offset, ReadOnlySpan<byte> bytes)
    {
        DiskExtent place = hive.LocateCell(cell);
        if (offset < 0 || offset > place.Length - bytes.Length)
        {
            throw hive.Damaged(place.Offset, $"{offset + bytes.Length} bytes are needed in a cell that has {place.Length}.", "regf, Cell");
        }

        hive.Pages.Write(place.Offset + offset, bytes);
    }

    public void WriteUInt32(uint cell, int offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Write(cell, offset, bytes);
    }

    public void WriteUInt16(uint cell, int offset, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Write(cell, offset, bytes);
    }

    /// <summary>Takes a cell with room for some bytes, which are zero.</summary>
    /// <param name="room">How many.</param>
    /// <param name="near">A cell in whose bin it is looked for first.</param>
    /// <exception cref="DiskRepairException">The hive has no room, and its file neither.</exception>
    public uint Allocate(int room, uint near)
    {
        int size = (Math.Max(room + sizeof(int), SmallestCell) + 7) & ~7;
        if (TryTake(FindBin(near), size) is { } beside)
        {
            return beside;
        }

        for (long start = 0; start < hive.BinsLength;)
        {
            DiskExtent bin = ReadBin(start);
            if (TryTake(bin, size) is { } cell)
            {
                return cell;
            }

            start = bin.End;
        }

        return TryTake(AddBin(size), size) ?? throw new InvalidOperationException("A new bin has no room.");
    }

    /// <summary>Takes a cell for a content.</summary>
    public uint Add(ReadOnlySpan<byte> content, uint near)
    {
        uint cell = Allocate(content.Length, near);
        Write(cell, 0, content);
        return cell;
    }

    /// <summary>Gives a cell back. It becomes one with free ones beside it.</summary>
    /// <exception cref="DiskFormatException">It is not in use, or its bin is damaged.</exception>
    public void Free(uint cell)
    {
        long size = hive.LocateCell(cell).Length + sizeof(int);
        DiskExtent bin = FindBin(cell);
        long start = cell;
        long end = cell + size;
        bool isFound = false;
        foreach ((long offset, long length, bool isFree) in WalkCells(bin))
        {
            isFound |= offset == cell;
            if (isFree && offset + length == cell)
            {
                start = offset;
            }
            else if (isFree && offset == end)
            {
                end = offset + length;
            }
        }

        if (!isFound)
        {
            throw hive.Damaged(BaseBlock.Size + (long)cell, "A cell is referred to within another one.", "regf, Cell");
        }

        WriteSize(start, end - start);
    }

    private uint? TryTake(DiskExtent bin, int size)
    {
        foreach ((long offset, long length, bool isFree) in WalkCells(bin))
        {
            if (!isFree || length < size)
            {
                continue;
            }

            long taken = length - size < SmallestCell ? length : size;
            if (taken < length)
            {
                WriteSize(offset + taken, length - taken);
            }

            WriteSize(offset, -taken);
            hive.Pages.Write(BaseBlock.Size + offset + sizeof(int), new byte[taken - sizeof(int)]);
            return (uint)offset;
        }

        return null;
    }

    /// <summary>The bin that holds a cell. Bins begin at whole pages, and the header of each tells where that is.</summary>
    private DiskExtent FindBin(uint cell)
    {
        for (long start = cell & ~(BinAlignment - 1L); start >= 0; start -= BinAlignment)
        {
            hive.Pages.Budget.Visit("a bin of a registry hive", start);
            if (TryReadBin(start) is { } bin && bin.End > cell)
            {
                return bin;
            }
        }

        throw hive.Damaged(BaseBlock.Size + (long)cell, "A cell lies in no bin.", Rule);
    }

    private DiskExtent ReadBin(long start)
    {
        hive.Pages.Budget.Visit("a bin of a registry hive", start);
        return TryReadBin(start) ?? throw hive.Damaged(BaseBlock.Size + start, "A bin should begin there, and does not.", Rule);
    }

    private DiskExtent? TryReadBin(long start)
    {
        Span<byte> header = stackalloc byte[BinHeaderSize];
        if (start > hive.BinsLength - header.Length)
        {
            return null;
        }

        hive.Pages.Read(BaseBlock.Size + start, header);
        ReadOnlySpan<byte> bin = header;
        long length = BinaryPrimitives.ReadUInt32LittleEndian(bin.Slice(8));
        return bin.StartsWith("hbin"u8) && BinaryPrimitives.ReadUInt32LittleEndian(bin.Slice(4)) == start
            && length > 0 && length % BinAlignment == 0 && length <= hive.BinsLength - start
            ? new DiskExtent(start, length)
            : null;
    }

    private IEnumerable<(long Offset, long Length, bool IsFree)> WalkCells(DiskExtent bin)
    {
        byte[] header = new byte[sizeof(int)];
        for (long offset = bin.Offset + BinHeaderSize; offset < bin.End;)
        {
            hive.Pages.Budget.Visit("a cell of a registry hive", offset);
            hive.Pages.Read(BaseBlock.Size + offset, header);
            long size = BinaryPrimitives.ReadInt32LittleEndian(header);
            long length = Math.Abs(size);
            if (length < SmallestCell || length % 8 != 0 || length > bin.End - offset)
            {
                throw hive.Damaged(BaseBlock.Size + offset, $"A cell's size is given as {size} bytes, in a bin that ends {bin.End - offset} bytes on.", "regf, Cell");
            }

            yield return (offset, length, size > 0);
            offset += length;
        }
    }

    private DiskExtent AddBin(int size)
    {
        long start = hive.BinsLength;
        long length = (size + BinHeaderSize + BinAlignment - 1L) / BinAlignment * BinAlignment;
        long room = hive.Pages.FileLength - BaseBlock.Size - start;
        if (length > room || start != hive.Base.BinsLength)
        {
            throw new DiskRepairException(
                DiskRepairProblem.HiveFull,
                hive.Name,
                $"The hive {hive.Name} has no free cell of {size} bytes, and its file has room for {Math.Max(0, room)} more bytes, where {length} are needed. Nothing was changed.",
                "Make the change within the guest.");
        }

        hive.Resize((uint)(start + length));
        byte[] bin = new byte[length];
        "hbin"u8.CopyTo(bin);
        BinaryPrimitives.WriteUInt32LittleEndian(bin.AsSpan(4), (uint)start);
        BinaryPrimitives.WriteUInt32LittleEndian(bin.AsSpan(8), (uint)length);
        BinaryPrimitives.WriteInt32LittleEndian(bin.AsSpan(BinHeaderSize), (int)length - BinHeaderSize);
        hive.Pages.Write(BaseBlock.Size + start, bin);
        return new DiskExtent(start, length);
    }

    private void WriteSize(long cell, long size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, checked((int)size));
        hive.Pages.Write(BaseBlock.Size + cell, bytes);
    }
}
