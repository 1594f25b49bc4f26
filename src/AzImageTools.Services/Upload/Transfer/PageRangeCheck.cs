using System.Buffers;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Compares the pages that a blob holds with those that were meant.</summary>
internal static class PageRangeCheck
{
    /// <summary>The ranges that the blob holds; null where the access given does not allow reading.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">The service could not be asked.</exception>
    public static async Task<PageRangeList?> TryReadRangesAsync(PageBlobClient blob, long length, OperationContext context)
    {
        try
        {
            return await AzureErrors.CallAsync(
                "Listing the pages written", SecretText.WithoutQuery(blob.Uri), () => PageRangeReader.ReadAsync(blob, length, context.Cancellation)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind is ErrorKind.PermissionDenied or ErrorKind.Authentication)
        {
            return null;
        }
    }

    /// <summary>Asks for the blob's page ranges. All that was meant must be there; what else is there must be zero.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="meant">What was written.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>False where the access given does not allow reading.</returns>
    /// <exception cref="ImageServiceException">The blob is not what was meant (UploadIncomplete, UploadDisturbed).</exception>
    public static async Task<bool> RunAsync(PageBlobClient blob, long length, PageRangeList meant, OperationContext context)
    {
        if (await TryReadRangesAsync(blob, length, context).ConfigureAwait(false) is not { } held)
        {
            context.Log.Warning("The pages written could not be compared with the disk because the access given does not allow reading.");
            return false;
        }

        Uri target = SecretText.WithoutQuery(blob.Uri);
        foreach (DiskExtent missing in meant.Except(held))
        {
            throw new ImageServiceException(
                "UploadIncomplete",
                ErrorKind.InvalidData,
                $"The service does not hold the {missing.Length} bytes at byte {missing.Offset} although it confirmed them.",
                "The same command sends them again.",
                target);
        }

        foreach (DiskExtent surplus in held.Except(meant))
        {
            await AzureErrors.CallAsync(
                "Reading pages back", target, () => RequireZerosAsync(blob, surplus, target, context.Cancellation)).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>A service may keep its map coarser than it was written: what was not meant must then be zero.</summary>
    private static async Task RequireZerosAsync(PageBlobClient blob, DiskExtent range, Uri target, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PageReader.BufferSize);
        try
        {
            for (long offset = range.Offset; offset < range.End;)
            {
                int length = (int)Math.Min(range.End - offset, ChunkPlanner.ChunkSize);
                await PageReader.ReadAsync(blob, new DiskExtent(offset, length), buffer, RequireZeros, cancellation).ConfigureAwait(false);
                offset += length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        void RequireZeros(ArraySegment<byte> piece)
        {
            if (!ZeroScanner.IsZero(piece))
            {
                throw new ImageServiceException(
                    "UploadDisturbed",
                    ErrorKind.InvalidData,
                    $"The service holds data between bytes {range.Offset} and {range.End}, where the disk is empty.",
                    "Something else writes to the same target: find it, then upload again.",
                    target);
            }
        }
    }
}
