namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// An XFS volume of version 4 or 5 (XFS Algorithms &amp; Data Structures, 3rd edition; Linux kernel, fs/xfs/libxfs), whose files can
/// be rewritten where it is on an overlay. A log that was not carried out is not replayed: the volume is dirty, is read as it is stored,
/// and not written. Thread-safe for reading; the streams it opens are not.
/// </summary>
internal sealed class XfsFileSystem : InodeFileSystem<Inode>, IWritableFiles
{
    // Where there are more groups, counting what they have free takes too long.
    private const int MaximumGroupsToCount = 1 << 16;

    private readonly Lazy<bool?> _isDirty;
    private Lazy<long> _freeBytes;
    private XfsVolume _volume;

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

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now)
        => Change(path, volume => FileRewriting.Rewrite(volume, path, content.Span, now));

    public void Delete(string path, DateTimeOffset now) => Change(path, volume => FileRemoval.Remove(volume, path, now));

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
        => throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} can't be made on {_volume.Source.Name}: files are not made on XFS. Nothing was changed.");

    private void Change(string path, Action<XfsVolume> change)
    {
        string? reason = _volume.Superblock.Has(XfsFeatures.NeedsRepair) ? "it is marked for a check (xfs_repair)"
            : IsDirty is null ? "its log is on another device"
            : IsDirty == true ? "its log holds changes that were not carried out: it was not unmounted"
            : _volume.Superblock.HasUnknownReadOnlyFeatures ? "it has features that are not known"
            : null;
        if (reason is not null)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, path, $"{_volume.Source.Name} must not be written: {reason}. Nothing was changed.", "Start the guest once and shut it down.");
        }

        IByteSource source = _volume.Source;
        VolumeDraft.Change(source, draft =>
        {
            change(new XfsVolume(draft));
            _ = new XfsVolume(draft);
        });
        _volume = new XfsVolume(source);
        _freeBytes = new Lazy<long>(CountFreeBytes);
        Reopen(_volume);
    }

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
