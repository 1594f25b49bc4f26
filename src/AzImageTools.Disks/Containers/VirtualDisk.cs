namespace AzImageTools.Disks.Containers;

/// <summary>
/// A disk image opened read-only: a file, or bytes that are kept elsewhere. Positions and lengths are the disk's, as the guest sees it, in bytes.
/// Reading is thread-safe; so is reading while another thread enumerates extents.
/// </summary>
public abstract class VirtualDisk : IByteSource, IDisposable
{
    /// <summary>The largest capacity that a container may state: 64 TiB, VHDX's limit ([MS-VHDX] 2.6.2.2).</summary>
    internal const long MaximumCapacity = 64L << 40;

    private readonly List<string> _problems = [];
    private readonly Lazy<long> _allocatedBytes;

    private protected VirtualDisk(
        DiskFile file, DiskFormat format, DiskSubFormat subFormat, long capacity, int logicalSectorSize, VirtualDisk? parent = null)
    {
        Parent = parent;
        if (parent is not null)
        {
            _problems.AddRange(parent.Problems.Select(problem => $"{System.IO.Path.GetFileName(parent.Path)}: {problem}"));
        }

        File = file;
        Format = format;
        SubFormat = subFormat;
        Capacity = capacity;
        LogicalSectorSize = logicalSectorSize;
        _allocatedBytes = new Lazy<long>(() => GetExtents(0, Capacity).Sum(extent => extent.Length), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The image's full path.</summary>
    public string Path => File.Path;

    /// <inheritdoc/>
    public string Name => File.Path;

    /// <summary>The container.</summary>
    public DiskFormat Format { get; }

    /// <summary>How the container keeps the content.</summary>
    public DiskSubFormat SubFormat { get; }

    /// <summary>The disk that this one goes back to, where it differs from another; closed with this one. Null for all others.</summary>
    public VirtualDisk? Parent { get; }

    /// <summary>The disk's capacity in bytes, as its guest sees it.</summary>
    public long Capacity { get; }

    /// <inheritdoc/>
    public long Length => Capacity;

    /// <inheritdoc/>
    public int LogicalSectorSize { get; }

    /// <inheritdoc/>
    public ReadBudget Budget => File.Budget;

    /// <summary>The length of the image in bytes, holes included: of all its files, where it is kept in several.</summary>
    public long FileSize => Files.Sum(file => file.StoredLength);

    /// <summary>
    /// How many of the disk's bytes the image keeps: those in the file's allocated ranges, and of a dynamic image only those
    /// of the blocks that are present; with those that it takes from the disks it goes back to.
    /// </summary>
    /// <exception cref="DiskFormatException">The image's map of its blocks is damaged.</exception>
    public long AllocatedBytes => _allocatedBytes.Value;

    /// <summary>How many bytes have been read from the image, and from those it goes back to, since it was opened.</summary>
    public long BytesRead => Files.Sum(file => file.BytesRead) + (Parent?.BytesRead ?? 0);

    /// <summary>The full paths of all files that the disk's content comes from: its own, then those of the disks it goes back to.</summary>
    public IEnumerable<string> FilePaths => Files.Select(file => file.Path).Concat(Parent?.FilePaths ?? []);

    /// <summary>What is wrong with the image without keeping it from being read, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What a disk that goes back to this one names it by; empty where the format has nothing for that.</summary>
    internal virtual Guid Identifier => Guid.Empty;

    private protected DiskFile File { get; }

    /// <summary>Whether the image is a file of this machine.</summary>
    internal bool IsLocal => File.IsLocal;

    /// <summary>All the image's files, which are closed with the disk.</summary>
    private protected virtual IReadOnlyList<DiskFile> Files => [File];

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Capacity - destination.Length)
        {
            throw new DiskFormatException(Name, offset, $"A read of {destination.Length} bytes reaches beyond the disk's {Capacity} bytes.");
        }

        // Where nothing is stored, nobody else looks whether the answer is still wanted.
        Budget.Read(0);
        ReadContent(offset, destination);
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Capacity - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes from {offset} on do not lie within the disk's {Capacity} bytes.");
        }

        return GetContentExtents(offset, length);
    }

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // The operating system reads ahead in files.
        if (!IsLocal)
        {
            PrefetchContent(ranges.Where(range => range.LiesWithin(Capacity)));
        }
    }

    /// <summary>Closes the image file.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the image file.</summary>
    /// <param name="disposing">Whether it was asked for, rather than found unused.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (DiskFile file in Files)
            {
                file.Dispose();
            }

            Parent?.Dispose();
        }
    }

    /// <summary>Reads a range that is known to lie within the disk.</summary>
    private protected abstract void ReadContent(long offset, Span<byte> destination);

    /// <summary>The extents of a range that is known to lie within the disk.</summary>
    private protected abstract IEnumerable<DiskExtent> GetContentExtents(long offset, long length);

    /// <summary>Passes on which ranges, all within the disk, are likely to be read next.</summary>
    private protected virtual void PrefetchContent(IEnumerable<DiskExtent> ranges)
    {
    }

    private protected void AddProblem(string problem) => _problems.Add(problem);
}
