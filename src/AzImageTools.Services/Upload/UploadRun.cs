using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>One run of an upload: what its steps share.</summary>
internal sealed class UploadRun(UploadRequest request, UploadSourceInfo source, UploadDestination destination)
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromMinutes(5);
    private VhdUpload? _result;
    private long _started;

    /// <summary>What came of it, once it has ended well.</summary>
    public VhdUpload Result => _result ?? throw new InvalidOperationException("The upload has not ended.");

    /// <summary>Creates the target, empty.</summary>
    public Task CreateAsync(StepRun run)
    {
        _started = run.Context.Time.GetTimestamp();
        return destination.CreateAsync(source, run);
    }

    /// <summary>Writes the disk, and gives up the access to the target's pages whatever becomes of it.</summary>
    public async Task WriteAsync(StepRun run)
    {
        using UploadSource disk = Reopen(run.Context);
        UploadEngine? engine = null;
        bool verified;
        bool uploaded = false;
        try
        {
            PageBlobClient blob = await destination.OpenAsync(run).ConfigureAwait(false);
            engine = new UploadEngine(disk, blob, request.ThrottleLimit);
            verified = await engine.RunAsync(run.Context).ConfigureAwait(false);
            uploaded = true;
        }
        finally
        {
            using CancellationTokenSource own = run.Context.Time.CreateCancellationTokenSource(CloseTimeout);
            await destination.CloseAsync(uploaded, run with { Context = run.Context with { Cancellation = own.Token } }).ConfigureAwait(false);
        }

        _result = destination.Identify(Describe(engine, verified, run.Context.Time.GetElapsedTime(_started)));
        run.Context.Log.Verbose(
            $"Uploaded {source.Path}: {ByteSize.Format(_result.BytesSent)} sent in {_result.Requests} requests, {ByteSize.Format(_result.BytesSkipped)} empty.");
    }

    private VhdUpload Describe(UploadEngine engine, bool verified, TimeSpan duration)
        => new()
        {
            Id = string.Empty,
            Name = string.Empty,
            TargetKind = default,
            SourcePath = source.Path,
            SourceFormat = source.Format,
            Capacity = source.Length - ChunkPlanner.PageSize,
            BytesRead = engine.Counters.Read,
            BytesSkipped = engine.Counters.Skipped,
            BytesSent = engine.Counters.Sent,
            Requests = engine.Counters.Requests,
            Retries = engine.Counters.Retries,
            Duration = duration,
            Crc64 = engine.Crc64.ToString("X16", CultureInfo.InvariantCulture),
            Verified = verified,
            OsType = source.OsType,
            HyperVGeneration = source.HyperVGeneration,
        };

    private UploadSource Reopen(OperationContext context)
    {
        UploadSource disk;
        try
        {
            disk = UploadSource.Open(source.Path, request.DiskOptions, context);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageServiceException("SourceUnreadable", ServiceErrorKind.InvalidData, $"The disk could not be opened: {exception.Message}", string.Empty, source.Path, exception);
        }

        if (disk.Length != source.Length)
        {
            disk.Dispose();
            throw new ImageServiceException(
                "SourceChanged", ServiceErrorKind.InvalidState, $"The disk {source.Path} has another size than before the upload.", "See that nothing uses it, then upload again.", source.Path);
        }

        return disk;
    }
}
