using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// Converts a disk to the fixed VHD that Azure takes, in two steps: <see cref="Prepare(OpenedImage, string, VhdConversionOptions?)"/>
/// finds all that can be known before writing, <see cref="Run"/> writes. The VHD gets its name when it is whole.
/// </summary>
public sealed class VhdConverter
{
    private readonly FixedVhdImage _image;
    private readonly VhdConversionOptions _options;

    private VhdConverter(VirtualDisk disk, FixedVhdImage image, string destination, VhdConversionOptions options, long bytesToCopy, IReadOnlyList<string> warnings)
    {
        Disk = disk;
        _image = image;
        _options = options;
        Destination = destination;
        BytesToCopy = bytesToCopy;
        Warnings = warnings;
    }

    /// <summary>The full path of the VHD to make.</summary>
    public string Destination { get; }

    /// <summary>The disk to convert.</summary>
    public VirtualDisk Disk { get; }

    /// <summary>The VHD's capacity in bytes.</summary>
    public long Capacity => _image.Capacity;

    /// <summary>How many bytes of the disk will be looked at: the most that will be written, footer aside.</summary>
    public long BytesToCopy { get; }

    /// <summary>What of the disk is free and is left out; null where that was not asked for.</summary>
    public FreeSpaceFilter? FreeSpace => _image.FreeSpace;

    /// <summary>What to know before the conversion runs, a sentence each; none keeps it from running.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Finds whether a disk can be converted, without writing anything.</summary>
    /// <param name="image">The disk image, a file of this machine; stays open as long as the conversion runs.</param>
    /// <param name="destination">The VHD to make; or an existing folder, for a VHD with the disk image's name.</param>
    /// <param name="options">How to convert; null for the defaults.</param>
    /// <exception cref="ArgumentException">The image is not a file on this machine.</exception>
    /// <exception cref="DiskFormatException">The disk can't be a VHD, or its container is damaged.</exception>
    /// <exception cref="VhdConversionException">The destination can't be written.</exception>
    /// <exception cref="IOException">The destination's volume can't be asked for its room.</exception>
    public static VhdConverter Prepare(OpenedImage image, string destination, VhdConversionOptions? options = null)
        => Prepare(image, destination, options ?? new VhdConversionOptions(), VolumeRoom.Of);

    /// <summary>As the public one, with the way to ask a folder's volume for its room.</summary>
    internal static VhdConverter Prepare(OpenedImage image, string destination, VhdConversionOptions options, Func<string, VolumeRoom?> getRoom)
    {
        VirtualDisk disk = (image ?? throw new ArgumentNullException(nameof(image))).Disk ?? throw new ArgumentException($"{image.Name} is not a file on this machine.", nameof(image));
        FixedVhdImage vhd = new(image.Source, options.TimeProvider.GetUtcNow(), uniqueId: null, options.SkipFreeSpace ? image.FreeSpace : null);
        long bytesToCopy = vhd.FreeSpace is null ? image.AllocatedBytes : vhd.GetExtents(0, vhd.Capacity).Sum(static extent => extent.Length);
        string path = ConversionDestination.Resolve(disk, destination, options.Force);
        List<string> warnings = FindWarnings(image, vhd);
        VolumeRoom? room = getRoom(Path.GetDirectoryName(path)!);
        long needed = room is { KeepsHoles: false } ? vhd.Length : bytesToCopy + FixedVhdImage.FooterSize;
        if (room is not null && room.FreeBytes < needed)
        {
            throw new VhdConversionException(
                VhdConversionProblem.TooLittleRoom,
                path,
                $"{path} needs up to {ByteSize.Format(needed)}, but its volume has only {ByteSize.Format(room.FreeBytes)} left. Nothing was written.");
        }

        return new VhdConverter(disk, vhd, path, options, bytesToCopy, warnings);
    }

    /// <summary>Converts.</summary>
    /// <param name="progress">Told how many of <see cref="BytesToCopy"/> have been dealt with, from several threads; null for none.</param>
    /// <param name="cancellation">Stops the conversion; nothing stays of it.</param>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    /// <exception cref="VhdConversionException">The destination's volume ran full, and nothing stays of the conversion; or another one to it is under way.</exception>
    /// <exception cref="IOException">Reading or writing failed; nothing stays of the conversion, and what had the destination's name still has it.</exception>
    /// <exception cref="OperationCanceledException">The conversion was cancelled.</exception>
    public VhdConversion Run(IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        long start = _options.TimeProvider.GetTimestamp();
        long readBefore = Disk.BytesRead;
        SparseFile file = PartialFile.TryCreate(Destination, _image.Length, exception => ConversionDestination.Denied(Destination, exception))
            ?? throw new VhdConversionException(VhdConversionProblem.DestinationInUse, Destination, $"Another conversion to {Destination} is under way. Wait for it, or give another destination.");
        long written;
        try
        {
            using (file)
            {
                new DiskCopy(_image, file, progress).Run(cancellation);
                file.Write(_image.Capacity, _image.Footer);
                if (_options.FlushesToDevice)
                {
                    file.FlushToDevice(cancellation);
                }

                written = file.BytesWritten;
            }

            cancellation.ThrowIfCancellationRequested();
            PartialFile.Complete(Destination, _options.Force);
        }
        catch (Exception exception)
        {
            PartialFile.Discard(Destination);
            if (DiskFull.IsCauseOf(exception))
            {
                throw new VhdConversionException(
                    VhdConversionProblem.DiskFull, Destination, $"The volume ran full while {Destination} was written. Nothing of it was left.", exception);
            }

            if (exception is UnauthorizedAccessException)
            {
                throw ConversionDestination.Denied(Destination, exception);
            }

            throw;
        }

        return new VhdConversion
        {
            Name = Path.GetFileName(Destination),
            Path = Destination,
            SourcePath = Disk.Path,
            SourceFormat = Disk.Format,
            SourceSubFormat = Disk.SubFormat,
            SourceCapacity = Disk.Capacity,
            Capacity = _image.Capacity,
            FileSize = _image.Length,
            BytesRead = Disk.BytesRead - readBefore,
            BytesWritten = written,
            BytesSkippedAsFree = FreeSpace?.BytesSkipped ?? 0,
            FreeSpace = FreeSpace?.Volumes ?? [],
            Duration = _options.TimeProvider.GetElapsedTime(start),
        };
    }

    private static List<string> FindWarnings(OpenedImage image, FixedVhdImage vhd)
    {
        List<string> warnings = [.. image.Disk!.Problems, .. vhd.FreeSpace?.Warnings ?? []];
        if (vhd.StrandsBackupPartitionTable(image.Table))
        {
            warnings.Add(
                $"Rounding the capacity of {image.Source.Length} bytes up to {vhd.Capacity} leaves the backup of the GUID partition table short of the disk's end. The guest boots all the same; Windows, or sgdisk -e on Linux, moves it there.");
        }

        warnings.AddRange(UploadCheck.FindBlockers(image.Source, image.Table).Select(blocker => "Azure will not take the result. " + blocker));
        return warnings;
    }
}
