using System.Diagnostics;
using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Services;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Benchmarks;

/// <summary>What this program does when it is started to be measured at an upload.</summary>
internal static class UploadProcess
{
    public const string Mode = "engine-upload";
    public const string ManyMode = "engine-upload-many";
    public const string DownloadMode = "engine-download";
    public const string ChecksumMode = "engine-checksum";
    public const string AddressVariable = "AZIMAGETOOLS_BENCHMARK_SAS";

    /// <summary>Uploads a disk to the address in the environment. Prints the seconds since this program's first line, the bytes sent, the requests, and whether the pages were compared.</summary>
    public static int Upload(string source)
    {
        long start = Stopwatch.GetTimestamp();
        using VhdUploader uploader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System);
        VhdUpload upload = UploadAsync(uploader, source, Environment.GetEnvironmentVariable(AddressVariable)!).GetAwaiter().GetResult();
        Print(start, [upload]);
        return upload.Verified ? 0 : 1;
    }

    /// <summary>Uploads a disk to each of the addresses in the environment, side by side. Prints what one upload does, of all.</summary>
    public static int UploadMany(string source)
    {
        long start = Stopwatch.GetTimestamp();
        using VhdUploader uploader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System);
        List<VhdUpload> uploads = [];
        VhdUploader.RunTogetherAsync(
            Environment.GetEnvironmentVariable(AddressVariable)!.Split(' ').Select<string, Func<Task>>(address => async () =>
            {
                VhdUpload upload = await UploadAsync(uploader, source, address);
                lock (uploads)
                {
                    uploads.Add(upload);
                }
            }),
            static _ => false,
            static _ => Task.CompletedTask,
            CancellationToken.None).GetAwaiter().GetResult();
        Print(start, uploads);
        return uploads.TrueForAll(static upload => upload.Verified) ? 0 : 1;
    }

    private static async Task<VhdUpload> UploadAsync(VhdUploader uploader, string source, string address)
    {
        UploadRequest request = new()
        {
            Path = source,
            Target = new SasTarget(address) { Force = true },
            Readiness = UploadReadiness.None,
            Restart = true,
        };
        return await PlanRunner.RunAsync(await uploader.PlanAsync(static () => Task.FromResult<ImageSession?>(null), request, OperationContext.None), OperationContext.None);
    }

    private static void Print(long start, List<VhdUpload> uploads)
        => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.000} {uploads.Sum(static upload => upload.BytesSent)} {uploads.Sum(static upload => upload.Requests)} {uploads.TrueForAll(static upload => upload.Verified)}"));

    /// <summary>Brings down the page blob at the address in the environment. Prints the seconds, the bytes received, the requests, and whether the service's checksums were right.</summary>
    public static int Download(string destination)
    {
        long start = Stopwatch.GetTimestamp();
        DownloadRequest request = new()
        {
            Source = new PageBlobSource(new SasTarget(Environment.GetEnvironmentVariable(AddressVariable)!)),
            Path = destination,
            Force = true,
            Restart = true,
        };
        using VhdDownloader downloader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System);
        Plan<VhdDownload> plan = downloader.PlanAsync(session: null, request, OperationContext.None).GetAwaiter().GetResult();
        VhdDownload download = PlanRunner.RunAsync(plan, OperationContext.None).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} {download.BytesReceived} {download.Requests} {download.Verified}"));
        return download.Verified ? 0 : 1;
    }

    /// <summary>Prints how many seconds the checksums of an upload's bytes take, each piece just read; and the bytes in 4 KiB pages that are not zero.</summary>
    public static int Checksum(string source)
    {
        byte[] buffer = new byte[ChunkPlanner.ChunkSize];
        long ticks = 0;
        long pages = 0;
        using VirtualDisk disk = DiskOpener.Open(source);
        foreach (Chunk chunk in ChunkPlanner.Plan(disk, disk.Capacity))
        {
            Span<byte> bytes = buffer.AsSpan(0, chunk.Length);
            List<DiskExtent> runs = chunk.Read(disk, bytes);
            pages += CountPages(bytes);
            foreach (DiskExtent run in runs)
            {
                long start = Stopwatch.GetTimestamp();
                Crc64Nvme.Compute(bytes.Slice((int)run.Offset, (int)run.Length));
                ticks += Stopwatch.GetTimestamp() - start;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ticks / (double)Stopwatch.Frequency:0.0000} {pages}"));
        return 0;
    }

    private static long CountPages(ReadOnlySpan<byte> bytes)
    {
        const int Page = 4096;
        long count = 0;
        for (; bytes.Length > 0; bytes = bytes[Math.Min(Page, bytes.Length)..])
        {
            count += bytes[..Math.Min(Page, bytes.Length)].ContainsAnyExcept((byte)0) ? Page : 0;
        }

        return count;
    }
}
