using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>A value's cell (regf specification, "Key value"): its name, and where its data is.</summary>
internal sealed class ValueNode
{
    private const int HeaderSize = 20;
    private const int CompressedName = 1;
    private const uint InCell = 0x8000_0000;

    private const int LongestName = 16383;

    // regf, Big data: what one segment holds, and so what data in a cell of its own may have at most.
    private const int SegmentSize = 16344;

    private readonly RegistryHive _hive;
    private readonly DiskExtent _cell;
    private readonly uint _dataSize;
    private readonly uint _dataCell;
    private readonly RegistryValueType _type;

    public ValueNode(RegistryHive hive, uint cell)
    {
        _hive = hive;
        _cell = hive.LocateCell(cell);
        Span<byte> bytes = stackalloc byte[HeaderSize];
        hive.ReadCell(_cell, 0, bytes, "A value");
        ReadOnlySpan<byte> node = bytes;
        if (!node.StartsWith("vk"u8))
        {
            throw hive.Damaged(_cell.Offset, "A value's cell does not begin with 'vk'.", "regf, Key value");
        }

        Name = hive.ReadName(_cell, HeaderSize, BinaryPrimitives.ReadUInt16LittleEndian(node.Slice(2)), (node[16] & CompressedName) != 0, LongestName, "A value's name");
        _dataSize = BinaryPrimitives.ReadUInt32LittleEndian(node.Slice(4));
        _dataCell = BinaryPrimitives.ReadUInt32LittleEndian(node.Slice(8));
        _type = unchecked((RegistryValueType)BinaryPrimitives.ReadInt32LittleEndian(node.Slice(12)));
    }

    public string Name { get; }

    /// <summary>The bytes of its cell.</summary>
    public long CellLength => _cell.Length;

    public RegistryValue ReadValue() => new(Name, _type, ReadData());

    private byte[] ReadData()
    {
        if ((_dataSize & InCell) != 0)
        {
            // The data lies where its offset would be; guests' sizes beyond its four bytes are cut.
            return _hive.ReadCell(_cell, 8, Math.Min(_dataSize & ~InCell, sizeof(uint)), "A value's data");
        }

        if (_dataSize == 0)
        {
            return [];
        }

        if (_dataSize > _hive.BinsLength)
        {
            throw _hive.Damaged(_cell.Offset, $"The value '{Name}' is said to have {_dataSize} bytes, more than its hive.", "regf, Key value");
        }

        DiskExtent data = _hive.LocateCell(_dataCell);
        if (_dataSize > SegmentSize && _hive.HasBigData)
        {
            byte[] head = _hive.ReadCell(data, 0, 8, "A value's big data");
            if (head.AsSpan().StartsWith("db"u8))
            {
                return ReadSegments(data, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(2)), BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)));
            }
        }

        // A size that lies is cut to what is there.
        return _hive.ReadCell(data, 0, Math.Min(_dataSize, data.Length), "A value's data");
    }

    private byte[] ReadSegments(DiskExtent bigData, int count, uint listCell)
    {
        if (count != (_dataSize + SegmentSize - 1) / SegmentSize)
        {
            throw _hive.Damaged(bigData.Offset, $"{_dataSize} bytes of data are said to be in {count} segments of {SegmentSize} bytes.", "regf, Big data");
        }

        byte[] list = _hive.ReadCell(_hive.LocateCell(listCell), 0, (long)count * sizeof(uint), "A list of segments");
        _hive.Allocate(_dataSize, "A value's data", bigData.Offset);
        byte[] result = new byte[_dataSize];
        for (int i = 0; i < count; i++)
        {
            DiskExtent segment = _hive.LocateCell(BinaryPrimitives.ReadUInt32LittleEndian(list.AsSpan(i * sizeof(uint))));
            int start = i * SegmentSize;
            int length = Math.Min(SegmentSize, result.Length - start);
            if (length > segment.Length)
            {
                throw _hive.Damaged(segment.Offset, $"A segment of {length} bytes lies in a cell of {segment.Length}.", "regf, Big data");
            }

            _hive.Read(segment.Offset, result.AsSpan(start, length));
        }

        return result;
    }
}
