namespace AzImageTools.Disks.Registry;

/// <summary>
/// What logs hold of a hive, sector by sector, to be laid over what the hive's file holds. Only the places in the logs
/// are kept, the last one for each sector. Thread-safe only as far as its caller is.
/// </summary>
internal sealed class HiveOverlay : IDisposable
{
    private const int SectorSize = LogFile.SectorSize;

    private readonly Dictionary<long, (LogFile Log, long Offset)> _sectors = [];
    private readonly HashSet<LogFile> _logs = [];

    public HiveOverlay(BaseBlock baseBlock) => Base = baseBlock;

    /// <summary>The base block of the recovered hive.</summary>
    public BaseBlock Base { get; private set; }

    /// <summary>Gives the recovered hive the length of its bins that a log tells; where the file is shorter, it grows.</summary>
    public void Resize(uint binsLength) => Base = Base with { BinsLength = binsLength };

    /// <summary>Takes sectors from a log.</summary>
    /// <param name="offset">Where they belong, in bytes from the start of the hive bins; whole sectors.</param>
    /// <param name="length">Their length in bytes; whole sectors.</param>
    /// <param name="log">The log.</param>
    /// <param name="logOffset">Where the log has them.</param>
    public void Add(long offset, long length, LogFile log, long logOffset)
    {
        _logs.Add(log);
        for (long done = 0; done < length; done += SectorSize)
        {
            _sectors[(BaseBlock.Size + offset + done) / SectorSize] = (log, logOffset + done);
        }
    }

    /// <summary>How many bytes the logs hold of the hive.</summary>
    public long Length => _sectors.Count * (long)SectorSize;

    /// <summary>Where in the hive's file the sectors lie that the logs hold, in bytes.</summary>
    public IEnumerable<long> Positions => _sectors.Keys.Select(static sector => sector * SectorSize);

    /// <summary>Whether no log holds anything of the hive.</summary>
    public bool IsEmpty => _sectors.Count == 0;

    /// <summary>Whether it reads from the log, and so disposes it.</summary>
    public bool Uses(LogFile log) => _logs.Contains(log);

    /// <summary>Lays what the logs hold over a part of the file.</summary>
    /// <param name="position">Where the part begins in the file; the start of a sector.</param>
    /// <param name="content">The part's bytes; whole sectors.</param>
    public void Apply(long position, byte[] content)
    {
        for (int start = 0; start < content.Length; start += SectorSize)
        {
            if (_sectors.TryGetValue((position + start) / SectorSize, out (LogFile Log, long Offset) source))
            {
                source.Log.Read(source.Offset, content, start, SectorSize);
            }
        }
    }

    public void Dispose()
    {
        foreach (LogFile log in _logs)
        {
            log.Dispose();
        }
    }
}
