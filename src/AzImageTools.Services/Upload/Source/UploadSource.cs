using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;

namespace AzImageTools.Services.Upload.Source;

/// <summary>
/// The disk to upload, open, as the fixed VHD that Azure takes. Once opened, its failures are told as failures of the upload.
/// </summary>
internal sealed class UploadSource : IByteSource
{
    private readonly VirtualDisk _disk;
    private readonly FixedVhdImage _image;

    /// <summary>Takes the disk to upload.</summary>
    /// <param name="image">The disk image, a file of this machine; stays open as long as it is read.</param>
    /// <param name="skipsFreeSpace">Whether what its guest's file systems have as free counts as zero.</param>
    /// <param name="context">The clock.</param>
    /// <exception cref="IOException">The file can't be read as a disk, or as a VHD.</exception>
    public UploadSource(OpenedImage image, bool skipsFreeSpace, OperationContext context)
    {
        _disk = image.Disk!;
        _image = new FixedVhdImage(image.Source, context.Time.GetUtcNow(), uniqueId: null, skipsFreeSpace ? image.FreeSpace : null);
        Identity = SourceIdentity.Of(_disk);
    }

    /// <summary>What the disk's files were when they were opened.</summary>
    public SourceIdentity Identity { get; }

    public string Name => _disk.Path;

    /// <summary>The fixed VHD's length in bytes: the capacity, rounded up to 1 MiB, and the footer.</summary>
    public long Length => _image.Length;

    public int LogicalSectorSize => _disk.LogicalSectorSize;

    public ReadBudget Budget => _disk.Budget;

    /// <summary>The error of an upload whose disk is another than the one it began with.</summary>
    /// <param name="path">The disk image.</param>
    /// <param name="difference">What is different, as a sentence.</param>
    /// <param name="cause">What was noticed first; null for nothing.</param>
    public static ImageServiceException Changed(string path, string difference, Exception? cause = null)
        => new(
            "SourceChanged",
            ErrorKind.InvalidState,
            $"The disk {path} has changed since its upload began. {difference}",
            "See that nothing uses it, then start over with -Restart.",
            path,
            cause);

    /// <summary>Checks that nobody has written to the disk's files since a moment.</summary>
    /// <param name="begun">What the files were then.</param>
    /// <exception cref="ImageServiceException">Somebody has (SourceChanged).</exception>
    public void RequireUnchanged(SourceIdentity begun)
    {
        if (begun.FindDifference(SourceIdentity.Of(_disk)) is { } difference)
        {
            throw Changed(_disk.Path, difference);
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            _image.Read(offset, destination);
        }
        catch (IOException exception)
        {
            throw Unreadable(exception);
        }
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        using IEnumerator<DiskExtent> extents = Guard(() => _image.GetExtents(offset, length).GetEnumerator());
        while (Guard(extents.MoveNext))
        {
            yield return extents.Current;
        }
    }

    public void Prefetch(IEnumerable<DiskExtent> ranges) => _image.Prefetch(ranges);

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (IOException exception)
        {
            throw Unreadable(exception);
        }
    }

    private ImageServiceException Unreadable(IOException cause)
        => Identity.FindDifference(SourceIdentity.Of(_disk)) is { } difference ? Changed(Name, difference, cause) : new ImageServiceException(
            "SourceUnreadable",
            ErrorKind.InvalidData,
            $"The disk could not be read: {cause.Message}",
            "Check the file and the drive it is on, and that no VM uses the disk.",
            Name,
            cause);
}
