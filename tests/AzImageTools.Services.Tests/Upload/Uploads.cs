using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Transfer;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads as Send-AzVhd does them, each with an uploader of its own.</summary>
internal static class Uploads
{
    public static async Task<VhdUpload> RunAsync(ImageSession? session, UploadRequest request, OperationContext context, int throttleLimit = VhdUploader.DefaultThrottleLimit)
    {
        using VhdUploader uploader = new(throttleLimit, context.Time);
        return await PlanRunner.RunAsync(await uploader.PlanAsync(() => Task.FromResult(session), request, context), context);
    }

    public static Task<Plan<VhdUpload>> PlanAsync(ImageSession? session, UploadRequest request, OperationContext context)
        => new VhdUploader(VhdUploader.DefaultThrottleLimit, context.Time).PlanAsync(() => Task.FromResult(session), request, context);

    /// <summary>Moves pages without a lease; what is sent is noted nowhere unless a log is given.</summary>
    public static UploadEngine Engine(IByteSource image, PageBlobClient blob, UploadBudget budget, ISentChunkLog? log = null)
    {
        UploadCounters counters = new();
        return new UploadEngine(image, new PageWriter(blob, leaseId: null, counters, budget.Throttle), counters, budget, log ?? new NoLog());
    }

    private sealed class NoLog : ISentChunkLog
    {
        public void Append(SentChunk chunk)
        {
        }

        public void AppendVerified()
        {
        }
    }
}
