using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// A VHDX with the changes of its log: ranges of zeros, and 4 KiB each whose data stay in the log and are read there.
/// Changes are added before anybody reads.
/// </summary>
internal sealed class LogOverlay(DiskFile file) : IFileOverlay
{
    private const int TrailingSize = sizeof(uint);

    private readonly List<Change> _changes = [];

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <summary>Makes the file at least so long.</summary>
    public void Extend(long length) => Length = Math.Max(Length, length);

    /// <summary>Zeroes a range.</summary>
    public void Zero(long offset, long length)
    {
        if (length > 0)
        {
            Put(new Change(offset, offset + length, SectorPosition: 0, Leading: 0, Trailing: 0));
        }
    }

    /// <summary>Replaces 4 KiB.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="sectorPosition">Where in the file the data sector is, which has all but the first 8 and the last 4 bytes.</param>
    /// <param name="leading">The first 8 bytes.</param>
    /// <param name="trailing">The last 4 bytes.</param>
    public void Replace(long offset, long sectorPosition, ulong leading, uint trailing)
        => Put(new Change(offset, offset + LogEntry.SectorSize, sectorPosition, leading, trailing));

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        int index = FindFirstEndingAfter(offset);
        while (destination.Length > 0)
        {
            long end = offset + destination.Length;
            Change? change = index < _changes.Count && _changes[index].Start < end ? _changes[index] : null;
            long partEnd = change is null ? end : change.Value.Start > offset ? change.Value.Start : Math.Min(change.Value.End, end);
            Span<byte> part = destination.Slice(0, (int)(partEnd - offset));
            if (change is not { } found || found.Start > offset)
            {
                file.ReadStored(offset, part);
            }
            else
            {
                ReadChange(found, offset, part);
                index++;
            }

            offset = partEnd;
            destination = destination.Slice(part.Length);
        }
    }

    private void ReadChange(Change change, long offset, Span<byte> destination)
    {
        if (change.SectorPosition == 0)
        {
            destination.Clear();
            return;
        }

        Span<byte> sector = stackalloc byte[LogEntry.SectorSize];
        file.ReadStored(change.SectorPosition, sector);
        BinaryPrimitives.WriteUInt64LittleEndian(sector, change.Leading);
        BinaryPrimitives.WriteUInt32LittleEndian(sector.Slice(LogEntry.SectorSize - TrailingSize), change.Trailing);
        sector.Slice((int)(offset - change.Start), destination.Length).CopyTo(destination);
    }

    /// <summary>Puts a change over the earlier ones. All begin and end on 4 KiB, so that only ranges of zeros are ever split.</summary>
    private void Put(Change change)
    {
        Extend(change.End);
        int first = FindFirstEndingAfter(change.Start);
        int behind = first;
        while (behind < _changes.Count && _changes[behind].Start < change.End)
        {
            behind++;
        }

        List<Change> put = [change];
        if (behind > first)
        {
            Change left = _changes[first];
            Change right = _changes[behind - 1];
            if (left.Start < change.Start)
            {
                put.Insert(0, left with { End = change.Start });
            }

            if (right.End > change.End)
            {
                put.Add(right with { Start = change.End });
            }
        }

        _changes.RemoveRange(first, behind - first);
        _changes.InsertRange(first, put);
    }

    private int FindFirstEndingAfter(long offset) => Bisection.FindFirst(_changes, change => change.End > offset);

    /// <summary>A changed range; its data sector's position is 0 for zeros, where no log can be.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Change(long Start, long End, long SectorPosition, ulong Leading, uint Trailing);
}
