using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A folder whose entries are changed where they lie (ext4, "Linear (Classic) Directories").</summary>
internal sealed class FolderDraft
{
    private const int HeaderSize = 8;
    private const int TailSize = 12;
    private const byte TailType = 0xDE;
    private const string Rule = "ext4, Linear (Classic) Directories";

    private readonly ExtEditor _editor;
    private readonly InodeDraft _folder;
    private readonly FileMap _map;
    private readonly byte[] _block;
    private readonly uint _seed;

    private FolderDraft(ExtEditor editor, InodeDraft folder)
    {
        _editor = editor;
        _folder = folder;
        _map = FileMap.Read(editor, folder);
        _block = new byte[editor.Volume.Superblock.BlockSize];
        _seed = editor.Checksums.SeedOf(folder.Number, folder.Generation);
        if (_map.BlockCount != folder.Length / _block.Length || folder.Length % _block.Length != 0
            || _map.Runs.Exists(static run => run.IsUnwritten) || _map.Runs.Where((run, i) => run.First != (i == 0 ? 0 : _map.Runs[i - 1].End)).Any())
        {
            throw Damaged("is not as long as its blocks");
        }
    }

    /// <summary>Where the entries of a block end, and its checksum begins.</summary>
    private int End => _block.Length - (_editor.Checksums.HasMetadata ? TailSize : 0);

    /// <summary>Why a folder's entries can't be changed, as part of a sentence; null where they can.</summary>
    public static string? FixedBecause(InodeDraft folder) => folder.FixedBecause
        ?? (folder.IsInline ? "it is so small that it lies in its inode" : folder.IsCaseFolded ? "its names are matched without regard to case" : null);

    /// <summary>Opens a folder whose entries can be changed.</summary>
    public static FolderDraft Open(ExtEditor editor, InodeDraft folder) => new(editor, folder);

    /// <summary>Removes a name.</summary>
    /// <returns>The inode that it stood for.</returns>
    public ulong Remove(byte[] name)
    {
        foreach (long place in Places())
        {
            ReadBlock(place);
            int previous = -1;
            for (int offset = 0; offset < End; offset += LengthAt(offset))
            {
                uint inode = InodeAt(offset);
                if (inode != 0 && NameAt(offset).SequenceEqual(name))
                {
                    RequireSealed(place);
                    int length = LengthAt(offset);
                    _block.AsSpan(offset + HeaderSize, name.Length).Clear();
                    if (previous >= 0)
                    {
                        _block.AsSpan(offset, HeaderSize).Clear();
                        SetLength(previous, LengthAt(previous) + length);
                    }
                    else
                    {
                        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(offset), 0);
                    }

                    WriteBlock(place);
                    return inode;
                }

                previous = offset;
            }
        }

        throw Damaged("has a name that is not found again");
    }

    /// <summary>Adds a name that is not there yet.</summary>
    /// <param name="name">The name.</param>
    /// <param name="inode">The inode that it stands for: a file's.</param>
    /// <exception cref="DiskRepairException">There is no room for it.</exception>
    public void Add(byte[] name, ulong inode)
    {
        int needed = SizeOf(name.Length);
        IEnumerable<long> places = (_folder.Flags & InodeDraft.IndexFlag) == 0 ? Places() : [FindLeaf(name)];
        foreach (long place in places)
        {
            ReadBlock(place);
            for (int offset = 0; offset < End; offset += LengthAt(offset))
            {
                int used = InodeAt(offset) == 0 ? 0 : SizeOf(NameAt(offset).Length);
                int length = LengthAt(offset);
                if (length - used >= needed)
                {
                    RequireSealed(place);
                    if (used > 0)
                    {
                        SetLength(offset, used);
                    }

                    WriteEntry(offset + used, length - used, name, inode);
                    WriteBlock(place);
                    return;
                }
            }
        }

        if ((_folder.Flags & InodeDraft.IndexFlag) != 0)
        {
            throw _editor.Refuse(_folder, "the part of the folder that the name belongs to is full");
        }

        Append(name, inode);
    }

    /// <summary>Adds a block with the name alone.</summary>
    private void Append(byte[] name, ulong inode)
    {
        (long place, _) = _editor.Space.Take(_map.Runs.Count == 0 ? 0 : _map.Runs[_map.Runs.Count - 1].Place, 1)[0];
        _block.AsSpan().Clear();
        WriteEntry(0, End, name, inode);
        WriteBlock(place);
        FileMapWriter.Write(_editor, _folder, [.. _map.Runs, new MappedRun(_map.BlockCount, 1, place, IsUnwritten: false)], _map.Nodes);
        _folder.Length += _block.Length;
    }

    private long FindLeaf(byte[] name)
    {
        long[] places = [.. Places()];
        long block = new FolderHashIndex(_editor, _folder, number => ReadPlain(number < places.Length ? places[number] : throw Damaged("has an index that leads beyond it"))).FindLeaf(name);
        return block < places.Length ? places[block] : throw Damaged("has an index that leads beyond it");
    }

    private byte[] ReadPlain(long place)
    {
        byte[] block = new byte[_block.Length];
        _editor.Volume.Metadata.Budget.Visit("a block of the folder of inode", (long)_folder.Number);
        _editor.Volume.Metadata.Read(_editor.Volume.OffsetOf(place, "a folder"), block);
        return block;
    }

    private void WriteEntry(int offset, int length, byte[] name, ulong inode)
    {
        const byte RegularFile = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(offset), (uint)inode);
        SetLength(offset, length);
        BinaryPrimitives.WriteUInt16LittleEndian(_block.AsSpan(offset + 6), (ushort)name.Length);
        if (_editor.Volume.Superblock.Has(ExtFeatures.FileType))
        {
            _block[offset + 7] = RegularFile;
        }

        name.CopyTo(_block, offset + HeaderSize);
    }

    private IEnumerable<long> Places() => _map.Runs.SelectMany(static run => Enumerable.Range(0, (int)Math.Min(int.MaxValue, run.Count)).Select(i => run.Place + i));

    /// <summary>Reads a block, whose entries must fill it.</summary>
    private void ReadBlock(long place)
    {
        ReadPlain(place).CopyTo(_block, 0);
        int offset = 0;
        while (offset < End)
        {
            int length = offset <= End - HeaderSize ? LengthAt(offset) : 0;

            // In blocks of an index, one entry fills all.
            if (length < HeaderSize || length % 4 != 0 || length > _block.Length - offset || NameLengthAt(offset) > length - HeaderSize)
            {
                throw Damaged("has an entry that is damaged");
            }

            offset += length;
        }
    }

    private void RequireSealed(long place)
    {
        if (!_editor.Checksums.HasMetadata)
        {
            return;
        }

        ReadOnlySpan<byte> tail = _block.AsSpan(End);
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(tail.Slice(4)) != TailSize || tail[7] != TailType
            || BinaryPrimitives.ReadUInt32LittleEndian(tail.Slice(8)) != ExtChecksums.OfFile(_seed, _block.AsSpan(0, End)))
        {
            throw Damaged($"has a wrong checksum in block {place}");
        }
    }

    private void WriteBlock(long place)
    {
        if (_editor.Checksums.HasMetadata)
        {
            Span<byte> tail = _block.AsSpan(End);
            tail.Clear();
            tail[4] = TailSize;
            tail[7] = TailType;
            BinaryPrimitives.WriteUInt32LittleEndian(tail.Slice(8), ExtChecksums.OfFile(_seed, _block.AsSpan(0, End)));
        }

        _editor.Volume.Write(_editor.Volume.OffsetOf(place, "a folder"), _block);
    }

    private static int SizeOf(int nameLength) => HeaderSize + ((nameLength + 3) & ~3);

    private uint InodeAt(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(offset));

    private int LengthAt(int offset) => Folder.LengthOf(BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(offset + 4)), _block.Length);

    private void SetLength(int offset, int length) => BinaryPrimitives.WriteUInt16LittleEndian(_block.AsSpan(offset + 4), Folder.StoredLengthOf(length, _block.Length));

    private int NameLengthAt(int offset) => _editor.Volume.Superblock.Has(ExtFeatures.FileType) ? _block[offset + 6] : BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(offset + 6));

    private Span<byte> NameAt(int offset) => _block.AsSpan(offset + HeaderSize, NameLengthAt(offset));

    private DiskFormatException Damaged(string problem) => _editor.Volume.Damaged($"The folder of inode {_folder.Number} {problem}.", Rule);
}
