using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Remote;

/// <summary>
/// Opens disks in Azure where they lie: managed disks, snapshots, disks of virtual machines and of restore points, blobs. Nothing is downloaded whole,
/// and nothing is started. What belongs to a machine is read through a snapshot of our own, which lives as long as it is read.
/// </summary>
/// <param name="session">The session; null where a signature in the address is enough.</param>
public sealed class RemoteDiskService(ImageSession? session)
{
    /// <summary>Plans how to get to a disk's bytes; only reads. A plan without steps changes nothing in Azure. It is run once.</summary>
    /// <param name="request">Which disk.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">It is not there, or may not be read so; the request names no disk, or several.</exception>
    public async Task<Plan<RemoteAccess>> PlanAsync(RemoteDiskRequest request, OperationContext context)
    {
        if (new object?[] { request.ResourceId, request.BlobUri, request.Sas }.Count(name => name is not null) != 1)
        {
            throw new ArgumentException("One name of the disk is needed.", nameof(request));
        }

        if (request.ResourceId is not null)
        {
            await ImageSession.Require(session).Pace.WaitAsync(context).ConfigureAwait(false);
            DiskReadSteps steps = await DiskReadSteps.PlanAsync(session!, request, context).ConfigureAwait(false);
            return new Plan<RemoteAccess>("Read in place", steps.Description, steps.Steps, _ => Task.FromResult(steps.Access!));
        }

        Uri address = request.Sas?.Uri ?? request.BlobUri!;
        PageBlobClient blob = request.Sas is { } sas ? (session?.Storage ?? StorageClients.WithoutSession(context.Time)).PageBlobWithSas(sas.Address) : OpenBlob(address);
        DiskFormat format = request.Format ?? DiskOpener.FindFormat(new BlobUriBuilder(address).BlobName) ?? DiskFormat.Vhd;
        RemoteAccess access = new(blob, address.AbsoluteUri, format);
        return new Plan<RemoteAccess>("Read in place", $"blob {address.AbsoluteUri}", [], _ => Task.FromResult(access));
    }

    /// <summary>Opens a disk: the plan, and its run.</summary>
    /// <param name="request">Which disk.</param>
    /// <param name="context">Progress, log, cancellation, clock. Its token ends reading too, as long as the disk is open.</param>
    /// <returns>The disk, to be disposed of when it has been read.</returns>
    /// <exception cref="ImageServiceException">It is not there, or can't be read; what was made meanwhile is removed.</exception>
    /// <exception cref="DiskFormatException">It is no disk image of that format.</exception>
    public async Task<RemoteDisk> OpenAsync(RemoteDiskRequest request, OperationContext context)
    {
        RemoteAccess access = await PlanRunner.RunAsync(await PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
        return await access.OpenAsync(context).ConfigureAwait(false);
    }

    private PageBlobClient OpenBlob(Uri address)
    {
        StorageClients storage = ImageSession.Require(session).Storage;
        return storage.PageBlob(storage.RequireBlobUri(address));
    }
}
