using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>
/// A registry hive (a file in regf format, versions 1.3 to 1.6), read-only. Only what is asked for is read. Its logs are
/// not applied: <see cref="IsDirty"/> tells when they would be needed. Thread-safe.
/// </summary>
/// <remarks>Source of the format: Maxim Suhanov, "Windows registry file format specification".</remarks>
public sealed class RegistryHive : IDisposable
{
    /// <summary>Windows allows no deeper keys ("Registry Element Size Limits").</summary>
    internal const int MaximumDepth = 512;

    /// <summary>An offset that leads nowhere.</summary>
    internal const uint NoCell = uint.MaxValue;

    private readonly HivePages _pages;
    private readonly BaseBlock _base;

    private RegistryHive(HivePages pages, BaseBlock baseBlock, string name)
    {
        _pages = pages;
        _base = baseBlock;
        Name = name;
        Root = RegistryKey.ReadRoot(this, baseBlock.RootCell);
    }

    /// <summary>What to call the hive in messages.</summary>
    public string Name { get; }

    /// <summary>
    /// Whether the last write to the hive was not completed: what is read may be older than what its logs hold, or
    /// partly written.
    /// </summary>
    public bool IsDirty => _base.IsDirty;

    /// <summary>The hive's topmost key; its path is empty.</summary>
    public RegistryKey Root { get; }

    internal bool HasBigData => _base.MinorVersion > 3;

    internal long BinsLength => Math.Min(_base.BinsLength, _pages.Length - BaseBlock.Size);

    /// <summary>Opens a hive.</summary>
    /// <param name="content">The hive file's content, seekable; the hive disposes it.</param>
    /// <param name="name">What to call the hive in messages.</param>
    /// <exception cref="DiskFormatException">It is no hive, or one of another version, or its root is damaged.</exception>
    public static RegistryHive Open(Stream content, string name)
    {
        if (content is null)
        {
            throw new ArgumentNullException(nameof(content));
        }

        HivePages pages = new(content, name);
        try
        {
            byte[] head = new byte[BaseBlock.Size];
            pages.Read(0, head);
            return new RegistryHive(pages, BaseBlock.Parse(head, name), name);
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }

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

    /// <summary>A part of a cell's data; refused where the cell is too small to hold it.</summary>
    internal byte[] ReadCell(DiskExtent cell, long offset, long length, string what)
    {
        if (offset > cell.Length || length > cell.Length - offset)
        {
            throw Damaged(cell.Offset, $"{what} needs {offset + length} bytes, but its cell has {cell.Length}.", "regf, Cell");
        }

        byte[] bytes = new byte[length];
        _pages.Read(cell.Offset + offset, bytes);
        return bytes;
    }

    internal DiskFormatException Damaged(long offset, string problem, string rule) => new(Name, offset, problem, rule);
}
