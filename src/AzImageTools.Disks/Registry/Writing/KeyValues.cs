using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>The values of a key while they are changed (regf specification, "Key values list", "Key value").</summary>
/// <param name="cells">The hive's cells.</param>
/// <param name="key">The key's cell.</param>
internal sealed class KeyValues(HiveCells cells, uint key)
{
    private const int HeaderSize = 20;
    private const int LongestName = 16383;
    private const ushort CompressedName = 1;
    private const int NameLengthOffset = 2;
    private const int SizeOffset = 4;
    private const int PlaceOffset = 8;
    private const int TypeOffset = 12;
    private const int FlagsOffset = 16;

    private readonly ValueData _data = new(cells);

    /// <summary>Gives a value type and data; it is added where it is missing.</summary>
    public void Set(string name, RegistryValueType type, ReadOnlySpan<byte> data)
    {
        List<uint> values = ReadList();
        int index = Find(values, name);
        uint cell = index < 0 ? Add(values, name) : values[index];
        byte[] header = cells.Read(cell, 0, HeaderSize);
        (uint size, uint place) = _data.Store(data, key);
        if (index >= 0)
        {
            _data.Free(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(SizeOffset)), BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(PlaceOffset)));
        }

        cells.WriteUInt32(cell, SizeOffset, size);
        cells.WriteUInt32(cell, PlaceOffset, place);
        cells.WriteUInt32(cell, TypeOffset, unchecked((uint)(long)type));
        Raise(KeyCell.LongestValueName, name.Length * sizeof(char));
        Raise(KeyCell.LongestValueData, data.Length);
    }

    /// <summary>Takes a value out; false where there is none of the name.</summary>
    public bool Remove(string name)
    {
        List<uint> values = ReadList();
        int index = Find(values, name);
        if (index < 0)
        {
            return false;
        }

        FreeValue(values[index]);
        values.RemoveAt(index);
        uint list = cells.ReadUInt32(key, KeyCell.ValueList);
        if (values.Count == 0)
        {
            cells.Free(list);
            cells.WriteUInt32(key, KeyCell.ValueList, RegistryHive.NoCell);
        }
        else
        {
            cells.Write(list, 0, ToBytes(values));
        }

        cells.WriteUInt32(key, KeyCell.ValueCount, (uint)values.Count);
        return true;
    }

    /// <summary>Gives back all that the values take.</summary>
    public void Free()
    {
        List<uint> values = ReadList();
        foreach (uint value in values)
        {
            FreeValue(value);
        }

        if (values.Count > 0)
        {
            cells.Free(cells.ReadUInt32(key, KeyCell.ValueList));
        }
    }

    private static byte[] ToBytes(List<uint> values)
    {
        byte[] bytes = new byte[values.Count * sizeof(uint)];
        for (int i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), values[i]);
        }

        return bytes;
    }

    private static byte[] Make(string name)
    {
        bool isCompressed = name.All(static character => character <= byte.MaxValue);
        byte[] stored = isCompressed ? [.. name.Select(static character => (byte)character)] : Encoding.Unicode.GetBytes(name);
        byte[] value = new byte[HeaderSize + stored.Length];
        "vk"u8.CopyTo(value);
        BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(NameLengthOffset), (ushort)stored.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(SizeOffset), ValueData.InCell);
        BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(FlagsOffset), isCompressed && stored.Length > 0 ? CompressedName : (ushort)0);
        stored.CopyTo(value, HeaderSize);
        return value;
    }

    private uint Add(List<uint> values, string name)
    {
        uint cell = cells.Add(Make(name), key);
        values.Add(cell);
        byte[] list = ToBytes(values);
        uint old = values.Count == 1 ? RegistryHive.NoCell : cells.ReadUInt32(key, KeyCell.ValueList);
        if (old != RegistryHive.NoCell && cells.RoomOf(old) >= list.Length)
        {
            cells.Write(old, 0, list);
        }
        else
        {
            cells.WriteUInt32(key, KeyCell.ValueList, cells.Add(list, key));
            if (old != RegistryHive.NoCell)
            {
                cells.Free(old);
            }
        }

        cells.WriteUInt32(key, KeyCell.ValueCount, (uint)values.Count);
        return cell;
    }

    private List<uint> ReadList()
    {
        long count = cells.ReadUInt32(key, KeyCell.ValueCount);
        uint list = cells.ReadUInt32(key, KeyCell.ValueList);
        if (count == 0)
        {
            return [];
        }

        byte[] bytes = cells.Hive.ReadCell(cells.Hive.LocateCell(list), 0, count * sizeof(uint), $"A list of {count} values");
        List<uint> values = [];
        for (int i = 0; i < bytes.Length; i += sizeof(uint))
        {
            values.Add(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i)));
        }

        return values;
    }

    private int Find(List<uint> values, string name) => values.FindIndex(value => string.Equals(ReadName(value), name, StringComparison.OrdinalIgnoreCase));

    private string ReadName(uint value)
    {
        DiskExtent place = cells.Hive.LocateCell(value);
        byte[] header = cells.Read(value, 0, HeaderSize);
        return header[0] == 'v' && header[1] == 'k'
            ? cells.Hive.ReadName(place, HeaderSize, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(NameLengthOffset)), (header[FlagsOffset] & CompressedName) != 0, LongestName, "A value's name")
            : throw cells.Hive.Damaged(place.Offset, "A value's cell does not begin with 'vk'.", "regf, Key value");
    }

    private void FreeValue(uint value)
    {
        byte[] header = cells.Read(value, 0, HeaderSize);
        _data.Free(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(SizeOffset)), BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(PlaceOffset)));
        cells.Free(value);
    }

    private void Raise(int field, int value)
    {
        if (cells.ReadUInt32(key, field) < value)
        {
            cells.WriteUInt32(key, field, (uint)value);
        }
    }
}
