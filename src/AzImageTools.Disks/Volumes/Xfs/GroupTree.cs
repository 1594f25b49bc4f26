using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// A tree of an allocation group whose records are changed ("Short Format B+trees"). Where they no longer fit into its leaves, or leaves
/// would be too empty, neighbours share theirs, become one or are split. What would go further up than the leaves' parents is refused.
/// </summary>
/// <param name="editor">The volume.</param>
/// <param name="kind">Which of the group's trees it is.</param>
/// <param name="group">The group's number.</param>
/// <param name="header">The group's header that tells of it.</param>
internal sealed class GroupTree(XfsEditor editor, GroupTreeKind kind, long group, byte[] header)
{
    private const uint None = uint.MaxValue;
    private const int LeftOffset = 8;
    private const int RightOffset = 12;
    private const int PlaceOffset = 16;
    private const int PlaceUnit = 512;
    private const int MaximumLevels = 9;
    private const int HeaderSize = 16;
    private const int HeaderSizeWithChecksum = 56;
    private const int PointerSize = sizeof(uint);

    private uint Root
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(kind.RootOffset));
        set => BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(kind.RootOffset), value);
    }

    private int Levels
    {
        get => (int)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(kind.LevelsOffset)) is > 0 and <= MaximumLevels and var levels ? levels : throw Damaged("has no level, or too many");
        set => BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(kind.LevelsOffset), value);
    }

    private int Header => editor.Volume.Superblock.HasChecksums ? HeaderSizeWithChecksum : HeaderSize;

    private int MostRecords => (editor.Volume.Superblock.BlockSize - Header) / kind.RecordSize;

    private int MostKeys => (editor.Volume.Superblock.BlockSize - Header) / (kind.KeySize + PointerSize);

    /// <summary>All records, in their order.</summary>
    public IEnumerable<byte[]> Enumerate() => Enumerate(Root, Levels - 1);

    /// <summary>The last record that is not behind a key; null where there is none.</summary>
    public byte[]? FindBefore(byte[] key)
    {
        List<Step> path = Descend(key);
        List<byte[]> records = Records(path[path.Count - 1].Block);
        int index = records.FindLastIndex(record => kind.Compare(record, key) <= 0);
        return index < 0 ? null : records[index];
    }

    /// <summary>Puts another record in the place of one; both have the same key.</summary>
    public void Replace(byte[] record) => Change(record, (records, index) => records[index] = record, isThere: true);

    public void Remove(byte[] record) => Change(record, static (records, index) => records.RemoveAt(index), isThere: true);

    public void Insert(byte[] record) => Change(record, (records, index) => records.Insert(index, record), isThere: false);

    private IEnumerable<byte[]> Enumerate(uint number, int level)
    {
        byte[] block = Read(number, level);
        if (level == 0)
        {
            return Records(block);
        }

        return Enumerable.Range(0, CountOf(block)).Select(i => Pointer(block, i)).ToList().SelectMany(child => Enumerate(child, level - 1));
    }

    private void Change(byte[] record, Action<List<byte[]>, int> change, bool isThere)
    {
        List<Step> path = Descend(record);
        Step leaf = path[path.Count - 1];
        List<byte[]> records = Records(leaf.Block);
        int index = records.FindIndex(other => kind.Compare(other, record) >= 0);
        bool isFound = index >= 0 && kind.Compare(records[index], record) == 0;
        if (isFound != isThere)
        {
            throw Damaged(isThere ? "lacks a record that it should have" : "has a record that it should not have");
        }

        change(records, index < 0 ? records.Count : index);
        if (records.Count <= MostRecords && (path.Count == 1 || records.Count >= MostRecords / 2))
        {
            WriteRecords(leaf, records);
            if (records.Count > 0)
            {
                SetKeys(path, path.Count - 1, records[0]);
            }

            return;
        }

        if (path.Count == 1 || !TryShare(path, records))
        {
            Split(path, records);
        }
    }

    /// <summary>Shares a leaf's records, which are too many or too few, with the leaf beside it; where those of both fit into one, they become one.</summary>
    private bool TryShare(List<Step> path, List<byte[]> records)
    {
        Step leaf = path[path.Count - 1];
        Step above = path[path.Count - 2];
        bool isRight = above.Index + 1 < CountOf(above.Block);
        int other = isRight ? above.Index + 1 : above.Index - 1;
        if (other < 0)
        {
            throw Full();
        }

        uint number = Pointer(above.Block, other);
        Step sibling = new(number, Read(number, 0), 0);
        List<byte[]> beside = Records(sibling.Block);
        List<byte[]> all = isRight ? [.. records, .. beside] : [.. beside, .. records];
        (Step left, Step right) = isRight ? (leaf, sibling) : (sibling, leaf);
        int rightIndex = isRight ? other : above.Index;
        int first = all.Count / 2;
        if (all.Count - first > MostRecords)
        {
            return false;
        }

        path[path.Count - 2] = above with { Index = rightIndex - 1 };
        if (first < MostRecords / 2)
        {
            Join(path, left, right, all);
            return true;
        }

        WriteRecords(left, all.GetRange(0, first));
        WriteRecords(right, all.GetRange(first, all.Count - first));
        SetKey(above.Block, rightIndex, all[first]);
        Seal(above);
        SetKeys(path, path.Count - 1, all[0]);
        return true;
    }

    /// <summary>Makes two leaves one.</summary>
    private void Join(List<Step> path, Step left, Step right, List<byte[]> all)
    {
        Step above = path[path.Count - 2];
        int count = CountOf(above.Block) - 1;
        if (all.Count > MostRecords || (path.Count > 2 && count < MostKeys / 2))
        {
            throw Full();
        }

        uint next = Link(right.Block, RightOffset);
        SetLink(left.Block, RightOffset, next);
        WriteRecords(left, all);
        if (next != None)
        {
            Step behind = new(next, Read(next, 0), 0);
            SetLink(behind.Block, LeftOffset, left.Number);
            Seal(behind);
        }

        editor.GiveTreeBlock(kind, group, right.Number);
        if (count == 1)
        {
            Root = left.Number;
            Levels--;
            editor.GiveTreeBlock(kind, group, above.Number);
            return;
        }

        WriteChildren(above, [.. Children(above.Block).Where(child => child.Number != right.Number)]);
        SetKeys(path, path.Count - 1, all[0]);
    }

    /// <summary>Makes two leaves of one, under a new root where it was the root.</summary>
    private void Split(List<Step> path, List<byte[]> records)
    {
        Step left = path[path.Count - 1];
        int first = records.Count / 2;
        Step right = new(editor.TakeTreeBlock(kind, group) ?? throw Full(), [.. left.Block], 0);
        uint next = Link(left.Block, RightOffset);
        SetLink(right.Block, LeftOffset, left.Number);
        SetLink(left.Block, RightOffset, right.Number);
        WriteRecords(left, records.GetRange(0, first));
        WriteRecords(right, records.GetRange(first, records.Count - first));
        if (next != None)
        {
            Step behind = new(next, Read(next, 0), 0);
            SetLink(behind.Block, LeftOffset, right.Number);
            Seal(behind);
        }

        if (path.Count == 1)
        {
            Step root = new(editor.TakeTreeBlock(kind, group) ?? throw Full(), [.. left.Block], 0);
            BinaryPrimitives.WriteUInt16BigEndian(root.Block.AsSpan(4), 1);
            SetLink(root.Block, LeftOffset, None);
            SetLink(root.Block, RightOffset, None);
            WriteChildren(root, [(records[0], left.Number), (records[first], right.Number)]);
            Root = root.Number;
            Levels++;
            return;
        }

        Step above = path[path.Count - 2];
        List<(byte[] Key, uint Number)> children = Children(above.Block);
        if (children.Count == MostKeys)
        {
            throw Full();
        }

        children.Insert(above.Index + 1, (records[first], right.Number));
        WriteChildren(above, children);
        SetKeys(path, path.Count - 1, records[0]);
    }

    private List<(byte[] Key, uint Number)> Children(byte[] block) => [.. Enumerable.Range(0, CountOf(block)).Select(i => (Key(block, i), Pointer(block, i)))];

    private void WriteChildren(Step node, List<(byte[] Key, uint Number)> children)
    {
        node.Block.AsSpan(Header).Clear();
        for (int i = 0; i < children.Count; i++)
        {
            SetKey(node.Block, i, children[i].Key);
            BinaryPrimitives.WriteUInt32BigEndian(node.Block.AsSpan(Header + (MostKeys * kind.KeySize) + (i * PointerSize)), children[i].Number);
        }

        BinaryPrimitives.WriteUInt16BigEndian(node.Block.AsSpan(6), (ushort)children.Count);
        Seal(node);
    }

    private static uint Link(byte[] block, int offset) => BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(offset));

    private static void SetLink(byte[] block, int offset, uint number) => BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(offset), number);

    /// <summary>Has the blocks above tell what one begins with.</summary>
    private void SetKeys(List<Step> path, int level, byte[] first)
    {
        for (int i = level - 1; i >= 0; i--)
        {
            SetKey(path[i].Block, path[i].Index, first);
            Seal(path[i]);
            if (path[i].Index > 0)
            {
                return;
            }
        }
    }

    private List<Step> Descend(byte[] key)
    {
        List<Step> path = [];
        uint number = Root;
        for (int level = Levels - 1; ; level--)
        {
            byte[] block = Read(number, level);
            if (level == 0)
            {
                path.Add(new Step(number, block, 0));
                return path;
            }

            int count = CountOf(block);
            int index = 0;
            while (index + 1 < count && kind.Compare(Key(block, index + 1), key) <= 0)
            {
                index++;
            }

            path.Add(new Step(number, block, index));
            number = count == 0 ? throw Damaged("has an empty block") : Pointer(block, index);
        }
    }

    private byte[] Read(uint number, int level)
    {
        if (number == 0 || number >= editor.Volume.Superblock.BlocksOf(group))
        {
            throw Damaged($"refers to block {number}");
        }

        editor.Volume.Metadata.Budget.Visit("a node of a tree of an allocation group");
        byte[] block = new byte[editor.Volume.Superblock.BlockSize];
        editor.Volume.Metadata.Read(OffsetOf(number), block);
        int most = level == 0 ? MostRecords : MostKeys;
        if (!block.AsSpan().StartsWith(editor.Volume.Superblock.HasChecksums ? kind.MagicWithChecksum : kind.Magic) || BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(4)) != level || CountOf(block) > most)
        {
            throw Damaged($"is damaged in block {number}");
        }

        BlockHeader.FreeSpaceTree.Verify(editor.Volume, block, OffsetOf(number), (ulong)group);
        return block;
    }

    private List<byte[]> Records(byte[] block)
        => [.. Enumerable.Range(0, CountOf(block)).Select(i => block.AsSpan(Header + (i * kind.RecordSize), kind.RecordSize).ToArray())];

    private void WriteRecords(Step leaf, List<byte[]> records)
    {
        leaf.Block.AsSpan(Header).Clear();
        for (int i = 0; i < records.Count; i++)
        {
            records[i].CopyTo(leaf.Block, Header + (i * kind.RecordSize));
        }

        BinaryPrimitives.WriteUInt16BigEndian(leaf.Block.AsSpan(6), (ushort)records.Count);
        Seal(leaf);
    }

    private void Seal(Step step)
    {
        if (editor.Volume.Superblock.HasChecksums)
        {
            BinaryPrimitives.WriteInt64BigEndian(step.Block.AsSpan(PlaceOffset), OffsetOf(step.Number) / PlaceUnit);
        }

        BlockHeader.FreeSpaceTree.Seal(editor.Volume, step.Block);
        editor.Volume.Write(OffsetOf(step.Number), step.Block);
    }

    private static int CountOf(byte[] block) => BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(6));

    private byte[] Key(byte[] block, int index) => block.AsSpan(Header + (index * kind.KeySize), kind.KeySize).ToArray();

    private void SetKey(byte[] block, int index, byte[] record) => record.AsSpan(0, kind.KeySize).CopyTo(block.AsSpan(Header + (index * kind.KeySize)));

    private uint Pointer(byte[] block, int index) => BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(Header + (MostKeys * kind.KeySize) + (index * PointerSize)));

    private long OffsetOf(uint number) => ((group * editor.Volume.Superblock.GroupBlockCount) + number) * editor.Volume.Superblock.BlockSize;

    private DiskRepairException Full()
        => new(DiskRepairProblem.VolumeFull, editor.Volume.Source.Name, $"The {kind.What} of allocation group {group} of {editor.Volume.Source.Name} would need another form, which is not given to it. Nothing was changed.");

    private DiskFormatException Damaged(string problem) => editor.Volume.Damaged($"The {kind.What} of allocation group {group} {problem}.", "XFS Algorithms & Data Structures, Short Format B+trees");

    /// <summary>A block on the way to a record, and which of its pointers the way takes.</summary>
    private readonly record struct Step(uint Number, byte[] Block, int Index);
}

/// <summary>A kind of tree that each allocation group has.</summary>
/// <param name="What">What it is, for messages.</param>
/// <param name="Magic">What its blocks begin with.</param>
/// <param name="MagicWithChecksum">The same in version 5.</param>
/// <param name="RecordSize">Bytes in a record.</param>
/// <param name="KeySize">Bytes in a key: a record's first ones.</param>
/// <param name="RootOffset">Where its group's header has its root.</param>
/// <param name="LevelsOffset">Where its group's header has the number of its levels.</param>
/// <param name="BySize">Whether records are in the order of their second number, and then of the first.</param>
internal sealed record GroupTreeKind(string What, byte[] Magic, byte[] MagicWithChecksum, int RecordSize, int KeySize, int RootOffset, int LevelsOffset, bool BySize)
{
    public static readonly GroupTreeKind FreeByPlace = new("tree of free space by place", "ABTB"u8.ToArray(), "AB3B"u8.ToArray(), 8, 8, 16, 28, BySize: false);
    public static readonly GroupTreeKind FreeBySize = new("tree of free space by size", "ABTC"u8.ToArray(), "AB3C"u8.ToArray(), 8, 8, 20, 32, BySize: true);
    public static readonly GroupTreeKind Inodes = new("tree of inodes", "IABT"u8.ToArray(), "IAB3"u8.ToArray(), 16, 4, 20, 24, BySize: false);
    public static readonly GroupTreeKind FreeInodes = new("tree of free inodes", "FIBT"u8.ToArray(), "FIB3"u8.ToArray(), 16, 4, 328, 332, BySize: false);

    /// <summary>Whether the group's header of free space tells of it, and its blocks are those kept for such trees.</summary>
    public bool IsOfFreeSpace => RecordSize == 8;

    /// <summary>The order of records and keys.</summary>
    public int Compare(byte[] one, byte[] other)
    {
        int bySize = BySize ? Number(one, 4).CompareTo(Number(other, 4)) : 0;
        return bySize != 0 ? bySize : Number(one, 0).CompareTo(Number(other, 0));
    }

    private static uint Number(byte[] record, int offset) => BinaryPrimitives.ReadUInt32BigEndian(record.AsSpan(offset));
}
