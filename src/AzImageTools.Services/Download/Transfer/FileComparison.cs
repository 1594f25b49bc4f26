using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Download.Transfer;

/// <summary>Reads a finished file as any program would, container and all, and compares it with what was brought down.</summary>
internal static class FileComparison
{
    /// <summary>What fits into a processor's cache, so that it is summed where it was just read to.</summary>
    private const int PieceSize = 1 << 20;
    private const int MostThreads = 4;

    /// <summary>Compares.</summary>
    /// <param name="file">The file, whole and closed.</param>
    /// <param name="expected">The CRC-64/NVME of the disk.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The file is not the disk (DownloadDamaged).</exception>
    public static void Run(GrowingImage file, ulong expected, CancellationToken cancellation)
    {
        DiskChecksum read = new(file.Layout.Capacity);
        try
        {
            using VirtualDisk disk = DiskOpener.Open(file.PartialPath, new VirtualDiskOptions { Format = file.Layout.Format }, cancellation);
            using ThreadLocal<byte[]> buffers = new(static () => new byte[PieceSize]);
            ParallelOptions options = new() { CancellationToken = cancellation, MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, MostThreads) };
            Parallel.ForEach(Partitioner.Create(PiecesOf(disk), EnumerablePartitionerOptions.NoBuffering), options, piece =>
            {
                Span<byte> bytes = buffers.Value!.AsSpan(0, (int)piece.Length);
                disk.Read(piece.Offset, bytes);
                read.Add(piece.Offset, bytes.Length, Crc64Nvme.Compute(bytes));
            });

            if (disk.Capacity == file.Layout.Capacity && read.Value == expected)
            {
                return;
            }
        }
        catch (DiskFormatException exception)
        {
            throw Damaged(file, exception);
        }
        catch (AggregateException several)
        {
            Exception first = several.Flatten().InnerExceptions[0];
            ExceptionDispatchInfo.Capture(first is DiskFormatException ? Damaged(file, first) : first).Throw();
        }

        throw Damaged(file, cause: null);
    }

    private static IEnumerable<DiskExtent> PiecesOf(VirtualDisk disk)
        => disk.GetExtents(0, disk.Capacity).SelectMany(static extent => Split(extent));

    private static IEnumerable<DiskExtent> Split(DiskExtent extent)
    {
        for (long offset = extent.Offset; offset < extent.End; offset += PieceSize)
        {
            yield return new DiskExtent(offset, Math.Min(PieceSize, extent.End - offset));
        }
    }

    private static ImageServiceException Damaged(GrowingImage file, Exception? cause)
        => new(
            "DownloadDamaged",
            ErrorKind.InvalidData,
            $"What was written for {file.Destination} reads back as something else{(cause is null ? string.Empty : $": {cause.Message.TrimEnd('.')}")}. It was removed.",
            "Test the drive and this machine's memory, and see that nothing else writes there; then run the command again.",
            file.Destination,
            cause);
}
