namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>What all work on an ext volume stands on: its bytes (as its journal makes them), superblock, groups and inodes.</summary>
internal sealed class ExtVolume : IInodeVolume<Inode>
{
    private const uint RootInode = 2;

    private ExtVolume(IByteSource source)
    {
        Source = source;
        Metadata = new CachedByteSource(source);
        Superblock = Superblock.Read(source);
        Groups = new GroupTable(Metadata, Superblock);
    }

    /// <summary>The volume itself, for files' content.</summary>
    public IByteSource Source { get; }

    /// <summary>The volume behind a cache, for metadata.</summary>
    public CachedByteSource Metadata { get; }

    public Superblock Superblock { get; }

    public GroupTable Groups { get; }

    /// <summary>Opens a volume; where its journal holds changes that were not yet carried out, they are seen as carried out.</summary>
    public static ExtVolume Open(IByteSource source)
    {
        ExtVolume stored = OpenStored(source);
        return stored.Superblock.Has(ExtFeatures.NeedsRecovery) && Journal.Open(stored).Replay() is { } recovered
            ? new ExtVolume(recovered)
            : stored;
    }

    /// <summary>Opens a volume as it is stored, whatever its journal holds.</summary>
    public static ExtVolume OpenStored(IByteSource source) => new(source);

    public Inode ReadRoot() => ReadInode(RootInode);

    public IEnumerable<FolderEntry> EnumerateFolder(Inode folder) => Folder.Enumerate(this, folder, wantsInodes: true);

    public Inode? FindEntry(Inode folder, string name) => Folder.Find(this, folder, name) is { } number ? ReadInode(number) : null;

    public string ReadTarget(Inode link) => SymbolicLink.ReadTarget(this, link);

    public FileContent OpenFile(Inode file, string name) => OpenContent(file, Source, name);

    public bool? HasAttribute(Inode inode, AttributeName name) => ExtendedAttributes.Has(this, inode, name);

    public Inode ReadInode(ulong number)
    {
        if (number == 0 || number > Superblock.InodeCount)
        {
            throw Damaged($"Inode {number} is referred to, and there are {Superblock.InodeCount}.", "ext4, Inode Table");
        }

        Metadata.Budget.Visit("an inode", (long)number);
        Metadata.Budget.Allocate(Superblock.InodeSize, "an inode", (long)number);
        byte[] bytes = new byte[Superblock.InodeSize];
        Metadata.Read(Locate(number), bytes);
        return new Inode((uint)number, bytes);
    }

    /// <summary>Tells that the inodes of a folder's entries are read next.</summary>
    public void PrefetchInodes(List<FolderEntry> entries)
    {
        Metadata.Prefetch(entries.Where(entry => entry.Inode <= Superblock.InodeCount).Select(TryLocate).Where(static place => place.Length > 0));

        DiskExtent TryLocate(FolderEntry entry)
        {
            try
            {
                return new DiskExtent(Locate(entry.Inode), Superblock.InodeSize);
            }
            catch (DiskFormatException)
            {
                // Who reads it is told.
                return default;
            }
        }
    }

    /// <summary>Changes bytes of the volume, which is an overlay, for all that read it here afterwards.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ((IWritableBytes)Source).Write(offset, bytes);
        Metadata.Update(offset, bytes);
    }

    /// <summary>Where an inode lies, in bytes.</summary>
    public long Locate(ulong number)
    {
        long group = ((long)number - 1) / Superblock.InodesPerGroup;
        long index = ((long)number - 1) % Superblock.InodesPerGroup;
        return OffsetOf(Groups[group].InodeTable, "the inode table of a group") + (index * Superblock.InodeSize);
    }

    /// <summary>A file's or folder's content.</summary>
    /// <param name="inode">Its inode.</param>
    /// <param name="source">The volume to read from: itself, or behind the cache for metadata.</param>
    /// <param name="name">What to call it in messages.</param>
    public FileContent OpenContent(Inode inode, IByteSource source, string name)
    {
        if (inode.IsEncrypted)
        {
            throw Damaged($"{name} is encrypted, and its content can't be read.", "ext4, Index Nodes, i_flags");
        }

        if (inode.IsInline)
        {
            ReadOnlyMemory<byte> content = InlineData.Read(this, inode);
            return new FileContent(new ResidentByteSource(content, Source), name, [new FileRun(0, 0, content.Length)], content.Length, content.Length);
        }

        if (inode.IsCompressed && !inode.HasExtents)
        {
            throw Damaged($"{name} is marked as compressed, which is not supported.", "ext4, Index Nodes, i_flags");
        }

        return inode.Length >= 0
            ? new FileContent(source, name, position => FindRun(inode, position), inode.Length)
            : throw Damaged($"{name} is said to have {inode.Length} bytes.", "ext4, Index Nodes");
    }

    /// <summary>Where a block lies, in bytes.</summary>
    /// <param name="block">The block.</param>
    /// <param name="what">What it is part of, for messages.</param>
    public long OffsetOf(long block, string what)
        => block > 0 && block < Superblock.BlockCount
            ? block * Superblock.BlockSize
            : throw Damaged($"Block {block} is referred to by {what}, and there are {Superblock.BlockCount}.", "ext4, Blocks");

    public DiskFormatException Damaged(string problem, string rule) => new(Source.Name, null, problem, rule);

    private FileRun FindRun(Inode inode, long position)
    {
        int blockSize = Superblock.BlockSize;
        long block = position / blockSize;
        if (block > uint.MaxValue)
        {
            throw Damaged($"Inode {inode.Number} is said to have {inode.Length} bytes, more than a file can.", "ext4, Index Nodes");
        }

        BlockRun run = inode.HasExtents ? ExtentTree.Find(this, inode, block) : IndirectBlocks.Find(this, inode, block);
        if (run.Place == BlockRun.Hole)
        {
            return new FileRun(run.First * blockSize, FileRun.Hole, run.Count * blockSize);
        }

        long place = OffsetOf(run.Place, $"inode {inode.Number}");
        _ = OffsetOf(run.Place + run.Count - 1, $"inode {inode.Number}");
        return new FileRun(run.First * blockSize, place, run.Count * blockSize);
    }
}
