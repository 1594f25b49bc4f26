using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Download.Transfer;

/// <summary>Reads a finished file as any program would, container and all, and compares it with what was brought down.</summary>
internal static class FileComparison
{
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
            byte[] buffer = new byte[ChunkPlanner.ChunkSize];
            foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
            {
                for (long offset = extent.Offset; offset < extent.End;)
                {
                    int length = (int)Math.Min(buffer.Length, extent.End - offset);
                    disk.Read(offset, buffer.AsSpan(0, length));
                    read.Add(offset, length, Crc64Nvme.Compute(buffer.AsSpan(0, length)));
                    offset += length;
                }
            }

            if (disk.Capacity == file.Layout.Capacity && read.Value == expected)
            {
                return;
            }
        }
        catch (DiskFormatException exception)
        {
            throw Damaged(file, exception);
        }

        throw Damaged(file, cause: null);
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
