using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>Removes a name from a folder ("Directories"): from its inode, or from a block of it and from the index. The folder keeps its blocks.</summary>
internal sealed class FolderRemoval
{
    private const int BestFreeEntries = 3;
    private const int LeafEntrySize = 8;
    private const int TailSize = 8;
    private const ushort FreeTag = 0xFFFF;
    private const int NameOffset = 9;
    private const int TagSize = 2;
    private const int Alignment = 8;
    private const int LeafMagicOffset = 8;

    private readonly XfsVolume _volume;
    private readonly Inode _folder;
    private readonly bool _hasChecksums;
    private readonly int _typeSize;

    private FolderRemoval(XfsVolume volume, Inode folder)
    {
        _volume = volume;
        _folder = folder;
        _hasChecksums = volume.Superblock.HasChecksums;
        _typeSize = volume.Superblock.HasFileTypes ? 1 : 0;
    }

    private int DataHeader => _hasChecksums ? 64 : 16;

    private int BestFreeOffset => _hasChecksums ? 48 : 4;

    /// <summary>Removes a name.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="draft">The folder's record, which the caller writes.</param>
    /// <param name="name">The name.</param>
    /// <returns>The inode that it stood for.</returns>
    /// <exception cref="DiskRepairException">The folder is of a form whose names are not removed.</exception>
    public static ulong Remove(XfsVolume volume, Inode folder, InodeDraft draft, byte[] name)
    {
        FolderRemoval removal = new(volume, folder);
        return folder.Format == InodeFormat.Local ? removal.RemoveShort(draft, name) : removal.RemoveFromBlocks(name);
    }

    private ulong RemoveShort(InodeDraft draft, byte[] name)
    {
        List<FolderEntry> entries = ShortFolder.Parse(_volume, _folder);
        int index = entries.FindIndex(entry => entry.Name.Span.SequenceEqual(name));
        Span<byte> fork = draft.Bytes.AsSpan(draft.ForkStart, _folder.Fork.Length);
        int numberSize = fork[1] == 0 ? sizeof(uint) : sizeof(ulong);
        int position = 2 + numberSize;
        for (int i = 0; i < index; i++)
        {
            position += SizeOf(entries[i]);
        }

        int size = index < 0 ? throw Folder.Damaged(_volume, _folder) : SizeOf(entries[index]);
        bool isLarge = entries[index].Inode > uint.MaxValue;
        if (isLarge && fork[1] == 1)
        {
            throw Refuse("it is the last in its folder whose inode has a large number");
        }

        int end = (int)draft.Length;
        if (end < position + size || end > fork.Length)
        {
            throw Folder.Damaged(_volume, _folder);
        }

        fork.Slice(position + size, end - position - size).CopyTo(fork.Slice(position));
        fork.Slice(end - size, size).Clear();
        fork[0]--;
        fork[1] -= (byte)(isLarge ? 1 : 0);
        draft.Length = end - size;
        return entries[index].Inode;

        int SizeOf(FolderEntry entry) => 3 + entry.Name.Length + _typeSize + numberSize;
    }

    private ulong RemoveFromBlocks(byte[] name)
    {
        FolderContent content = new(_volume, _folder);
        bool isSingle = _folder.Length == content.BlockSize;
        byte[]? leaf = isSingle ? null : ReadLeaf(content);
        foreach (long position in content.EnumerateBlocks())
        {
            byte[] block = content.ReadBlock(position, BlockHeader.FolderData, new byte[content.BlockSize]);
            List<FolderEntry> parsed = FolderBlock.TryCreate(_volume.Superblock, block)?.Parse() ?? throw Folder.Damaged(_volume, _folder);
            if (!parsed.Exists(entry => entry.Name.Span.SequenceEqual(name)))
            {
                continue;
            }

            bool hasTail = block.AsSpan().StartsWith(_hasChecksums ? "XDB3"u8 : "XD2B"u8);
            if (hasTail != isSingle)
            {
                throw Folder.Damaged(_volume, _folder);
            }

            int count = hasTail ? (int)BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(block.Length - TailSize)) : 0;
            int end = hasTail ? block.Length - TailSize - (count * LeafEntrySize) : block.Length;
            (ulong inode, int offset) = FreeEntry(block, end, name);
            uint address = (uint)((position + offset) / Alignment);
            if (leaf is null)
            {
                MarkStale(block, end, count, address);
                Add32(block, block.Length - sizeof(uint), 1);
            }
            else
            {
                UpdateLeaf(leaf, address, position / content.BlockSize, BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(BestFreeOffset + 2)));
                BlockHeader.FolderIndex.Seal(_volume, leaf);
                Write(content, FolderContent.IndexOffset, leaf);
            }

            BlockHeader.FolderData.Seal(_volume, block);
            Write(content, position, block);
            return inode;
        }

        throw Folder.Damaged(_volume, _folder);
    }

    /// <summary>The index, where it is one block.</summary>
    private byte[] ReadLeaf(FolderContent content)
    {
        byte[] leaf = content.ReadBlock(FolderContent.IndexOffset, BlockHeader.FolderIndex, new byte[content.BlockSize]);
        return BinaryPrimitives.ReadUInt16BigEndian(leaf.AsSpan(LeafMagicOffset)) == (_hasChecksums ? 0x3DF1 : 0xD2F1)
            ? leaf
            : throw Refuse("its folder is so large that its index takes more than a block");
    }

    private void UpdateLeaf(byte[] leaf, uint address, long number, ushort best)
    {
        // Behind what all blocks of an index begin with: how many entries, and how many of them are of no more use.
        int counts = _hasChecksums ? 56 : 12;
        int entries = _hasChecksums ? 64 : 16;
        int count = BinaryPrimitives.ReadUInt16BigEndian(leaf.AsSpan(counts));
        uint blocks = BinaryPrimitives.ReadUInt32BigEndian(leaf.AsSpan(leaf.Length - sizeof(uint)));
        long bests = leaf.Length - sizeof(uint) - (blocks * 2L);
        if (number >= blocks || entries + (count * LeafEntrySize) > bests)
        {
            throw Folder.Damaged(_volume, _folder);
        }

        MarkStale(leaf, entries, count, address);
        Span<byte> stale = leaf.AsSpan(counts + 2);
        BinaryPrimitives.WriteUInt16BigEndian(stale, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(stale) + 1));
        BinaryPrimitives.WriteUInt16BigEndian(leaf.AsSpan((int)bests + ((int)number * 2)), best);
    }

    /// <summary>Marks the entry of an index that leads to an address as one of no more use.</summary>
    private void MarkStale(byte[] block, int entries, int count, uint address)
    {
        for (int i = 0; i < count; i++)
        {
            Span<byte> place = block.AsSpan(entries + (i * LeafEntrySize) + 4);
            if (BinaryPrimitives.ReadUInt32BigEndian(place) == address)
            {
                BinaryPrimitives.WriteUInt32BigEndian(place, 0);
                return;
            }
        }

        throw Folder.Damaged(_volume, _folder);
    }

    /// <summary>Gives an entry's room in a block back, as one with what is free beside it.</summary>
    private (ulong Inode, int Offset) FreeEntry(byte[] block, int end, byte[] name)
    {
        ulong inode = 0;
        int found = -1;
        List<(int Offset, int Length)> free = [];
        for (int offset = DataHeader; offset < end;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(offset)) == FreeTag
                ? BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(offset + 2))
                : (NameOffset + block[offset + 8] + _typeSize + TagSize + Alignment - 1) / Alignment * Alignment;
            bool isFree = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(offset)) == FreeTag;
            if (!isFree && found < 0 && block.AsSpan(offset + NameOffset, block[offset + 8]).SequenceEqual(name))
            {
                inode = BinaryPrimitives.ReadUInt64BigEndian(block.AsSpan(offset));
                found = offset;
                isFree = true;
            }

            if (isFree && free.Count > 0 && free[free.Count - 1] is var last && last.Offset + last.Length == offset)
            {
                free[free.Count - 1] = (last.Offset, last.Length + length);
            }
            else if (isFree)
            {
                free.Add((offset, length));
            }

            offset += length;
        }

        (int start, int size) = free.Find(run => found >= run.Offset && found < run.Offset + run.Length);
        Span<byte> room = block.AsSpan(start, size);
        room.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(room, FreeTag);
        BinaryPrimitives.WriteUInt16BigEndian(room.Slice(2), (ushort)size);
        BinaryPrimitives.WriteUInt16BigEndian(room.Slice(size - TagSize), (ushort)start);
        Span<byte> best = block.AsSpan(BestFreeOffset, BestFreeEntries * 4);
        best.Clear();
        int next = 0;
        foreach ((int offset, int length) in free.OrderByDescending(static run => run.Length).ThenBy(static run => run.Offset).Take(BestFreeEntries))
        {
            BinaryPrimitives.WriteUInt16BigEndian(best.Slice(next), (ushort)offset);
            BinaryPrimitives.WriteUInt16BigEndian(best.Slice(next + 2), (ushort)length);
            next += 4;
        }

        return (inode, found);
    }

    private void Write(FolderContent content, long position, byte[] block)
    {
        int done = 0;
        foreach (DiskExtent piece in content.Locate(position, block.Length))
        {
            _volume.Write(piece.Offset, block.AsSpan(done, (int)piece.Length));
            done += (int)piece.Length;
        }

        if (done != block.Length)
        {
            throw Folder.Damaged(_volume, _folder);
        }
    }

    private static void Add32(byte[] bytes, int offset, uint added)
        => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset)) + added);

    private DiskRepairException Refuse(string reason)
        => new(DiskRepairProblem.FileNotRepairable, _volume.Source.Name, $"A name in the folder of inode {_folder.Number} on {_volume.Source.Name} can't be removed: {reason}. Nothing was changed.");
}
