using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Changes a folder's index (libfsntfs documentation, "The index") on an overlay: takes a name out, and brings up to date what a name's
/// entry tells of its file. No node is added: what would need one is refused. One change an instance.
/// </summary>
internal sealed class FolderIndexEditor
{
    private const string IndexName = "$I30";
    private const string Rule = "NTFS, The index";
    private const int RootHeader = 16;
    private const int RecordHeader = 24;
    private const int MaximumDepth = 32;
    private const int SmallUnit = 512;

    private readonly NtfsVolume _volume;
    private readonly NtfsFile _folder;
    private readonly FileRecord _rootRecord;
    private readonly NtfsAttribute _rootAttribute;
    private readonly FileContent? _allocation;
    private readonly int _recordSize;

    public FolderIndexEditor(NtfsVolume volume, NtfsFile folder)
    {
        _volume = volume;
        _folder = folder;
        if (folder.Locate(AttributeType.IndexRoot, IndexName) is not var (record, root) || !root.IsResident || root.Length < RootHeader)
        {
            throw Damaged("it has no $INDEX_ROOT");
        }

        (_rootRecord, _rootAttribute) = (record, root);
        uint recordSize = BinaryPrimitives.ReadUInt32LittleEndian(root.Value.Span.Slice(8));
        if (recordSize is < 512 or > 64 * 1024 || (recordSize & (recordSize - 1)) != 0)
        {
            throw Damaged($"its records are said to have {recordSize} bytes");
        }

        _recordSize = (int)recordSize;
        _allocation = folder.Open(volume.Source, AttributeType.IndexAllocation, IndexName);
    }

    private int Unit => _volume.Boot.ClusterSize <= _recordSize ? _volume.Boot.ClusterSize : SmallUnit;

    /// <summary>Whether the folder has no names.</summary>
    public bool IsEmpty => ReadRoot() is var root && root.IsEmpty && !root.HasChild(root.First);

    /// <summary>Changes what the entry of a name tells of its file.</summary>
    /// <param name="name">The name.</param>
    /// <param name="file">The file.</param>
    /// <param name="edit">Changes the $FILE_NAME in the entry.</param>
    public void Describe(FileName name, FileReference file, Action<byte[], int> edit)
    {
        (IndexNode node, int entry) = Find(name, file)[0];
        edit(node.Bytes, entry + IndexNode.EntryHeaderSize);
        Write(node, name);
    }

    /// <summary>Takes a name out.</summary>
    /// <param name="name">The name.</param>
    /// <param name="file">The file that it is of.</param>
    /// <exception cref="DiskRepairException">That would change more than what lies beside it.</exception>
    /// <exception cref="DiskFormatException">The index is damaged, or has no such name.</exception>
    public void Remove(FileName name, FileReference file)
    {
        List<(IndexNode Node, int Entry)> path = Find(name, file);
        (IndexNode node, int entry) = path[0];
        if (!node.HasChild(entry))
        {
            node.Remove(entry);
            if (node.IsEmpty && path.Count > 1)
            {
                DropLeaf(node, path[1].Node, path[1].Entry, name);
                return;
            }
        }
        else
        {
            // The name before it, the last one below it, takes its place.
            IndexNode leaf = ReadLeaf(node.ChildOf(entry), name);
            int last = LastName(leaf);
            if (last < 0)
            {
                throw Refuse(name);
            }

            long child = node.ChildOf(entry);
            byte[] moved = leaf.Take(last);
            node.Remove(entry);
            leaf.Remove(last);
            if (!node.TryInsert(entry, moved, child))
            {
                throw Refuse(name);
            }

            if (leaf.IsEmpty)
            {
                DropLeaf(leaf, node, entry, name);
                return;
            }

            Write(leaf, name);
        }

        Write(node, name);
    }

    /// <summary>Takes a leaf without names out of the node above it.</summary>
    private void DropLeaf(IndexNode leaf, IndexNode above, int entry, FileName name)
    {
        if (above.IsEmpty)
        {
            if (above.Number is not null)
            {
                throw Refuse(name);
            }

            above.Clear();
        }
        else if (above.IsLast(entry))
        {
            // The last name above goes to the end of the leaf before it, which is the last one then.
            int before = LastName(above);
            IndexNode neighbour = ReadLeaf(above.ChildOf(before), name);
            if (!neighbour.TryInsert(EndEntry(neighbour), above.Take(before)))
            {
                throw Refuse(name);
            }

            above.SetChild(entry, neighbour.Number!.Value);
            above.Remove(before);
            Write(neighbour, name);
        }
        else
        {
            // The name that led to it goes to the beginning of the leaf after it.
            IndexNode neighbour = ReadLeaf(above.ChildOf(entry + above.LengthOf(entry)), name);
            if (!neighbour.TryInsert(neighbour.First, above.Take(entry)))
            {
                throw Refuse(name);
            }

            above.Remove(entry);
            Write(neighbour, name);
        }

        Write(leaf, name);
        BitEditor.Clear(_volume, _folder, AttributeType.Bitmap, IndexName, leaf.Number!.Value * Unit / _recordSize, 1);
        Write(above, name);
    }

    /// <summary>The node and entry of a name, and those that lead there, from below.</summary>
    private List<(IndexNode Node, int Entry)> Find(FileName name, FileReference file)
    {
        List<(IndexNode, int)> path = [];
        IndexNode node = ReadRoot();
        while (path.Count < MaximumDepth)
        {
            int entry = node.First;
            int order = 1;
            for (; !node.IsLast(entry); entry += node.LengthOf(entry))
            {
                FileName other = node.NameOf(entry) ?? throw Damaged("a name does not fit into its entry");
                order = _volume.UpCase.Compare(name.Characters, other.Characters);
                order = order == 0 ? name.Characters.SequenceCompareTo(other.Characters) : order;
                if (order <= 0)
                {
                    break;
                }
            }

            path.Insert(0, (node, entry));
            if (order == 0 && !node.IsLast(entry))
            {
                return node.FileOf(entry) == file ? path : throw Damaged($"'{name.Name}' is another file's than the file says");
            }

            node = node.HasChild(entry) ? Read(node.ChildOf(entry)) : throw Damaged($"it does not hold '{name.Name}', which its file says it does");
        }

        throw Damaged($"its nodes are nested more than {MaximumDepth} deep");
    }

    private IndexNode ReadRoot()
    {
        IndexNode root = new(_rootAttribute.Value.ToArray(), RootHeader, number: null);
        return root.IsSound ? root : throw Damaged("its $INDEX_ROOT is not whole");
    }

    private IndexNode ReadLeaf(long number, FileName name) => Read(number) is var leaf && !leaf.HasChild(leaf.First) ? leaf : throw Refuse(name);

    private IndexNode Read(long number)
    {
        if (_allocation is null || number < 0 || number > (_allocation.Length - _recordSize) / Unit)
        {
            throw Damaged($"node {number} is referred to, which it does not have");
        }

        _volume.Budget.Visit("a node of the index of folder", _folder.Number);
        byte[] bytes = new byte[_recordSize];
        _allocation.Read(number * Unit, bytes);
        return bytes.AsSpan().StartsWith("INDX"u8) && UpdateSequence.TryApply(bytes) && BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)) == number
            && new IndexNode(bytes, RecordHeader, number) is { IsSound: true } node
            ? node
            : throw Damaged($"node {number} is not whole");
    }

    private void Write(IndexNode node, FileName name)
    {
        if (node.Number is not { } number)
        {
            bool fits = true;
            _volume.RewriteRecord(_rootRecord.Number, record => fits = RecordEditor.TrySetValue(record, _rootAttribute, node.Bytes));
            if (!fits)
            {
                throw Refuse(name);
            }

            return;
        }

        byte[] bytes = (byte[])node.Bytes.Clone();
        UpdateSequence.Seal(bytes);
        int done = 0;
        foreach (DiskExtent piece in _allocation!.Locate(new DiskExtent(number * Unit, bytes.Length)))
        {
            ((IWritableBytes)_volume.Source).Write(piece.Offset, bytes.AsSpan(done, (int)piece.Length));
            done += (int)piece.Length;
        }

        if (done != bytes.Length)
        {
            throw Damaged($"node {number} lies nowhere");
        }
    }

    /// <summary>The last entry with a name; negative where there is none.</summary>
    private static int LastName(IndexNode node)
    {
        int last = -1;
        for (int entry = node.First; !node.IsLast(entry); entry += node.LengthOf(entry))
        {
            last = entry;
        }

        return last;
    }

    private static int EndEntry(IndexNode node) => LastName(node) is var last && last < 0 ? node.First : last + node.LengthOf(last);

    private DiskRepairException Refuse(FileName name)
        => new(DiskRepairProblem.FileNotRepairable, name.Name, $"'{name.Name}' on {_volume.Name} can't be deleted: its folder's index would have to be built anew. Nothing was changed.", "Delete it within the guest.");

    private DiskFormatException Damaged(string problem) => _volume.Damaged(_folder.Number, $"The index of folder {_folder.Number} is damaged: {problem}.", Rule);
}
