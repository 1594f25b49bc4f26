using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A managed disk that is there, and this upload's.</summary>
/// <param name="disk">The disk.</param>
/// <param name="replacement">Makes it anew where Azure does not give write access again.</param>
/// <param name="isNew">Whether it was only just created.</param>
internal sealed class ExistingManagedDisk(UploadDisk disk, NewManagedDisk replacement, bool isNew) : ExistingTarget
{
    public override async Task<TargetWriter> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
    {
        try
        {
            return await BeginAsync(source, run).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind == ErrorKind.InvalidState)
        {
            if (isNew)
            {
                // To a disk that was only just made, somebody else was given access: so it is theirs.
                throw disk.Taken(exception);
            }

            run.Context.Log.Warning(
                $"Azure does not give write access again to the {disk.Description}, so its upload can't be continued: it is replaced by a new one. ({exception.Message})");
        }

        await replacement.RemoveAsync(leaseId, run).ConfigureAwait(false);
        ExistingTarget made = await replacement.CreateAsync(source, run).ConfigureAwait(false);
        return await made.OpenAsync(source, leaseId, run).ConfigureAwait(false);
    }

    private async Task<TargetWriter> BeginAsync(UploadSourceInfo source, StepRun run)
    {
        bool wasGranted = !isNew;
        bool needsToken = false;
        DiskWriteAccess access = new(GrantAsync, source.DataLength, run.Context);
        await access.BeginAsync().ConfigureAwait(false);
        StorageClients storage = disk.Session.Storage;
        return new Writer(disk, needsToken ? storage.PageBlobWithSas(access.Address, access, storage.DiskToken()) : storage.PageBlobWithSas(access.Address, access), isNew);

        Task<Uri> GrantAsync(TimeSpan duration)
            => disk.CallAsync(
                "Getting write access to",
                async () =>
                {
                    // Whoever also created the disk has put a tag of their own on it, and whoever was given access to it first keeps it.
                    ManagedDiskData data = (await disk.CallAsync("Looking for", () => disk.Resource.GetAsync(run.Cancellation)).ConfigureAwait(false)).Value.Data;
                    if (!RunTag.IsOf(data.Tags, run.RunId) || !wasGranted && data.DiskState == DiskState.ActiveUpload)
                    {
                        throw disk.Taken();
                    }

                    needsToken = data.DataAccessAuthMode == DataAccessAuthMode.AzureActiveDirectory;
                    GrantAccessData grant = new(AccessLevel.Write, (int)duration.TotalSeconds);
                    ArmOperation<AccessUri> operation = await disk.Resource.GrantAccessAsync(WaitUntil.Started, grant, run.Cancellation).ConfigureAwait(false);
                    AccessUri granted = await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
                    wasGranted = true;
                    return new Uri(granted.AccessSas);
                });
    }

    private sealed class Writer(UploadDisk disk, PageBlobClient pages, bool isNew) : TargetWriter(pages, leaseId: null, isNew)
    {
        public override async Task CompleteAsync(string crc64, StepRun run)
        {
            await disk.CallAsync("Ending the upload to", async () =>
            {
                await UploadDisk.EndAccessAsync(disk.Resource, run).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            Response<ManagedDiskResource> ended = await disk.CallAsync("Checking", () => disk.Resource.GetAsync(run.Cancellation)).ConfigureAwait(false);
            if (UploadDisk.IsUnderUpload(ended.Value.Data.DiskState))
            {
                throw new ImageServiceException(
                    "UploadNotEnded",
                    ErrorKind.InvalidState,
                    $"The {disk.Description} is still in state {ended.Value.Data.DiskState} after its upload was ended.",
                    "The same command tries again.",
                    disk.Id.ToString());
            }
        }

        /// <summary>The access is left to expire: to revoke it would end the upload for good.</summary>
        public override Task LeaveAsync(CancellationToken cancellation) => Task.CompletedTask;
    }
}
