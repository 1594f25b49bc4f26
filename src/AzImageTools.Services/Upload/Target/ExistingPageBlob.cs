using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob that is there, and this upload's.</summary>
/// <param name="blob">The blob.</param>
/// <param name="isNew">Whether it was only just created.</param>
/// <param name="isEnded">Whether an upload to it has ended.</param>
internal sealed class ExistingPageBlob(UploadBlob blob, bool isNew, bool isEnded = false) : ExistingTarget
{
    public override async Task<TargetWriter> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
    {
        PageBlobLease lease = await PageBlobLease.AcquireAsync(blob.Client, leaseId, run.Context).ConfigureAwait(false);
        try
        {
            if (isEnded)
            {
                // From now on it is incomplete again, and says so.
                await blob.SetMetadataAsync(run.RunId, crc64: null, lease.Id, run.Cancellation).ConfigureAwait(false);
            }

            return new Writer(blob, lease, isNew);
        }
        catch
        {
            await lease.ReleaseAsync(run.Cancellation).ConfigureAwait(false);
            throw;
        }
    }

    private sealed class Writer(UploadBlob blob, PageBlobLease lease, bool isNew) : TargetWriter(blob.Client, lease.Id, isNew)
    {
        public override async Task CompleteAsync(string crc64, StepRun run)
        {
            await blob.SetMetadataAsync(run.RunId, crc64, lease.Id, run.Cancellation).ConfigureAwait(false);
            await lease.ReleaseAsync(run.Cancellation).ConfigureAwait(false);
        }

        public override Task LeaveAsync(CancellationToken cancellation) => lease.ReleaseAsync(cancellation);
    }
}
