namespace AzImageTools.Disks.Registry;

/// <summary>
/// A transaction log of a hive with an intact base block (regf specification, "Format of transaction log files").
/// Sectors are 512 bytes on every disk that Windows keeps a hive on ("Sector size and clustering factor").
/// </summary>
internal sealed class LogFile : IDisposable
{
    public const int SectorSize = BaseBlock.SectorSize;

    /// <summary>Windows writes the hive long before its log becomes as large; reading more would take too long.</summary>
    public const long MaximumLength = 256 << 20;

    private const uint NewFormat = 6;

    private readonly Stream _content;

    private LogFile(Stream content, string name, BaseBlock baseBlock)
    {
        _content = content;
        Name = name;
        Base = baseBlock;
    }

    public string Name { get; }

    public BaseBlock Base { get; }

    public long Length => _content.Length;

    /// <summary>Whether it has log entries, as since Windows 8.1, or one dirty vector, as before.</summary>
    public bool HasEntries => Base.FileType == NewFormat;

    /// <summary>Opens a log; null where it is not in use. It disposes the stream, also when it refuses it.</summary>
    public static LogFile? TryOpen(Stream content, string name)
    {
        try
        {
            // Of two or three logs, those not in use are empty or zeros.
            byte[] sector = new byte[SectorSize];
            if (content.Length > 0)
            {
                StreamContent.Fill(content, name, 0, sector, 0, sector.Length);
            }

            LogFile? log = sector.All(static value => value == 0) ? null : Parse(content, name, sector);
            if (log is null)
            {
                content.Dispose();
            }

            return log;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>Fills a part of a buffer; refused where the log ends before.</summary>
    public void Read(long offset, byte[] buffer, int start, int count) => StreamContent.Fill(_content, Name, offset, buffer, start, count);

    public void Dispose() => _content.Dispose();

    private static LogFile Parse(Stream content, string name, ReadOnlySpan<byte> sector)
    {
        BaseBlock block = BaseBlock.Parse(sector);
        block.Check(name);
        if (!block.IsIntact || block.PrimarySequence != block.SecondarySequence)
        {
            throw new DiskFormatException(name, 0, "The log's base block was not completely written, or is damaged.", "regf, Format of transaction log files");
        }

        if (block.FileType is not (1 or 2 or NewFormat))
        {
            throw new DiskFormatException(name, 28, $"It is not a log of a hive: its file type is {block.FileType}.", "regf, Format of transaction log files");
        }

        if (content.Length > MaximumLength)
        {
            throw new DiskFormatException(name, null, $"The log has {content.Length} bytes; logs of more than {MaximumLength} are not read.");
        }

        return new LogFile(content, name, block);
    }
}
