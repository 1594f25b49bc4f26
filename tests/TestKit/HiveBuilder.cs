using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>
/// Lays out hives that programs at hand don't make, by Maxim Suhanov's "Windows registry file format specification":
/// one bin of cells behind a base block.
/// </summary>
public sealed class HiveBuilder
{
    public const uint None = uint.MaxValue;

    private byte[] _bins = new byte[1 << 14];
    private int _next = 32;

    /// <summary>Adds a cell and tells its offset.</summary>
    public uint Add(byte[] data)
    {
        int cell = _next;
        int size = (data.Length + 4 + 7) & ~7;
        Reserve(cell + size);
        BinaryPrimitives.WriteInt32LittleEndian(_bins.AsSpan(cell), -size);
        data.CopyTo(_bins, cell + 4);
        _next += size;
        return (uint)cell;
    }

    public uint AddNumbers(params uint[] numbers) => Add([.. numbers.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Adds a list of subkeys or of lists: li, ri, or lh and lf with zeros for hints.</summary>
    public uint AddList(string signature, params uint[] cells)
        => Add([
            .. Encoding.ASCII.GetBytes(signature),
            .. BitConverter.GetBytes((ushort)cells.Length),
            .. cells.SelectMany(cell => signature is "li" or "ri" ? BitConverter.GetBytes(cell) : [.. BitConverter.GetBytes(cell), 0, 0, 0, 0]),
        ]);

    /// <summary>Adds a list of subkeys with hints: lh or lf.</summary>
    public uint AddHintedList(string signature, params (uint Cell, byte[] Hint)[] keys)
        => Add([.. Encoding.ASCII.GetBytes(signature), .. BitConverter.GetBytes((ushort)keys.Length), .. keys.SelectMany(key => (byte[])[.. BitConverter.GetBytes(key.Cell), .. key.Hint])]);

    public uint AddKey(string name, uint parent, uint subKeyCount = 0, uint subKeys = None, uint valueCount = 0, uint values = None)
    {
        byte[] stored = Encoding.Unicode.GetBytes(name);
        byte[] node = new byte[76 + stored.Length];
        "nk"u8.CopyTo(node);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(16), parent);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(20), subKeyCount);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(28), subKeys);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(36), valueCount);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(40), values);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(72), (ushort)stored.Length);
        stored.CopyTo(node, 76);
        return Add(node);
    }

    public uint AddValue(string name, int type, uint dataSize, uint data)
    {
        byte[] stored = Encoding.Unicode.GetBytes(name);
        byte[] node = new byte[20 + stored.Length];
        "vk"u8.CopyTo(node);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(2), (ushort)stored.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(4), dataSize);
        BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(8), data);
        BinaryPrimitives.WriteInt32LittleEndian(node.AsSpan(12), type);
        stored.CopyTo(node, 20);
        return Add(node);
    }

    /// <summary>Overwrites a field of a cell that was added.</summary>
    public void Patch(uint cell, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bins.AsSpan((int)cell + 4 + offset), value);

    /// <summary>Overwrites a field of a cell that was added.</summary>
    public void Patch16(uint cell, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bins.AsSpan((int)cell + 4 + offset), value);

    public byte[] Build(uint root, int minorVersion = 5, uint secondSequence = 1)
    {
        int length = (_next + 4095) & ~4095;
        Reserve(length);
        byte[] hive = new byte[4096 + length];
        Span<byte> head = hive;
        "regf"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], secondSequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], minorVersion);
        BinaryPrimitives.WriteInt32LittleEndian(head[32..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(head[36..], root);
        BinaryPrimitives.WriteInt32LittleEndian(head[40..], length);
        uint checksum = 0;
        for (int i = 0; i < 508; i += 4)
        {
            checksum ^= BinaryPrimitives.ReadUInt32LittleEndian(head[i..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(head[508..], checksum);
        _bins.AsSpan(0, length).CopyTo(head[4096..]);
        "hbin"u8.CopyTo(head[4096..]);
        BinaryPrimitives.WriteInt32LittleEndian(head[4104..], length);
        return hive;
    }

    private void Reserve(int length)
    {
        if (length > _bins.Length)
        {
            Array.Resize(ref _bins, Math.Max(2 * _bins.Length, (length + 4095) & ~4095));
        }
    }
}
