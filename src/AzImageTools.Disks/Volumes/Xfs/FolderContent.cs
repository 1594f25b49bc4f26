namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// The blocks of a folder that does not lie in its inode ("Directories"): entries from the file's beginning on, and from
/// 32 GiB on the index by which a name is found. Not thread-safe.
/// </summary>
internal sealed class FolderContent
{
    public const long IndexOffset = 32L << 30;

    private const long FreeIndexOffset = 64L << 30;

    private readonly XfsVolume _volume;
    private readonly Inode _folder;
    private readonly ExtentMap _extents;
    private readonly FileContent _content;

    public FolderContent(XfsVolume volume, Inode folder)
    {
        _volume = volume;
        _folder = folder;
        _extents = new ExtentMap(volume, folder);
        _content = new FileContent(volume.Metadata, $"The folder of inode {folder.Number}", _extents.FindRun, FreeIndexOffset);
        if (folder.Length <= 0 || folder.Length % BlockSize != 0 || folder.Length > Math.Min(IndexOffset, volume.Source.Length))
        {
            throw volume.Damaged($"The folder of inode {folder.Number} is said to have {folder.Length} bytes.", Folder.Rule);
        }
    }

    public int BlockSize => _volume.Superblock.DirectoryBlockSize;

    /// <summary>The bytes that entries lie in.</summary>
    public long Length => _folder.Length;

    /// <summary>The places of the blocks that hold entries, in order: a folder that lost entries may have gaps.</summary>
    public IEnumerable<long> EnumerateBlocks()
    {
        HashSet<long> seen = [];
        for (long position = 0; position < Length;)
        {
            FileRun run = _extents.FindRun(position);
            long end = run.FileEnd / BlockSize * BlockSize;
            if (run.VolumeOffset == FileRun.Hole && end > position)
            {
                position = end;
                continue;
            }

            if (run.VolumeOffset != FileRun.Hole && !seen.Add(run.VolumeOffset + (position - run.FileOffset)))
            {
                throw _volume.Damaged($"The folder of inode {_folder.Number} has one block of the volume twice: its map is damaged.", Folder.Rule);
            }

            yield return position;
            position += BlockSize;
        }
    }

    /// <summary>Where a range lies on the volume, piece by piece.</summary>
    public List<DiskExtent> Locate(long position, long length) => _content.Locate(new DiskExtent(position, length));

    /// <summary>Memory for a block, and for others after it where no more than the last is needed.</summary>
    public byte[] TakeBlock()
    {
        _content.Budget.Allocate(BlockSize, "a block of the folder of inode", (long)_folder.Number);
        return new byte[BlockSize];
    }

    /// <summary>Reads a block, which must be one of the folder's.</summary>
    /// <param name="position">Where it begins.</param>
    /// <param name="header">What kind of block it must be.</param>
    /// <param name="block">Memory that was taken for one.</param>
    /// <returns>The same memory.</returns>
    public byte[] ReadBlock(long position, BlockHeader header, byte[] block)
    {
        _content.Budget.Visit("a block of the folder of inode", (long)_folder.Number);
        _content.Read(position, block);
        FileRun run = _extents.FindRun(position);
        if (run.VolumeOffset == FileRun.Hole)
        {
            throw Folder.Damaged(_volume, _folder);
        }

        header.Verify(_volume, block, run.VolumeOffset + (position - run.FileOffset), _folder.Number);
        return block;
    }
}
