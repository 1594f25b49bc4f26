using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>An entry of a log of the new format (regf specification, "Log entries").</summary>
internal sealed class LogEntry
{
    private const int HeaderSize = 40;
    private const int HashedHeaderSize = 32;
    private const int ReferenceSize = 8;
    private const int BinAlignment = 4096;
    private const int BlockSize = 64 * 1024;
    private const string Rule = "regf, Log entries";

    private readonly LogFile _log;
    private readonly long _offset;
    private readonly byte[] _references;

    private LogEntry(LogFile log, long offset, byte[] header)
    {
        _log = log;
        _offset = offset;
        Length = UInt32(header, 4);
        BinsLength = UInt32(header, 16);
        if (Length < LogFile.SectorSize || Length % LogFile.SectorSize != 0 || Length > log.Length - offset)
        {
            throw Damaged($"A log entry's length is given as {Length} bytes, of {log.Length - offset} that the log has from there on.");
        }

        if (BinsLength < BinAlignment || BinsLength % BinAlignment != 0)
        {
            throw Damaged($"A log entry gives the length of the hive bins as {BinsLength} bytes.");
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32)) != Marvin32.Hash(header.AsSpan(0, HashedHeaderSize))
            || BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(24)) != HashContent())
        {
            throw Damaged("A log entry was not completely written, or is damaged: its hash is wrong.");
        }

        // Every page has a sector at least.
        long pages = UInt32(header, 20);
        if (pages == 0 || pages > (Length - HeaderSize) / (ReferenceSize + LogFile.SectorSize))
        {
            throw Damaged($"A log entry of {Length} bytes is said to hold {pages} pages.");
        }

        _references = new byte[pages * ReferenceSize];
        log.Read(offset + HeaderSize, _references, 0, _references.Length);
        CheckPages();
    }

    /// <summary>The entry's bytes in the log; the next one follows.</summary>
    public long Length { get; }

    /// <summary>The length of all hive bins once the entry is applied, in bytes.</summary>
    public uint BinsLength { get; }

    /// <summary>The entry at an offset; null where there is none of that sequence number.</summary>
    /// <exception cref="DiskFormatException">It is not wholly there, or damaged.</exception>
    public static LogEntry? TryRead(LogFile log, long offset, uint sequence)
    {
        if (offset > log.Length - HeaderSize)
        {
            return null;
        }

        byte[] header = new byte[HeaderSize];
        log.Read(offset, header, 0, header.Length);
        return header.AsSpan().StartsWith("HvLE"u8) && UInt32(header, 12) == sequence ? new LogEntry(log, offset, header) : null;
    }

    public void Apply(HiveOverlay overlay)
    {
        overlay.Resize(BinsLength);
        long source = _offset + HeaderSize + _references.Length;
        for (int i = 0; i < _references.Length; i += ReferenceSize)
        {
            long size = UInt32(_references, i + 4);
            overlay.Add(UInt32(_references, i), size, _log, source);
            source += size;
        }
    }

    private static uint UInt32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private void CheckPages()
    {
        long room = Length - HeaderSize - _references.Length;
        for (int i = 0; i < _references.Length; i += ReferenceSize)
        {
            long offset = UInt32(_references, i);
            long size = UInt32(_references, i + 4);
            room -= size;
            if (size == 0 || (offset | size) % LogFile.SectorSize != 0 || offset + size > BinsLength || room < 0)
            {
                throw Damaged($"A log entry of {Length} bytes, for {BinsLength} bytes of hive bins, is said to hold {size} bytes for offset {offset}.");
            }
        }
    }

    // Note 1: from the first reference to the entry's end.
    private ulong HashContent()
    {
        Marvin32 hash = new();
        byte[] block = new byte[Math.Min(BlockSize, Length)];
        long end = _offset + Length;
        for (long position = _offset + HeaderSize; position < end; position += block.Length)
        {
            int count = (int)Math.Min(block.Length, end - position);
            _log.Read(position, block, 0, count);
            hash.Append(block.AsSpan(0, count));
        }

        return hash.Complete();
    }

    private DiskFormatException Damaged(string problem) => new(_log.Name, _offset, problem, Rule);
}
