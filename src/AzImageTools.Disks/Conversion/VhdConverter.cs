using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// Converts a disk to the fixed VHD that Azure takes, in two steps: <see cref="Prepare(VirtualDisk, string, VhdConversionOptions?)"/>
/// finds all that can be known before writing, <see cref="Run"/> writes. The VHD gets its name when it is whole.
/// </summary>
public sealed class VhdConverter
{
    // Small enough that what was read is still in the processor's cache when it is looked at and written.
    private const int ChunkSize = 1024 * 1024;

    // A file system lets one writer at a time into a file; more workers than these only wait for one another.
    private const int MostWorkers = 4;

    private readonly FixedVhdImage _image;
    private readonly VhdConversionOptions _options;

    private VhdConverter(FixedVhdImage image, string destination, VhdConversionOptions options, IReadOnlyList<string> warnings)
    {
        _image = image;
        _options = options;
        Destination = destination;
        Warnings = warnings;
    }

    /// <summary>The full path of the VHD to make.</summary>
    public string Destination { get; }

    /// <summary>The disk to convert.</summary>
    public VirtualDisk Disk => _image.Disk;

    /// <summary>The VHD's capacity in bytes.</summary>
    public long Capacity => _image.Capacity;

    /// <summary>How many bytes of the disk will be looked at: the most that will be written, footer aside.</summary>
    public long BytesToCopy => Disk.AllocatedBytes;

    /// <summary>What to know before the conversion runs, a sentence each; none keeps it from running.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Finds whether a disk can be converted, without writing anything.</summary>
    /// <param name="disk">The disk; stays open as long as the conversion runs.</param>
    /// <param name="destination">The VHD to make; or an existing folder, for a VHD with the disk image's name.</param>
    /// <param name="options">How to convert; null for the defaults.</param>
    /// <exception cref="DiskFormatException">The disk can't be a VHD, or its container is damaged.</exception>
    /// <exception cref="VhdConversionException">The destination can't be written.</exception>
    /// <exception cref="IOException">The destination's volume can't be asked for its room.</exception>
    /// <exception cref="UnauthorizedAccessException">The destination is there and may not be replaced.</exception>
    public static VhdConverter Prepare(VirtualDisk disk, string destination, VhdConversionOptions? options = null)
        => Prepare(disk, destination, options ?? new VhdConversionOptions(), VolumeRoom.Of);

    /// <summary>As the public one, with the way to ask a folder's volume for its room.</summary>
    internal static VhdConverter Prepare(VirtualDisk disk, string destination, VhdConversionOptions options, Func<string, VolumeRoom?> getRoom)
    {
        FixedVhdImage image = new(disk, DateTimeOffset.UtcNow);
        string path = ConversionDestination.Resolve(disk, destination, options.Force);
        List<string> warnings = FindWarnings(image);
        VolumeRoom? room = getRoom(Path.GetDirectoryName(path)!);
        long needed = room is { KeepsHoles: false } ? image.Length : disk.AllocatedBytes + FixedVhdImage.FooterSize;
        if (room is not null && room.FreeBytes < needed)
        {
            throw new VhdConversionException(
                VhdConversionProblem.TooLittleRoom,
                path,
                $"{path} needs up to {ByteSize.Format(needed)}, but its volume has only {ByteSize.Format(room.FreeBytes)} left. Nothing was written.");
        }

        return new VhdConverter(image, path, options, warnings);
    }

    /// <summary>Converts.</summary>
    /// <param name="progress">Told how many of <see cref="BytesToCopy"/> have been dealt with, from several threads; null for none.</param>
    /// <param name="cancellation">Stops the conversion; nothing stays of it.</param>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    /// <exception cref="VhdConversionException">The destination's volume ran full; nothing stays of the conversion.</exception>
    /// <exception cref="IOException">Reading or writing failed; nothing stays of the conversion, and what had the destination's name still has it.</exception>
    /// <exception cref="OperationCanceledException">The conversion was cancelled.</exception>
    public VhdConversion Run(IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch time = Stopwatch.StartNew();
        long readBefore = Disk.BytesRead;
        string temporary = ConversionDestination.CreateTemporaryName(Destination);
        long written;
        try
        {
            using (SparseFile file = SparseFile.Create(temporary, _image.Length))
            {
                Copy(file, progress, cancellation);
                file.Write(_image.Capacity, _image.Footer);
                if (_options.FlushesToDevice)
                {
                    file.FlushToDevice();
                }

                written = file.BytesWritten;
            }

            cancellation.ThrowIfCancellationRequested();
            ConversionDestination.Rename(temporary, Destination, _options.Force);
        }
        catch (Exception exception)
        {
            File.Delete(temporary);
            if (DiskFull.IsCauseOf(exception))
            {
                throw new VhdConversionException(
                    VhdConversionProblem.DiskFull, Destination, $"The volume ran full while {Destination} was written. Nothing of it was left.", exception);
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
            Duration = time.Elapsed,
        };
    }

    private static List<string> FindWarnings(FixedVhdImage image)
    {
        List<string> warnings = [.. image.Disk.Problems];
        if (image.StrandsBackupPartitionTable())
        {
            warnings.Add(
                $"Rounding the capacity of {image.Disk.Capacity} bytes up to {image.Capacity} leaves the backup of the GUID partition table short of the disk's end. The guest boots all the same; Windows, or sgdisk -e on Linux, moves it there.");
        }

        warnings.AddRange(UploadCheck.FindBlockers(image.Disk, PartitionTable.Read(image.Disk)).Select(blocker => "Azure will not take the result. " + blocker));
        return warnings;
    }

    private static IEnumerable<DiskExtent> Split(IEnumerable<DiskExtent> extents)
    {
        foreach (DiskExtent extent in extents)
        {
            for (long offset = extent.Offset; offset < extent.End;)
            {
                long end = Math.Min(extent.End, (offset / ChunkSize * ChunkSize) + ChunkSize);
                yield return new DiskExtent(offset, end - offset);
                offset = end;
            }
        }
    }

    /// <summary>Each worker takes the next chunk, reads, looks and writes it: while one reads, another writes.</summary>
    private void Copy(SparseFile file, IProgress<long>? progress, CancellationToken cancellation)
    {
        long done = 0;
        Partitioner<DiskExtent> chunks = Partitioner.Create(Split(_image.GetExtents(0, _image.Capacity)), EnumerablePartitionerOptions.NoBuffering);
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = Math.Min(MostWorkers, Math.Max(2, Environment.ProcessorCount)),
            CancellationToken = cancellation,
        };
        try
        {
            Parallel.ForEach(
                chunks,
                parallel,
                () => ArrayPool<byte>.Shared.Rent(ChunkSize),
                (chunk, _, buffer) =>
                {
                    Memory<byte> bytes = buffer.AsMemory(0, (int)chunk.Length);
                    _image.Read(chunk.Offset, bytes.Span);
                    file.WriteData(chunk.Offset, bytes);
                    progress?.Report(Interlocked.Add(ref done, chunk.Length));
                    return buffer;
                },
                buffer => ArrayPool<byte>.Shared.Return(buffer));
        }
        catch (AggregateException exception)
        {
            // Several workers may have met the same damage; the first tells.
            ExceptionDispatchInfo.Capture(exception.Flatten().InnerExceptions[0]).Throw();
        }
    }
}
