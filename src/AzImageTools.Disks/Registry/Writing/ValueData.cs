using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>Where a value's data lies: in the value's cell, in a cell of its own, or in several (regf specification, "Key value", "Big data").</summary>
/// <param name="cells">The hive's cells.</param>
internal sealed class ValueData(HiveCells cells)
{
    /// <summary>The most bytes that a value may have (Windows, "Registry Element Size Limits").</summary>
    public const int Longest = 1 << 20;

    /// <summary>What the size of data in the value's own cell is marked with.</summary>
    public const uint InCell = 0x8000_0000;

    private const int BigDataSize = 8;
    private const int SegmentSize = 16344;

    // Of a cell of Windows' own that holds a segment, as many are left over; hivex counts on them.
    private const int SegmentSlack = 4;

    /// <summary>Stores data.</summary>
    /// <param name="data">The data.</param>
    /// <param name="near">A cell to store it near.</param>
    /// <returns>The size and the place, as the value's cell has them.</returns>
    public (uint Size, uint Place) Store(ReadOnlySpan<byte> data, uint near)
    {
        if (data.Length <= sizeof(uint))
        {
            Span<byte> inCell = stackalloc byte[sizeof(uint)];
            data.CopyTo(inCell);
            return ((uint)data.Length | InCell, BinaryPrimitives.ReadUInt32LittleEndian(inCell));
        }

        if (data.Length <= SegmentSize || !cells.Hive.HasBigData)
        {
            return ((uint)data.Length, cells.Add(data, near));
        }

        int count = (data.Length + SegmentSize - 1) / SegmentSize;
        byte[] list = new byte[count * sizeof(uint)];
        for (int i = 0; i < count; i++)
        {
            int start = i * SegmentSize;
            ReadOnlySpan<byte> part = data.Slice(start, Math.Min(SegmentSize, data.Length - start));
            uint segment = cells.Allocate(part.Length + SegmentSlack, near);
            cells.Write(segment, 0, part);
            BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(i * sizeof(uint)), segment);
        }

        byte[] head = new byte[BigDataSize];
        "db"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(2), (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), cells.Add(list, near));
        return ((uint)data.Length, cells.Add(head, near));
    }

    /// <summary>Gives back what data takes beside the value's cell.</summary>
    /// <param name="size">The size, as the value's cell has it.</param>
    /// <param name="place">The place, as the value's cell has it.</param>
    public void Free(uint size, uint place)
    {
        if ((size & InCell) != 0 || size == 0)
        {
            return;
        }

        if (size > SegmentSize && cells.Hive.HasBigData && cells.Read(place, 0, BigDataSize) is [(byte)'d', (byte)'b', ..] head)
        {
            uint list = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            byte[] segments = cells.Read(list, 0, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(2)) * sizeof(uint));
            for (int i = 0; i < segments.Length; i += sizeof(uint))
            {
                cells.Free(BinaryPrimitives.ReadUInt32LittleEndian(segments.AsSpan(i)));
            }

            cells.Free(list);
        }

        cells.Free(place);
    }
}
