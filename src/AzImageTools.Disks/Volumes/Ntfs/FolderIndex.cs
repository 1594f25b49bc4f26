using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A folder's names: a B-tree in $INDEX_ROOT and $INDEX_ALLOCATION (libfsntfs documentation, "The index").</summary>
internal sealed class FolderIndex
{
    private const string IndexName = "$I30";
    private const string Rule = "NTFS, The index";
    private const int RootHeaderSize = 16;
    private const int RecordHeaderSize = 24;
    private const int NodeHeaderSize = 16;
    private const int EntryHeaderSize = 16;
    private const int HasChildFlag = 1;
    private const int LastFlag = 2;
    private const int MaximumDepth = 32;
    private const int LargestOnStack = 4096;

    // Where an index record is smaller than a cluster, nodes are numbered by 512 bytes.
    private const int SmallUnit = 512;

    private readonly NtfsVolume _volume;
    private readonly NtfsFile _folder;
    private readonly ReadOnlyMemory<byte> _root;
    private readonly int _recordSize;
    private readonly Lazy<FileContent?> _allocation;

    /// <summary>Bytes in a node.</summary>
    public int RecordSize => _recordSize;

    /// <summary>By how many bytes nodes are numbered.</summary>
    public int Unit => _volume.Boot.ClusterSize <= _recordSize ? _volume.Boot.ClusterSize : SmallUnit;

    public FolderIndex(NtfsVolume volume, NtfsFile folder)
    {
        _volume = volume;
        _folder = folder;
        ReadOnlyMemory<byte> root = folder.GetResident(AttributeType.IndexRoot, IndexName) ?? throw Damaged("it has no $INDEX_ROOT");
        if (root.Length < RootHeaderSize + NodeHeaderSize)
        {
            throw Damaged($"its $INDEX_ROOT has {root.Length} bytes");
        }

        uint recordSize = BinaryPrimitives.ReadUInt32LittleEndian(root.Span.Slice(8));
        if (recordSize is < 512 or > 64 * 1024 || (recordSize & (recordSize - 1)) != 0)
        {
            throw Damaged($"its records are said to have {recordSize} bytes");
        }

        _recordSize = (int)recordSize;
        _root = root.Slice(RootHeaderSize);
        _allocation = new Lazy<FileContent?>(() => folder.Open(volume.Metadata, AttributeType.IndexAllocation, IndexName));
    }

    /// <summary>
    /// The entry of a name, without regard to case; where several differ only in case, the one that is exactly the name.
    /// Reads one node on each level of the tree.
    /// </summary>
    public IndexEntry? Find(string name)
    {
        IndexEntry? found = null;
        List<IndexEntry> node = ParseNode(_root);
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            IndexEntry? next = null;
            foreach (IndexEntry entry in node)
            {
                next = entry;
                if (entry.Name is null)
                {
                    break;
                }

                int order = _volume.UpCase.Compare(name.AsSpan(), entry.Name.Characters);
                if (order == 0)
                {
                    order = name.AsSpan().SequenceCompareTo(entry.Name.Characters);
                    found ??= entry;
                    if (order == 0)
                    {
                        return entry;
                    }
                }

                if (order < 0)
                {
                    break;
                }
            }

            if (next?.Child is not long child)
            {
                return found;
            }

            node = ReadNode(child);
        }

        throw Damaged($"its nodes are nested more than {MaximumDepth} deep");
    }

    /// <summary>All entries with a name, in the folder's order, lazily.</summary>
    /// <param name="nodes">Takes the numbers of the nodes that are gone through; null for none.</param>
    public IEnumerable<IndexEntry> Enumerate(HashSet<long>? nodes = null)
    {
        HashSet<long> seen = nodes ?? [];

        Stack<NodePosition> path = new();
        path.Push(new NodePosition(Open(ParseNode(_root))));
        while (path.Count > 0)
        {
            if (path.Peek().IsAtEnd)
            {
                path.Pop();
                continue;
            }

            IndexEntry entry = path.Peek().Take(out long? child);
            if (child is long number)
            {
                if (path.Count >= MaximumDepth || !seen.Add(number))
                {
                    throw Damaged("its nodes lead back to one before them, or are nested too deep");
                }

                path.Push(new NodePosition(Open(ReadNode(number))));
            }
            else if (entry.Name is not null)
            {
                yield return entry;
            }
        }
    }

    /// <summary>A node that is gone through whole: those below it are wanted next.</summary>
    private List<IndexEntry> Open(List<IndexEntry> node)
    {
        if (node[0].Child is not null)
        {
            _allocation.Value?.Prefetch(LocateChildren(node));
        }

        return node;
    }

    private IEnumerable<DiskExtent> LocateChildren(List<IndexEntry> node)
    {
        foreach (IndexEntry entry in node)
        {
            if (entry.Child is long number)
            {
                yield return new DiskExtent(unchecked(number * Unit), _recordSize);
            }
        }
    }

    private List<IndexEntry> ReadNode(long number)
    {
        FileContent allocation = _allocation.Value ?? throw Damaged("it has no $INDEX_ALLOCATION");
        if (number < 0 || number > (allocation.Length - _recordSize) / Unit)
        {
            throw Damaged($"node {number} is referred to, beyond its {allocation.Length} bytes");
        }

        _volume.Budget.Visit("a node of the index of folder", _folder.Number);
        _volume.Budget.Allocate(_recordSize, "a node of the index of folder", _folder.Number);
        Span<byte> record = _recordSize <= LargestOnStack ? stackalloc byte[LargestOnStack].Slice(0, _recordSize) : new byte[_recordSize];
        allocation.Read(number * Unit, record);
        bool isWhole = record.StartsWith("INDX"u8) && UpdateSequence.TryApply(record) && BinaryPrimitives.ReadInt64LittleEndian(record.Slice(16)) == number;

        // Of a node only what is used is kept: it is as long for few names as for many.
        return isWhole
            ? ParseNode(record.Slice(RecordHeaderSize, UsedBytes(record.Slice(RecordHeaderSize))).ToArray(), number)
            : throw Damaged($"node {number} has no signature 'INDX', was written only in part, or bears another number", number);
    }

    /// <summary>The bytes of a node up to the end of its entries, or all where it says that they go beyond.</summary>
    private static int UsedBytes(ReadOnlySpan<byte> node) => (int)Math.Min((uint)node.Length, Math.Max(NodeHeaderSize, BinaryPrimitives.ReadUInt32LittleEndian(node.Slice(4))));

    /// <summary>The entries of a node: of a record of $INDEX_ALLOCATION, or where that has no number, of $INDEX_ROOT.</summary>
    private List<IndexEntry> ParseNode(ReadOnlyMemory<byte> node, long? number = null)
    {
        ReadOnlySpan<byte> bytes = node.Span;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint end = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(4));
        if (end > node.Length || offset > end)
        {
            throw Damaged($"a node's entries are said to be at bytes {offset} to {end} of {node.Length}", number);
        }

        List<IndexEntry> entries = [];
        int position = (int)offset;
        while (true)
        {
            ReadOnlySpan<byte> rest = bytes.Slice(position, (int)end - position);
            int length = rest.Length < EntryHeaderSize ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(rest.Slice(8));
            if (length < EntryHeaderSize || length > rest.Length)
            {
                throw Damaged("a node's entries go beyond it", number);
            }

            int flags = BinaryPrimitives.ReadUInt16LittleEndian(rest.Slice(12));
            entries.Add(ParseEntry(node.Slice(position, length), flags, number));
            if ((flags & LastFlag) != 0)
            {
                return entries;
            }

            position += length;
        }
    }

    private IndexEntry ParseEntry(ReadOnlyMemory<byte> entry, int flags, long? number)
    {
        ReadOnlySpan<byte> bytes = entry.Span;
        long? child = null;
        int end = entry.Length;
        if ((flags & HasChildFlag) != 0)
        {
            end -= sizeof(long);
            child = end >= EntryHeaderSize ? BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(end)) : throw Damaged("an entry has no room for its child", number);
        }

        if ((flags & LastFlag) != 0)
        {
            return new IndexEntry(default, null, child);
        }

        int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(10));
        FileName? name = keyLength <= end - EntryHeaderSize ? FileName.TryParse(entry.Slice(EntryHeaderSize, keyLength)) : null;
        return new IndexEntry(FileReference.Parse(bytes), name ?? throw Damaged("a name does not fit into its entry", number), child);
    }

    /// <summary>The error of a node, or where it has no number, of the folder's own record.</summary>
    private DiskFormatException Damaged(string problem, long? node = null)
    {
        string text = $"The index of folder {_folder.Number} is damaged: {problem}.";
        return node is { } number && _allocation.Value?.Locate(number * Unit) is { } offset
            ? _volume.DamagedAt(offset, text, Rule)
            : _volume.Damaged(_folder.Number, text, Rule);
    }
}

/// <summary>An entry of a node of a folder's index.</summary>
/// <param name="File">The file; without meaning in a node's last entry.</param>
/// <param name="Name">Its name; null in a node's last entry, which only leads to names behind all others.</param>
/// <param name="Child">The number of the node with the names before this one; null where there is none.</param>
internal sealed record IndexEntry(FileReference File, FileName? Name, long? Child);

/// <summary>How far a node of a folder's index is gone through.</summary>
internal sealed class NodePosition(List<IndexEntry> entries)
{
    private int _next;
    private bool _isChildDone;

    public bool IsAtEnd => _next == entries.Count;

    /// <summary>The entry that is due, or the number of its child where that comes first.</summary>
    public IndexEntry Take(out long? child)
    {
        IndexEntry entry = entries[_next];
        child = _isChildDone ? null : entry.Child;
        _isChildDone = child is not null;
        _next += _isChildDone ? 0 : 1;
        return entry;
    }
}
