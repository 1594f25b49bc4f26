using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob that is there, and this upload's.</summary>
/// <param name="blob">The blob.</param>
/// <param name="isNew">Whether it was only just created.</param>
internal sealed class ExistingPageBlob(UploadBlob blob, bool isNew) : ExistingTarget
{
    public override async Task<TargetWriter> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
        => new Writer(blob, await PageBlobLease.AcquireAsync(blob.Client, leaseId, run.Context).ConfigureAwait(false), isNew);

    private sealed class Writer(UploadBlob blob, PageBlobLease lease, bool isNew) : TargetWriter(blob.Client, lease.Id, isNew)
    {
        /// <summary>The disk's CRC-64/NVME on a blob whose upload has ended.</summary>
        private const string ChecksumName = "azimagetoolscrc64";

        public override async Task CompleteAsync(string crc64, StepRun run)
        {
            Dictionary<string, string> metadata = new(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId, [ChecksumName] = crc64 };
            await AzureErrors.CallAsync(
                $"Noting the checksum on the {blob.Description}",
                blob.Uri,
                () => blob.Client.SetMetadataAsync(metadata, new BlobRequestConditions { LeaseId = LeaseId }, run.Cancellation)).ConfigureAwait(false);
            await lease.ReleaseAsync(run.Cancellation).ConfigureAwait(false);
        }

        public override Task LeaveAsync(CancellationToken cancellation) => lease.ReleaseAsync(cancellation);
    }
}
