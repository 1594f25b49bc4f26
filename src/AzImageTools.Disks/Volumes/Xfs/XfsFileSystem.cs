namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// An XFS volume of version 4 or 5, read-only (XFS Algorithms &amp; Data Structures, 3rd edition; Linux kernel, fs/xfs/libxfs).
/// A log that was not carried out is not replayed: the volume is dirty, and is read as it is stored. Thread-safe; the streams
/// it opens are not.
/// </summary>
internal sealed class XfsFileSystem : InodeFileSystem<Inode>
{
    // Where there are more groups, counting what they have free takes too long.
    private const int MaximumGroupsToCount = 1 << 16;

    private readonly XfsVolume _volume;
    private readonly Lazy<bool?> _isDirty;
    private readonly Lazy<long> _freeBytes;

    public XfsFileSystem(IByteSource source)
        : this(new XfsVolume(source))
    {
    }

    private XfsFileSystem(XfsVolume volume)
        : base(volume)
    {
        _volume = volume;
        _isDirty = new Lazy<bool?>(FindWhetherDirty);
        _freeBytes = new Lazy<long>(CountFreeBytes);
    }

    public override FileSystemKind Kind => FileSystemKind.Xfs;

    public override string Label => _volume.Superblock.Label;

    public override long Capacity => _volume.Superblock.BlockCount * _volume.Superblock.BlockSize;

    public override long? FreeBytes => _freeBytes.Value;

    public override bool? IsDirty => _isDirty.Value;

    public override IEnumerable<DiskExtent> GetFreeExtents() => FreeSpaceTree.EnumerateFree(_volume);

    /// <summary>A log on another device can't be looked into.</summary>
    private bool? FindWhetherDirty()
        => _volume.Superblock.Has(XfsFeatures.NeedsRepair) ? true
            : _volume.Superblock.LogStart == 0 ? null
            : !new Log(_volume).IsClean();

    /// <summary>The superblock's sum is brought up to date when the volume is unmounted, and also counts what the groups keep for their trees.</summary>
    private long CountFreeBytes()
    {
        Superblock superblock = _volume.Superblock;
        if (superblock.GroupCount > MaximumGroupsToCount)
        {
            return (long)superblock.FreeBlockCount * superblock.BlockSize;
        }

        long blocks = 0;
        for (long group = 0; group < superblock.GroupCount; group++)
        {
            blocks += AllocationGroup.Read(_volume, group).FreeBlockCount;
        }

        return blocks * superblock.BlockSize;
    }
}
