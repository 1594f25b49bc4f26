using System.Buffers.Binary;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Registry;

/// <summary>
/// A registry hive (a file in regf format, versions 1.3 to 1.6), read-only. Only what is asked for is read. Where the last
/// write was not completed, what its logs hold is read in its place; nothing is written. Thread-safe.
/// </summary>
/// <remarks>Source of the format: Maxim Suhanov, "Windows registry file format specification".</remarks>
public sealed class RegistryHive : IDisposable
{
    /// <summary>Windows allows no deeper keys ("Registry Element Size Limits").</summary>
    internal const int MaximumDepth = 512;

    /// <summary>An offset that leads nowhere.</summary>
    internal const uint NoCell = uint.MaxValue;

    private const int BinHeaderSize = 32;

    // Names up to here take less than the structure that holds them is counted for.
    private const int ShortName = 256;

    // Where Windows uses the first two, the third one may be left from the installation.
    internal static readonly string[] LogExtensions = [".LOG1", ".LOG2", ".LOG"];

    private readonly HivePages _pages;
    private BaseBlock _base;

    private RegistryHive(HivePages pages, BaseBlock baseBlock, HiveState state, IReadOnlyList<string> logProblems, string name)
    {
        _pages = pages;
        _base = baseBlock;
        State = state;
        LogProblems = logProblems;
        Name = name;
        Root = RegistryKey.ReadRoot(this, baseBlock.RootCell);
    }

    /// <summary>What to call the hive in messages.</summary>
    public string Name { get; }

    /// <summary>Whether the last write to the hive was completed, or else whether its logs complete it.</summary>
    public HiveState State { get; }

    /// <summary>What is wrong with logs that a hive needed, as sentences; a log that Windows was still writing is told too.</summary>
    public IReadOnlyList<string> LogProblems { get; }

    /// <summary>The hive's topmost key; its path is empty.</summary>
    public RegistryKey Root { get; private set; }

    internal bool HasBigData => _base.MinorVersion > 3;

    /// <summary>How many bytes of the hive's file and its logs there are: all cells that don't overlap are no longer.</summary>
    internal long StoredLength => _pages.StoredLength;

    internal long BinsLength => Math.Min(_base.BinsLength, _pages.Length - BaseBlock.Size);

    /// <summary>Opens a hive on a volume, with the logs that lie beside it.</summary>
    /// <param name="volume">The volume; must stay readable as long as the hive is.</param>
    /// <param name="path">The hive's path; its last part names the hive in messages.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there, or the file is no hive, or one of another version, or its root is damaged.</exception>
    public static RegistryHive Open(IFileSystem volume, string path)
    {
        if (volume is null)
        {
            throw new ArgumentNullException(nameof(volume));
        }

        if (path is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        return Open(volume, path, volume.OpenFile(path));
    }

    /// <summary>Opens a hive of a volume with its logs; null where there is no such file, or only a link that leads to none.</summary>
    /// <param name="volume">The volume; must stay readable as long as the hive is.</param>
    /// <param name="path">The hive's path; its last part names the hive in messages.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there, or the file is no hive, or one of another version, or its root is damaged.</exception>
    public static RegistryHive? TryOpen(IFileSystem volume, string path) => volume.TryOpenFile(path) is { } content ? Open(volume, path, content) : null;

    /// <summary>Opens a hive without its logs.</summary>
    /// <param name="content">The hive file's content, seekable; the hive disposes it.</param>
    /// <param name="name">What to call the hive in messages.</param>
    /// <exception cref="DiskFormatException">It is no hive, or one of another version, or its root is damaged.</exception>
    public static RegistryHive Open(Stream content, string name) => Open(content, name, []);

    /// <summary>Opens a hive with its logs.</summary>
    /// <param name="content">The hive file's content, seekable; the hive disposes it.</param>
    /// <param name="name">What to call the hive in messages.</param>
    /// <param name="logs">The logs beside the hive: LOG1, LOG2, LOG. One that is damaged or of another hive is not used.</param>
    /// <exception cref="DiskFormatException">It is no hive, or one of another version, or its root is damaged.</exception>
    public static RegistryHive Open(Stream content, string name, IReadOnlyList<RegistryHiveLog> logs)
    {
        if (content is null)
        {
            throw new ArgumentNullException(nameof(content));
        }

        if (logs is null)
        {
            throw new ArgumentNullException(nameof(logs));
        }

        HiveOverlay? overlay = null;
        try
        {
            byte[] head = new byte[BaseBlock.SectorSize];
            StreamContent.Fill(content, name, 0, head, 0, head.Length);
            BaseBlock block = BaseBlock.Parse(head);
            List<string> problems = [];
            if (block.IsIntact)
            {
                block.CheckPrimary(name);
            }

            if (!block.IsClean)
            {
                overlay = HiveRecovery.TryRecover(block, ReadTimestampOfBins(content, name), logs, problems);
            }

            if (overlay is null)
            {
                block.CheckPrimary(name);
            }

            HiveState state = block.IsClean ? HiveState.Clean : overlay is null ? HiveState.Dirty : HiveState.Recovered;
            return new RegistryHive(new HivePages(content, name, overlay), overlay?.Base ?? block, state, problems, name);
        }
        catch
        {
            content.Dispose();
            overlay?.Dispose();
            throw;
        }
    }

    /// <summary>The hive's base block: the recovered one, where logs complete the hive.</summary>
    internal BaseBlock Base => _base;

    /// <summary>The hive's bytes.</summary>
    internal HivePages Pages => _pages;

    /// <summary>Gives the hive bins another length, after which keys are read anew.</summary>
    internal void Resize(uint binsLength)
    {
        _pages.Grow(Math.Max(_pages.Length, BaseBlock.Size + (long)binsLength));
        _base = _base with { BinsLength = binsLength };
    }

    /// <summary>Reads the root anew: what was read of keys before a change stays as it was.</summary>
    internal void Refresh() => Root = RegistryKey.ReadRoot(this, _base.RootCell);

    /// <summary>The key at a path; null where there is none.</summary>
    /// <param name="path">Names with '\' between them, from the hive's root, which is not named: <c>Select</c>. Case does not matter.</param>
    /// <exception cref="DiskFormatException">The hive is damaged on the way.</exception>
    public RegistryKey? OpenKey(string path) => Root.OpenSubKey(path);

    /// <inheritdoc/>
    public void Dispose() => _pages.Dispose();

    /// <summary>Where the cell's data lies in the file, and how many bytes it has.</summary>
    internal DiskExtent LocateCell(uint cell)
    {
        long offset = BaseBlock.Size + (long)cell;
        _pages.Budget.Visit("a cell of a registry hive", offset);
        if (cell % 8 != 0 || cell > BinsLength - sizeof(int))
        {
            throw Damaged(offset, $"A cell is said to be at {cell} in the {BinsLength} bytes of hive bins.", "regf, Cell");
        }

        Span<byte> header = stackalloc byte[sizeof(int)];
        _pages.Read(offset, header);
        long size = -(long)BinaryPrimitives.ReadInt32LittleEndian(header);
        if (size < 8 || size > BinsLength - cell)
        {
            throw Damaged(offset, size < 0 ? "A cell in use is marked as free." : $"A cell's size is given as {size} bytes.", "regf, Cell");
        }

        return new DiskExtent(offset + sizeof(int), size - sizeof(int));
    }

    internal void Read(long offset, Span<byte> destination) => _pages.Read(offset, destination);

    /// <summary>Counts memory for what the hive says it has, at a byte or as a whole.</summary>
    internal void Allocate(long bytes, string what, long? offset = null) => _pages.Budget.Allocate(bytes, what, offset);

    /// <summary>Tells of cells that are likely to be read next, unless that is one alone, or nothing is done about it.</summary>
    /// <param name="list">Holds the cells' numbers.</param>
    /// <param name="stride">How many bytes of the list each has.</param>
    internal void Prefetch(byte[] list, int stride)
    {
        if (_pages.TakesHints && list.Length > stride)
        {
            _pages.Prefetch(ReadNumbers(list, stride).Select(static cell => new DiskExtent(BaseBlock.Size + (long)cell, sizeof(int))));
        }
    }

    /// <summary>A part of a cell's data; refused where the cell is too small to hold it.</summary>
    internal byte[] ReadCell(DiskExtent cell, long offset, long length, string what)
    {
        CheckCell(cell, offset, length, what);
        Allocate(length, what, cell.Offset + offset);
        byte[] bytes = new byte[length];
        _pages.Read(cell.Offset + offset, bytes);
        return bytes;
    }

    /// <summary>Fills the destination with a part of a cell's data; refused where the cell is too small to hold it.</summary>
    internal void ReadCell(DiskExtent cell, long offset, Span<byte> destination, string what)
    {
        CheckCell(cell, offset, destination.Length, what);
        _pages.Read(cell.Offset + offset, destination);
    }

    /// <summary>The name of a key or value: one byte a character, or UTF-16.</summary>
    /// <param name="cell">The cell that it is in.</param>
    /// <param name="offset">Where in it.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="isCompressed">Whether a byte is a character.</param>
    /// <param name="longest">How many characters it may have (Windows, "Registry Element Size Limits").</param>
    /// <param name="what">What it is, for messages.</param>
    internal string ReadName(DiskExtent cell, long offset, int length, bool isCompressed, int longest, string what)
    {
        int characters = isCompressed ? length : length / sizeof(char);
        if (characters > longest)
        {
            throw Damaged(cell.Offset, $"{what} is said to have {characters} characters, and {longest} are the most.", "Windows, Registry Element Size Limits");
        }

        if (length > ShortName)
        {
            Allocate(characters * sizeof(char), what, cell.Offset);
        }

        Span<byte> name = length <= ShortName ? stackalloc byte[length] : new byte[length];
        ReadCell(cell, offset, name, what);
        return isCompressed ? StoredText.FromLatin1(name) : StoredText.FromUtf16(name);
    }

    internal DiskFormatException Damaged(long offset, string problem, string rule) => new(Name, offset, problem, rule);

    private void CheckCell(DiskExtent cell, long offset, long length, string what)
    {
        if (offset > cell.Length || length > cell.Length - offset)
        {
            throw Damaged(cell.Offset, $"{what} needs {offset + length} bytes, but its cell has {cell.Length}.", "regf, Cell");
        }
    }

    private static RegistryHive Open(IFileSystem volume, string path, Stream content)
    {
        string name = path.Substring(path.LastIndexOfAny(['\\', '/']) + 1);
        return Open(content, name, [.. LogExtensions.Select(extension => new RegistryHiveLog(name + extension, () => volume.TryOpenFile(path + extension)))]);
    }

    /// <summary>The timestamp of the first hive bin, which stands in for that of a damaged base block; null where there is no bin.</summary>
    private static long? ReadTimestampOfBins(Stream content, string name)
    {
        byte[] header = new byte[BinHeaderSize];
        if (content.Length < BaseBlock.Size + header.Length)
        {
            return null;
        }

        StreamContent.Fill(content, name, BaseBlock.Size, header, 0, header.Length);
        return header.AsSpan().StartsWith("hbin"u8) ? BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(20)) : null;
    }

    private static IEnumerable<uint> ReadNumbers(byte[] list, int stride)
    {
        for (int i = 0; i < list.Length; i += stride)
        {
            yield return BinaryPrimitives.ReadUInt32LittleEndian(list.AsSpan(i));
        }
    }
}
