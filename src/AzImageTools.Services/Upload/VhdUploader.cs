using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Upload;

/// <summary>Uploads disk images of any format that can be read, as fixed VHDs, to page blobs and managed disks.</summary>
public static class VhdUploader
{
    /// <summary>
    /// The least <c>uploadSizeBytes</c>, 20 MiB and a footer (REST reference, Disks - Create Or Update, CreationData).
    /// </summary>
    private const long MinimumLength = 20_972_032;

    private const int MostInFlight = 256;
    private const double PagesWeight = 98;

    /// <summary>Uploads a disk. What was created is removed again when that fails or is cancelled.</summary>
    /// <param name="session">The session; null only for a <see cref="SasTarget"/>.</param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Progress, log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">
    /// The disk can't be uploaded as it is; the target is there already (DiskAlreadyExists, BlobAlreadyExists); Azure refused or could not be reached.
    /// </exception>
    public static async Task<VhdUpload> UploadAsync(ImageSession? session, UploadRequest request, OperationContext context)
    {
        Plan<VhdUpload> plan = await PlanAsync(session, request, context).ConfigureAwait(false);
        return await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
    }

    /// <summary>Checks the disk and the target, reading only, and plans the upload. A plan runs once.</summary>
    /// <param name="session">The session; null only for a <see cref="SasTarget"/>.</param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">The disk can't be uploaded as it is, or not to that target.</exception>
    public static async Task<Plan<VhdUpload>> PlanAsync(ImageSession? session, UploadRequest request, OperationContext context)
    {
        if (request.ThrottleLimit is < 1 or > MostInFlight)
        {
            throw new ImageServiceException(
                "InvalidThrottleLimit", ServiceErrorKind.InvalidArgument, $"A throttle limit of {request.ThrottleLimit} is out of range.", $"Use 1 to {MostInFlight}.", request.ThrottleLimit);
        }

        UploadDestination destination = CreateDestination(session, request.Target, context);
        UploadSourceInfo source = Inspect(request, destination, context);
        await destination.CheckAsync(context).ConfigureAwait(false);

        UploadRun upload = new(request, source, destination);
        Step create = new(upload.CreateAsync)
        {
            Title = "Create the target",
            Effect = StepEffect.Creates,
            Target = destination.Description,
            OnFailure = FailureAction.Undo,
            Undo = destination.RemoveAsync,
        };
        Step write = new(upload.WriteAsync)
        {
            Title = "Write the pages",
            Effect = StepEffect.Changes,
            Target = destination.Description,
            Note = $"At most {UploadProgress.Size(source.DataLength)} of {UploadProgress.Size(source.Length)} are sent.",
            Weight = PagesWeight,
        };
        return new Plan<VhdUpload>(
            $"Upload '{Path.GetFileName(source.Path)}'", destination.Description, [create, write], _ => Task.FromResult(upload.Result));
    }
    private static UploadDestination CreateDestination(ImageSession? session, UploadTarget target, OperationContext context)
    {
        switch (target)
        {
            case SasTarget sas:
                StorageClients storage = session?.Storage ?? StorageClients.WithoutSession(context.Time);
                return new PageBlobDestination(storage.PageBlobWithSas(sas.Address, new PageCrcPolicy()), sas.Force, session?.Context.SubscriptionId);
            case PageBlobTarget blob:
                StorageClients own = Require(session).Storage;
                Uri address = own.BlobUri(blob.AccountName, blob.Container, blob.BlobName);
                return new PageBlobDestination(own.PageBlob(address, new PageCrcPolicy()), blob.Force, session!.Context.SubscriptionId);
            case ManagedDiskTarget disk:
                return new ManagedDiskDestination(Require(session), disk);
            default:
                throw new ArgumentOutOfRangeException(nameof(target), target, "Unknown kind of target.");
        }
    }

    private static ImageSession Require(ImageSession? session)
        => session ?? throw new ImageServiceException("NotConnected", ServiceErrorKind.Authentication, "There is no connection to Azure.", ServiceErrorCatalogue.SignInRemedy);

    private static UploadSourceInfo Inspect(UploadRequest request, UploadDestination destination, OperationContext context)
    {
        using UploadSource disk = UploadSource.Open(request.Path, request.DiskOptions, context);
        if (disk.Length < MinimumLength || disk.Length > destination.MaximumLength)
        {
            throw new ImageServiceException(
                "DiskSizeNotSupported",
                ServiceErrorKind.NotSupported,
                $"The disk of {UploadProgress.Size(disk.Length - ChunkPlanner.PageSize)} can't become a {destination.Description}.",
                $"Azure takes {UploadProgress.Size(MinimumLength)} to {UploadProgress.Size(destination.MaximumLength)} there: resize it first.",
                disk.Name);
        }

        long data = disk.GetExtents(0, disk.Length - ChunkPlanner.PageSize).Sum(extent => extent.Length);
        return new UploadSourceInfo(disk.Name, disk.Format, disk.Length, data, OsType: null, HyperVGeneration: null);
    }
}
