namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// An ext2, ext3 or ext4 volume (Linux kernel, Documentation/filesystems/ext4), whose files can be changed where it is on an overlay.
/// Thread-safe for reading; the streams it opens are not.
/// </summary>
internal sealed class ExtFileSystem : InodeFileSystem<Inode>, IVolumeCondition, IWritableFiles
{
    // Where there are more groups, counting what they have free takes too long.
    private const int MaximumGroupsToCount = 1 << 20;

    private readonly IByteSource _source;
    private ExtVolume _volume;
    private Lazy<long> _freeBytes;

    public ExtFileSystem(IByteSource source)
        : this(source, ExtVolume.Open(source))
    {
    }

    private ExtFileSystem(IByteSource source, ExtVolume volume)
        : base(volume)
    {
        _source = source;
        _volume = volume;
        _freeBytes = new Lazy<long>(CountFreeBytes);
    }

    public override FileSystemKind Kind => _volume.Superblock.Kind;

    public override string Label => _volume.Superblock.Label;

    public override long Capacity => _volume.Superblock.BlockCount * _volume.Superblock.BlockSize;

    public override long? FreeBytes => _freeBytes.Value;

    public override bool? IsDirty => _volume.Superblock.IsDirty;

    public string? DirtyReason => _volume.Superblock.DirtyReason;

    public string? HibernationReason => null;

    public string? FreeSpaceDoubt => (_volume.Superblock.ReadOnlyFeatures & ~ExtReadOnlyFeatures.Plain) != ExtReadOnlyFeatures.None
            ? "it has features that are not known"
        : GetFreeExtents().Sum(static extent => extent.Length) is long free && free != FreeBytes
            ? FormattableString.Invariant($"its bitmaps have {free} bytes as free, and its superblock {FreeBytes}")
        : null;

    public override IEnumerable<DiskExtent> GetFreeExtents() => BlockBitmaps.EnumerateFree(_volume);

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now) => Change(now, editor => FileWriting.Rewrite(editor, path, content, now));

    public void Delete(string path, DateTimeOffset now) => Change(now, editor => FileRemoval.Remove(editor, path, now));

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now) => Change(now, editor => FileWriting.Create(editor, path, content, file, now));

    private void Change(DateTimeOffset now, Action<ExtEditor> change)
    {
        VolumeDraft.Change(_source, draft =>
        {
            ExtEditor editor = ExtEditor.Open(draft, now);
            change(editor);
            editor.Save();
            _ = ExtVolume.Open(draft);
        });
        _volume = ExtVolume.Open(_source);
        _freeBytes = new Lazy<long>(CountFreeBytes);
        Reopen(_volume);
    }

    /// <summary>A clean volume's superblock has the sum; until it is unmounted only the groups have it.</summary>
    private long CountFreeBytes()
    {
        Superblock superblock = _volume.Superblock;
        if (!superblock.IsDirty || superblock.GroupCount > MaximumGroupsToCount)
        {
            return superblock.FreeBlockCount * superblock.BlockSize;
        }

        long clusters = 0;
        for (long group = 0; group < superblock.GroupCount; group++)
        {
            clusters += Math.Min(_volume.Groups[group].FreeClusters, superblock.BlocksPerGroup / superblock.BlocksPerCluster);
        }

        return Math.Min(clusters * superblock.BlocksPerCluster, superblock.BlockCount) * superblock.BlockSize;
    }
}
