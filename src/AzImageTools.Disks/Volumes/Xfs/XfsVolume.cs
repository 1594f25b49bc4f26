namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>What all reading of an XFS volume stands on: its bytes, superblock and inodes.</summary>
internal sealed class XfsVolume : IInodeVolume<Inode>
{
    // Positions within a file fit 63 bits, also rounded up to blocks.
    private const long MaximumLength = long.MaxValue - 65535;
    private const string Rule = "XFS Algorithms & Data Structures, Allocation Groups";

    public XfsVolume(IByteSource source)
    {
        Source = source;
        Metadata = new CachedByteSource(source);
        Superblock = Superblock.Read(source);
    }

    public IByteSource Source { get; }

    /// <summary>The volume behind a cache, for metadata.</summary>
    public CachedByteSource Metadata { get; }

    public Superblock Superblock { get; }

    public Inode ReadRoot() => ReadInode(Superblock.RootInode);

    /// <summary>Reads an inode: its number tells where it is ("Inode Numbers").</summary>
    public Inode ReadInode(ulong number) => Inode.Read(this, number, OffsetOfInode(number));

    /// <summary>Where an inode lies, in bytes.</summary>
    public long OffsetOfInode(ulong number)
    {
        int inBlock = Superblock.InodesPerBlockLog;
        long index = (long)(number & ((1UL << inBlock) - 1));
        return OffsetOf(number >> inBlock, 1, $"inode {number}") + (index << Superblock.InodeLog);
    }

    public IEnumerable<FolderEntry> EnumerateFolder(Inode folder) => Folder.Enumerate(this, folder);

    public Inode? FindEntry(Inode folder, string name) => Folder.Find(this, folder, name) is { } number ? ReadInode(number) : null;

    public string ReadTarget(Inode link) => SymbolicLink.ReadTarget(this, link);

    public bool? HasAttribute(Inode inode, AttributeName name) => ExtendedAttributes.Has(this, inode, name);

    public FileContent OpenFile(Inode file, string name)
    {
        if (file.IsRealtime)
        {
            throw Damaged($"{name} lies in the volume's realtime section, which is not supported.", "XFS Algorithms & Data Structures, Real-time Devices");
        }

        if (file.Length is < 0 or > MaximumLength)
        {
            throw Damaged($"{name} is said to have {file.Length} bytes.", "XFS Algorithms & Data Structures, On-disk Inode");
        }

        ExtentMap extents = new(this, file);
        return new FileContent(Source, name, extents.FindRun, file.Length);
    }

    /// <summary>Where blocks that lie together begin, in bytes. Blocks are numbered group by group, with gaps between the groups' numbers.</summary>
    /// <param name="block">The first block.</param>
    /// <param name="count">How many: all of them must be within one group.</param>
    /// <param name="what">What they are part of, for messages.</param>
    public long OffsetOf(ulong block, long count, string what)
    {
        ulong group = block >> Superblock.GroupBlockLog;
        long inGroup = (long)(block & ((1UL << Superblock.GroupBlockLog) - 1));
        return group < (ulong)Superblock.GroupCount && inGroup <= Superblock.BlocksOf((long)group) - count
            ? (((long)group * Superblock.GroupBlockCount) + inGroup) * Superblock.BlockSize
            : throw Damaged($"Block {block} is referred to by {what}, and no allocation group has it.", Rule);
    }

    /// <summary>Changes bytes of the volume, which is an overlay, for all that read it here afterwards.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ((IWritableBytes)Source).Write(offset, bytes);
        Metadata.Update(offset, bytes);
    }

    /// <summary>Refuses a run that can't be a file's: the groups' headers, or the log.</summary>
    public void RequireContent(FileRun run, ulong inode)
    {
        const int HeaderSectors = 4;
        long group = Superblock.GroupBlockCount * Superblock.BlockSize;
        long log = Superblock.LogStart == 0 ? 0 : OffsetOf(Superblock.LogStart, Superblock.LogBlockCount, "its log");
        bool isHeader = run.VolumeOffset % group < HeaderSectors * Superblock.SectorSize;
        if (isHeader || (run.VolumeOffset < log + (Superblock.LogBlockCount * Superblock.BlockSize) && run.VolumeOffset + run.Length > log))
        {
            throw Damaged($"Inode {inode} has blocks that are the volume's own.", Rule);
        }
    }

    public DiskFormatException Damaged(string problem, string rule) => new(Source.Name, null, problem, rule);
}
