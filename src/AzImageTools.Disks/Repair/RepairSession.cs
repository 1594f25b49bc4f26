using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Repair;

/// <summary>
/// A disk opened for one more change, over those that are kept beside it. The change is made in memory; <see cref="Keep"/> adds
/// it to the file, and until then nothing was written anywhere.
/// </summary>
internal sealed class RepairSession : IDisposable
{
    private readonly VirtualDisk _disk;
    private readonly RepairFile _kept;
    private readonly ReadRecorder _recorder;
    private readonly DiskOverlay _before;
    private readonly DiskOverlay _after;

    private RepairSession(VirtualDisk disk, RepairFile kept)
    {
        _disk = disk;
        _kept = kept;
        _recorder = new ReadRecorder(disk);
        _before = kept.LayOver(disk, _recorder);
        _after = new DiskOverlay(_before);
        Image = new OpenedImage(_after);
    }

    /// <summary>The disk with all changes, to read and to write.</summary>
    public OpenedImage Image { get; }

    /// <summary>The file that holds the changes, or will.</summary>
    public string Path => _kept.Path;

    /// <summary>The files of the guest's operating system as they are now, with its other volumes mounted into them.</summary>
    /// <exception cref="DiskRepairException">There is none that is known.</exception>
    public IFileSystem OpenGuestFiles()
    {
        // Opened anew: what a file system read of itself before a change is not what it is.
        using OpenedImage image = new(_after);
        return image.Windows?.Volume.FileSystem ?? image.Linux?.Files
            ?? throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, Image.Name, $"No operating system was found on {Image.Name}. Nothing was changed.");
    }

    /// <summary>Opens a disk.</summary>
    /// <exception cref="DiskRepairException">The changes that are kept are damaged, or were made for another disk.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read.</exception>
    /// <exception cref="IOException">A file is not there, or can't be read.</exception>
    public static RepairSession Open(string path, VirtualDiskOptions? options, CancellationToken cancellation)
    {
        VirtualDisk disk = DiskOpener.Open(path, options, cancellation);
        try
        {
            string file = RepairFile.PathFor(disk.Path);
            return new RepairSession(disk, RepairFile.TryRead(file, cancellation) ?? RepairFile.For(file, disk.Length));
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Adds the change to the file; false where nothing is different.</summary>
    /// <param name="description">What it changes, in a line.</param>
    /// <param name="made">When.</param>
    /// <exception cref="DiskRepairException">It is more than is kept beside a disk, or the file can't be written, or somebody else changed it meanwhile.</exception>
    public bool Keep(string description, DateTimeOffset made)
    {
        RepairChange change = new(made, description);
        foreach (OverlayChange write in _after.EnumerateChanges())
        {
            change.Writes.Add(write);
        }

        if (change.Writes.Count == 0)
        {
            return false;
        }

        foreach (DiskExtent range in _recorder.Ranges)
        {
            change.Basis.Add((range, Sha256Sum.Of(_disk, range)));
        }

        _kept.With(change).Save(_kept.Sum);
        return true;
    }

    public void Dispose()
    {
        Image.Dispose();
        _after.Dispose();
        _before.Dispose();
        _disk.Dispose();
    }
}
