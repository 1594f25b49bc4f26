using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// The log of changes ("Journaling Log"), as far as to tell whether the volume was unmounted: then the record that was
/// written last says so. It is a ring of 512-byte blocks, each of which begins with the number of the round that wrote it.
/// </summary>
internal sealed class Log
{
    private const int BlockSize = 512;
    private const uint RecordMagic = 0xFEED_BABE;
    private const int LargestRecord = 256 * 1024;
    private const int BytesPerHeader = 32 * 1024;
    private const byte UnmountFlag = 0x20;

    private readonly XfsVolume _volume;
    private readonly long _offset;
    private readonly long _blocks;

    public Log(XfsVolume volume)
    {
        Superblock superblock = volume.Superblock;
        _volume = volume;
        _offset = volume.OffsetOf(superblock.LogStart, superblock.LogBlockCount, "its log");
        _blocks = superblock.LogBlockCount * (superblock.BlockSize / BlockSize);
    }

    /// <summary>Whether the log holds nothing that has still to be carried out.</summary>
    public bool IsClean()
    {
        if (_blocks == 0)
        {
            return false;
        }

        uint first = RoundOf(0);
        uint last = RoundOf(_blocks - 1);
        if (first == 0)
        {
            // Nothing was ever written.
            return true;
        }

        // Up to the head, blocks are of the first one's round, and of the one before from there on.
        long head = first == last ? _blocks : Bisection.FindFirst(_blocks - 1, block => RoundOf(block) == last);
        long record = FindRecordBefore(head, hasWrapped: last != 0);
        if (record >= 0 && EndOf(record) != head % _blocks)
        {
            // A record that was not written whole does not count.
            head = record;
            record = FindRecordBefore(head, hasWrapped: last != 0);
        }

        return record >= 0 && EndOf(record) == head % _blocks && IsUnmountRecord(record);
    }

    /// <summary>The last record that begins before a block and may reach up to it; -1 where there is none.</summary>
    private long FindRecordBefore(long head, bool hasWrapped)
    {
        const int Farthest = (LargestRecord / BlockSize) + (LargestRecord / BytesPerHeader);
        long first = hasWrapped ? head - Math.Min(Farthest, _blocks) : Math.Max(0, head - Farthest);
        for (long block = head - 1; block >= first; block--)
        {
            if (ReadUInt32(block, 0) == RecordMagic)
            {
                return (block + _blocks) % _blocks;
            }
        }

        return -1;
    }

    /// <summary>The block behind a record; -1 where its length makes no sense.</summary>
    private long EndOf(long record)
    {
        uint length = ReadUInt32(record, 12);
        return length is > 0 and <= LargestRecord
            ? (record + HeadersOf(record) + ((length + BlockSize - 1) / BlockSize)) % _blocks
            : -1;
    }

    /// <summary>How many blocks a record begins with that are not its content: since version 2 it may need more than one.</summary>
    private long HeadersOf(long record)
    {
        uint bufferSize = ReadUInt32(record, 320);
        return ReadUInt32(record, 8) >= 2 && bufferSize is > BytesPerHeader and <= LargestRecord ? (bufferSize + BytesPerHeader - 1) / BytesPerHeader : 1;
    }

    /// <summary>Whether a record holds nothing but the note that the volume was unmounted.</summary>
    private bool IsUnmountRecord(long record)
    {
        const int OperationFlagsOffset = 8;
        return ReadUInt32(record, 40) == 1 && ((ReadUInt32(record + HeadersOf(record), OperationFlagsOffset) >> 16) & UnmountFlag) != 0;
    }

    private uint RoundOf(long block) => ReadUInt32(block, 0) is uint first && first == RecordMagic ? ReadUInt32(block, sizeof(uint)) : first;

    private uint ReadUInt32(long block, int position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _volume.Metadata.Read(_offset + ((block + _blocks) % _blocks * BlockSize) + position, bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
