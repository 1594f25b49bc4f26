using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A managed disk whose upload has ended: its pages can be read, where Azure allows that, and not be written any more.</summary>
/// <param name="disk">The disk.</param>
internal sealed class EndedManagedDisk(UploadDisk disk)
{
    private static readonly TimeSpan Access = TimeSpan.FromHours(24);

    /// <summary>Gives read access to the pages for as long as something is done with them.</summary>
    /// <param name="read">What is done with them.</param>
    /// <param name="run">The run that created the disk.</param>
    /// <returns>What that returned; false where Azure gives no access, of which a warning tells.</returns>
    /// <exception cref="ImageServiceException">The disk is another's by now (<see cref="NewTarget.TakenErrorId"/>), or what is done fails.</exception>
    public async Task<bool> ReadAsync(Func<PageBlobClient, Task<bool>> read, StepRun run)
    {
        PageBlobClient pages;
        try
        {
            pages = await disk.CallAsync("Getting read access to", () => OpenAsync(run)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind != ErrorKind.AlreadyExists)
        {
            run.Context.Log.Warning(
                $"The upload to the {disk.Description} had ended already, by its journal. What is there was not compared with the disk, because it can't be read: {exception.Message}");
            return false;
        }

        try
        {
            return await read(pages).ConfigureAwait(false);
        }
        finally
        {
            await UploadDisk.TryEndAccessAsync(disk.Resource, run).ConfigureAwait(false);
        }
    }

    private async Task<PageBlobClient> OpenAsync(StepRun run)
    {
        ManagedDiskData data = (await disk.Resource.GetAsync(run.Cancellation).ConfigureAwait(false)).Value.Data;
        if (!RunTag.IsOf(data.Tags, run.RunId))
        {
            throw disk.Taken();
        }

        GrantAccessData grant = new(AccessLevel.Read, (int)Access.TotalSeconds);
        ArmOperation<AccessUri> operation = await disk.Resource.GrantAccessAsync(WaitUntil.Started, grant, run.Cancellation).ConfigureAwait(false);
        Uri address = new((await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false)).AccessSas);
        StorageClients storage = disk.Session.Storage;
        return data.DataAccessAuthMode == DataAccessAuthMode.AzureActiveDirectory ? storage.PageBlobWithSas(address, storage.DiskToken()) : storage.PageBlobWithSas(address);
    }
}
