using System.Buffers.Binary;

namespace AzImageTools.Disks.Registry;

/// <summary>A key of a registry hive (regf specification, "Key node"). Subkeys and values are read when asked for.</summary>
public sealed class RegistryKey
{
    private const int HeaderSize = 76;
    private const int CompressedName = 0x20;
    private const int PredefinedHandle = 0x40;
    private const int LongestName = 255;

    private readonly RegistryHive _hive;
    private readonly RegistryKey? _parent;
    private readonly uint _cell;
    private readonly int _depth;
    private readonly uint _subKeyCount;
    private readonly uint _subKeyList;
    private readonly uint _valueCount;
    private readonly uint _valueList;
    private readonly long _cellLength;

    private RegistryKey(RegistryHive hive, uint cell, RegistryKey? parent)
    {
        _hive = hive;
        _parent = parent;
        _cell = cell;
        _depth = parent is null ? 0 : parent._depth + 1;
        DiskExtent extent = hive.LocateCell(cell);
        Span<byte> bytes = stackalloc byte[HeaderSize];
        hive.ReadCell(extent, 0, bytes, "A key");
        ReadOnlySpan<byte> node = bytes;
        if (!node.StartsWith("nk"u8))
        {
            throw hive.Damaged(extent.Offset, "A key's cell does not begin with 'nk'.", "regf, Key node");
        }

        // One key in two places would make a tree without end out of a small hive.
        if (parent is not null && UInt32(node, 16) != parent._cell)
        {
            throw hive.Damaged(extent.Offset, $"A subkey of '{parent.Path}' names another key as its parent.", "regf, Key node");
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(node.Slice(2));
        LastWriteTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(node.Slice(4)));
        _subKeyCount = UInt32(node, 20);
        _subKeyList = UInt32(node, 28);
        _valueCount = (flags & PredefinedHandle) != 0 ? 0 : UInt32(node, 36);
        _valueList = UInt32(node, 40);
        Name = hive.ReadName(extent, HeaderSize, BinaryPrimitives.ReadUInt16LittleEndian(node.Slice(72)), (flags & CompressedName) != 0, LongestName, "A key's name");
        _cellLength = extent.Length;
    }

    /// <summary>The key's own name, as the guest stored it.</summary>
    public string Name { get; }

    /// <summary>The names from the hive's root to the key, with '\' between them; empty for the root.</summary>
    public string Path => _parent is null ? string.Empty : _parent._parent is null ? Name : _parent.Path + "\\" + Name;

    /// <summary>When the key was last changed, UTC; null where the time makes no sense.</summary>
    public DateTimeOffset? LastWriteTime { get; }

    /// <summary>The key's cell.</summary>
    internal uint Cell => _cell;

    /// <summary>How deep below the root it lies.</summary>
    internal int Depth => _depth;

    /// <summary>The names of the subkeys, lazily.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<string> SubKeyNames => GetSubKeys().Select(static key => key.Name);

    /// <summary>The subkeys, lazily.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<RegistryKey> GetSubKeys() => EnumerateSubKeys(name: null);

    /// <summary>The key at a path below this one; this one for an empty path; null where there is none.</summary>
    /// <param name="path">Names with '\' between them. Case does not matter.</param>
    /// <exception cref="DiskFormatException">The hive is damaged on the way.</exception>
    public RegistryKey? OpenSubKey(string path)
    {
        if (path is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        RegistryKey? key = this;
        foreach (string name in path.Split(['\\'], StringSplitOptions.RemoveEmptyEntries))
        {
            key = key.EnumerateSubKeys(name).FirstOrDefault(child => string.Equals(child.Name, name, StringComparison.OrdinalIgnoreCase));
            if (key is null)
            {
                return null;
            }
        }

        return key;
    }

    /// <summary>The names of the values, lazily; their data are not read.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<string> ValueNames => EnumerateValueNodes().Select(static node => node.Name);

    /// <summary>The values with their data, lazily.</summary>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public IEnumerable<RegistryValue> GetValues() => GetValues(static _ => true);

    /// <summary>The value of a name, with its data; null where there is none.</summary>
    /// <param name="name">The name; empty for the default value. Case does not matter.</param>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public RegistryValue? GetValue(string name)
        => EnumerateValueNodes().FirstOrDefault(node => string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase))?.ReadValue();

    /// <summary>
    /// The subkeys, each with its values of some names, lazily: one way through the list of subkeys, where asking for each by its path goes
    /// through it again and again.
    /// </summary>
    /// <param name="names">The names of values; empty for the default value. Case does not matter.</param>
    /// <returns>Each subkey's name, and its values in the order of the names; null where it has none.</returns>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    /// <exception cref="ReadLimitException">The values would take more than the hive has, as keys share them.</exception>
    public IEnumerable<(string SubKey, IReadOnlyList<RegistryValue?> Values)> GetSubKeyValues(params string[] names)
    {
        if (names is null)
        {
            throw new ArgumentNullException(nameof(names));
        }

        return Enumerate();

        IEnumerable<(string SubKey, IReadOnlyList<RegistryValue?> Values)> Enumerate()
        {
            SearchedValues searched = new(_hive);
            foreach (RegistryKey key in GetSubKeys())
            {
                yield return (key.Name, key.FindValues(names, searched));
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? _hive.Name : Path;

    /// <summary>The values whose names are wanted, with their data, lazily; the data of others are not read.</summary>
    /// <param name="isWanted">Whether a name is wanted.</param>
    /// <param name="searched">Counts the values, where more keys than this one are gone through.</param>
    internal IEnumerable<RegistryValue> GetValues(Func<string, bool> isWanted, SearchedValues? searched = null)
    {
        ListedCells data = new(_hive, BaseBlock.Size + (long)_valueList, "value");
        foreach (ValueNode node in EnumerateValueNodes())
        {
            searched?.Count(node.CellLength);
            if (isWanted(node.Name))
            {
                RegistryValue value = node.ReadValue();
                data.Count(value.Data.Length);
                searched?.Count(value.Data.Length);
                yield return value;
            }
        }
    }

    internal static RegistryKey ReadRoot(RegistryHive hive, uint cell) => new(hive, cell, parent: null);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));

    private IReadOnlyList<RegistryValue?> FindValues(string[] names, SearchedValues searched)
    {
        RegistryValue?[] found = new RegistryValue?[names.Length];
        foreach (RegistryValue value in GetValues(name => IndexOf(name) >= 0, searched))
        {
            found[IndexOf(value.Name)] ??= value;
        }

        return found;

        int IndexOf(string name) => Array.FindIndex(names, wanted => string.Equals(wanted, name, StringComparison.OrdinalIgnoreCase));
    }

    private IEnumerable<RegistryKey> EnumerateSubKeys(string? name)
    {
        if (_subKeyCount == 0 || _subKeyList == RegistryHive.NoCell)
        {
            yield break;
        }

        if (_depth >= RegistryHive.MaximumDepth)
        {
            throw _hive.Damaged(BaseBlock.Size + (long)_cell, $"Keys are nested more than {RegistryHive.MaximumDepth} deep.", "Windows, Registry Element Size Limits");
        }

        ListedCells listed = new(_hive, BaseBlock.Size + (long)_subKeyList, "subkey");
        foreach (uint cell in SubKeyList.Enumerate(_hive, _subKeyList, _subKeyCount, name))
        {
            RegistryKey key = new(_hive, cell, this);
            listed.Count(key._cellLength);
            yield return key;
        }
    }

    private IEnumerable<ValueNode> EnumerateValueNodes()
    {
        if (_valueCount == 0)
        {
            yield break;
        }

        byte[] cells = _hive.ReadCell(_hive.LocateCell(_valueList), 0, (long)_valueCount * sizeof(uint), $"A list of {_valueCount} values");
        _hive.Prefetch(cells, sizeof(uint));
        ListedCells listed = new(_hive, BaseBlock.Size + (long)_valueList, "value");
        for (int i = 0; i < cells.Length; i += sizeof(uint))
        {
            uint cell = UInt32(cells, i);
            listed.Add(cell);
            ValueNode node = new(_hive, cell);
            listed.Count(node.CellLength);
            yield return node;
        }
    }
}
