using System.Buffers.Binary;
using AzImageTools.Disks.Volumes.Ntfs.Compression;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Content that the Windows Overlay Filter compressed in chunks. The stream that holds it begins with a table of where each
/// chunk but the first begins, counted from the table's end: numbers of 32 bits, or of 64 where the content has 4 GiB or
/// more. A chunk that is as long as its content is stored as it is. (WIM archives, whose resources have the same form:
/// "Windows Imaging File Format", "Compressed resources".)
/// </summary>
internal sealed class WofContent : IUnitContent
{
    /// <summary>The stream that holds the content.</summary>
    public const string StreamName = "WofCompressedData";

    private const string Rule = "Windows Imaging File Format, Chunk table";

    private readonly NtfsVolume _volume;
    private readonly string _name;
    private readonly WofReparsePoint _format;
    private readonly FileContent _content;
    private readonly BufferedContent _table;
    private readonly BufferedContent _stored;
    private readonly IChunkDecoder _decoder;
    private readonly byte[] _chunk;
    private readonly long _chunkCount;
    private readonly int _entrySize;
    private readonly long _tableSize;

    /// <summary>Creates the content.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="record">The number of the file's own record.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="stored">The stream that holds it.</param>
    /// <param name="format">How it is compressed.</param>
    /// <param name="length">The content's bytes.</param>
    public WofContent(NtfsVolume volume, long record, string name, FileContent stored, WofReparsePoint format, long length)
    {
        int chunkSize = format.ChunkSize;
        _volume = volume;
        _name = name;
        _format = format;
        _decoder = format.CreateDecoder();
        _content = stored;
        _table = new BufferedContent(stored);
        _stored = new BufferedContent(stored);
        _chunk = new byte[chunkSize];
        _chunkCount = length <= 0 ? 0 : ((length - 1) / chunkSize) + 1;
        _entrySize = length > uint.MaxValue ? sizeof(ulong) : sizeof(uint);
        _tableSize = Math.Max(0, _chunkCount - 1) * _entrySize;
        Length = length;
        UnitSize = chunkSize;
        if (length < 0 || _chunkCount > stored.Length - _tableSize)
        {
            throw volume.Damaged(record, $"{name} is said to have {length} bytes, which the {stored.Length} bytes that hold it compressed can't tell of.", Rule);
        }
    }

    public long Length { get; }

    public int UnitSize { get; }

    public ReadBudget Budget => _volume.Budget;

    public long FindData(long position) => position;

    public void ReadUnit(long number, Span<byte> destination)
    {
        long begin = number == 0 ? 0 : ReadEntry(number);
        long end = number == _chunkCount - 1 ? _stored.Length - _tableSize : ReadEntry(number + 1);
        if (begin < 0 || end <= begin || end > _stored.Length - _tableSize || end - begin > destination.Length)
        {
            throw Damaged(number, _content.Locate(Math.Max(0, (number - 1) * _entrySize)), $"is said to lie from byte {begin} to {end} of {_stored.Length - _tableSize}");
        }

        int count = (int)(end - begin);
        Span<byte> chunk = count == destination.Length ? destination : _chunk.AsSpan(0, count);
        _stored.Read(_tableSize + begin, chunk);
        if (count < destination.Length && !_decoder.TryDecompress(chunk, destination))
        {
            throw Damaged(number, _content.Locate(_tableSize + begin), "can't be decompressed");
        }
    }

    // Of every chunk but the first there is an entry.
    private long ReadEntry(long number)
    {
        byte[] entry = new byte[sizeof(ulong)];
        _table.Read((number - 1) * _entrySize, entry.AsSpan(0, _entrySize));
        return BinaryPrimitives.ReadInt64LittleEndian(entry);
    }

    private DiskFormatException Damaged(long number, long? offset, string problem)
        => _volume.DamagedAt(offset, $"Chunk {number} of {_name}, which {_format}, {problem}.", Rule);
}
