using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Journal;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Uploads disk images of any format that can be read, as fixed VHDs, to page blobs and managed disks.</summary>
public static class VhdUploader
{
    private const int MostInFlight = 256;
    private const double PagesWeight = 98;

    /// <summary>Uploads a disk. When that fails or is cancelled, the same request continues it; what can't be continued is removed.</summary>
    /// <param name="session">The session; null only for a <see cref="SasTarget"/> or an <see cref="AccountKeyTarget"/>.</param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Progress, log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">
    /// The disk can't be uploaded as it is; the target is there already (DiskAlreadyExists, BlobAlreadyExists); Azure refused or could not be reached.
    /// </exception>
    public static async Task<VhdUpload> UploadAsync(ImageSession? session, UploadRequest request, OperationContext context)
    {
        using Plan<VhdUpload> plan = await PlanAsync(session, request, context).ConfigureAwait(false);
        return await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
    }

    /// <summary>Checks the disk and the target, reading only, and plans the upload. A plan runs once.</summary>
    /// <param name="session">The session; null only for a <see cref="SasTarget"/> or an <see cref="AccountKeyTarget"/>.</param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">The disk can't be uploaded as it is, or not to that target.</exception>
    public static Task<Plan<VhdUpload>> PlanAsync(ImageSession? session, UploadRequest request, OperationContext context)
        => PlanAsync(() => Task.FromResult(session), request, context);

    /// <summary>As the other, but asks for the session only once the disk is known to be fit for an upload.</summary>
    /// <param name="connect">Gives the session; null only for a <see cref="SasTarget"/> or an <see cref="AccountKeyTarget"/>.</param>
    /// <param name="request">Which disk, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="IOException">The file is not there, can't be read, or is no disk image (<see cref="DiskFormatException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ImageServiceException">The disk can't be uploaded as it is, or not to that target.</exception>
    public static async Task<Plan<VhdUpload>> PlanAsync(Func<Task<ImageSession?>> connect, UploadRequest request, OperationContext context)
    {
        if (request.ThrottleLimit is < 1 or > MostInFlight)
        {
            throw new ImageServiceException(
                "InvalidThrottleLimit", ServiceErrorKind.InvalidArgument, $"A throttle limit of {request.ThrottleLimit} is out of range.", $"Use 1 to {MostInFlight}.", request.ThrottleLimit);
        }

        Task<UploadSourceInfo> inspection = Task.Run(() => SourceInspection.Run(request, context), context.Cancellation);
        try
        {
            if (request.Target is not (SasTarget or AccountKeyTarget))
            {
                // Nobody is asked to sign in for a disk that Azure does not take.
                await inspection.ConfigureAwait(false);
            }

            UploadDestination destination = CreateDestination(await connect().ConfigureAwait(false), request.Target, context);
            destination.BeginLooking(context);
            return await PlanAsync(await inspection.ConfigureAwait(false), request, destination, context).ConfigureAwait(false);
        }
        catch
        {
            // Also where it is still being looked at: nobody waits for that.
            _ = inspection.ContinueWith(
                static opened => opened.Result.Image.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private static async Task<Plan<VhdUpload>> PlanAsync(UploadSourceInfo source, UploadRequest request, UploadDestination destination, OperationContext context)
    {
        RequireFits(source, destination);
        string journalPath = UploadJournal.PathFor(source.Path, request.JournalPath, destination.Id);
        JournalContent? earlier = ReadJournal(journalPath, request, source, destination, context);
        TargetState state = await destination.CheckAsync(earlier, new TargetUse(source.Length, request.Restart, request.Verify), context).ConfigureAwait(false);
        if (earlier is not null && state == TargetState.ToCreate && !request.Restart)
        {
            context.Log.Warning($"An upload of {source.Path} was interrupted, but its {destination.Description} is gone: it begins anew.");
        }

        UploadRun upload = new(request, source with { IsContinued = state is TargetState.ToContinue or TargetState.ToTakeOver }, destination, journalPath, request.Budget);
        return new Plan<VhdUpload>(
            $"Upload '{Path.GetFileName(source.Path)}'", destination.Description, [.. StepsOf(upload, state, earlier, source, destination)], _ => Task.FromResult(upload.Result))
        {
            Holds = source.Image,
        };
    }

    private static IEnumerable<Step> StepsOf(UploadRun upload, TargetState state, JournalContent? earlier, UploadSourceInfo source, UploadDestination destination)
    {
        if (state == TargetState.Ended)
        {
            yield return new Step(run => upload.FinishAsync(earlier!, run)) { Title = "Note the end of the upload", Effect = StepEffect.Changes, Target = destination.Description };
            yield break;
        }

        string note = $"At most {ByteSize.Format(source.DataLength)} of {ByteSize.Format(source.Length)} are sent{(source.FreeSpaceSummary is { } left ? $", {left}" : string.Empty)}.";
        if (state == TargetState.ToCreate)
        {
            yield return new Step(upload.CreateAsync)
            {
                Title = "Create the target",
                Effect = StepEffect.Creates,
                Target = destination.Description,
                OnFailure = FailureAction.Resume,
                CanResume = upload.CanResume,
                Undo = upload.RemoveAsync,
            };
        }
        else if (state == TargetState.ToTakeOver)
        {
            note = $"What is there already is read back, and sent only where it is not the disk's. {note}";
            yield return new Step(upload.TakeOverAsync)
            {
                Title = "Take over what an earlier upload left",
                Effect = StepEffect.Changes,
                Target = destination.Description,
                OnFailure = FailureAction.Resume,
                CanResume = upload.CanResume,
                Undo = upload.ForgetAsync,
            };
        }
        else
        {
            note = $"It continues the upload of {earlier!.Header.Begun:u}: {ByteSize.Format(earlier.BytesDone)} were sent. {note}";
        }

        yield return new Step(upload.WriteAsync)
        {
            Title = "Write the pages",
            Effect = StepEffect.Changes,
            Target = destination.Description,
            Note = note,
            OnFailure = FailureAction.Resume,
            CanResume = upload.CanResume,
            Weight = PagesWeight,
        };
    }

    /// <summary>The journal of an interrupted upload of this disk to this target; null for none.</summary>
    private static JournalContent? ReadJournal(string path, UploadRequest request, UploadSourceInfo source, UploadDestination destination, OperationContext context)
    {
        JournalContent? content;
        try
        {
            content = JournalReader.Read(path);
        }
        catch (ImageServiceException exception) when (request.Restart)
        {
            context.Log.Verbose(exception.Message);
            return null;
        }

        if (content is null || request.Restart)
        {
            return content;
        }

        if (!string.Equals(content.Header.Target, destination.Id, StringComparison.OrdinalIgnoreCase) || content.Header.Length != source.Length)
        {
            throw new ImageServiceException(
                "JournalInvalid",
                ServiceErrorKind.InvalidData,
                $"The journal {path} is of another upload.",
                "Give another folder with -JournalPath, or use -Restart to overwrite it.",
                path);
        }

        if (content.Header.SkipsFreeSpace != request.SkipFreeSpace)
        {
            throw new ImageServiceException(
                "FreeSpaceDiffers",
                ServiceErrorKind.InvalidState,
                $"The upload of {source.Path} began {(request.SkipFreeSpace ? "without" : "with")} -SkipFreeSpace: what is there already is not what would be sent now.",
                "Give the same parameters as then, or start over with -Restart.",
                source.Path);
        }

        return content.Header.Source.FindDifference(source.Identity) is { } difference ? throw UploadSource.Changed(source.Path, difference) : content;
    }

    private static UploadDestination CreateDestination(ImageSession? session, UploadTarget target, OperationContext context)
    {
        if (target is ManagedDiskTarget disk)
        {
            ResourceNames.Require(disk.ResourceGroupName, "resource group");
            ResourceNames.Require(disk.DiskName, "managed disk");
            RequireSecurityType(disk.SecurityType);
            return new ManagedDiskDestination(ImageSession.Require(session), disk);
        }

        PageBlobClient blob = PageBlobAccess.Open(session, target, context.Time);
        return new PageBlobDestination(blob, target.Force, target is PageBlobTarget ? session!.Context.SubscriptionId : null);
    }

    private static void RequireSecurityType(string? securityType)
    {
        if (securityType is null || new[] { "Standard", "TrustedLaunch" }.Contains(securityType, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        throw securityType.StartsWith("ConfidentialVM", StringComparison.OrdinalIgnoreCase)
            ? new ImageServiceException(
                "SecurityTypeNotSupported",
                ServiceErrorKind.NotSupported,
                $"A managed disk of the security type {securityType} is uploaded together with the guest state of the confidential machine that it was, which a disk image does not hold.",
                "Upload it without -SecurityType, and make of it a version of an image definition for confidential machines (feature SecurityType = ConfidentialVmSupported).",
                securityType)
            : new ImageServiceException(
                "SecurityTypeNotSupported", ServiceErrorKind.InvalidArgument, $"'{securityType}' is no security type of managed disks.", "Use Standard or TrustedLaunch.", securityType);
    }

    private static void RequireFits(UploadSourceInfo source, UploadDestination destination)
    {
        if (source.Length > destination.MaximumLength)
        {
            throw new ImageServiceException(
                "DiskTooLarge",
                ServiceErrorKind.LimitExceeded,
                $"The disk {source.Path} becomes {ByteSize.Format(source.Length)} long; a {destination.Description} takes {ByteSize.Format(destination.MaximumLength)} at most.",
                "Make it smaller inside its guest, or upload it to a managed disk.",
                source.Path);
        }
    }
}
