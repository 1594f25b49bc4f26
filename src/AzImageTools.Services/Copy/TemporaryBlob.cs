using AzImageTools.Disks;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Copy;

/// <summary>
/// A page blob that a managed disk or snapshot is copied to, from service to service, for something that is made of it. The run's note tells of it before it is made, and the blob itself by its
/// metadata whose it is: what a killed run left, the next of the same removes.
/// </summary>
internal sealed class TemporaryBlob
{
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";
    private const int NotFound = 404;

    private readonly ImageSession _session;
    private readonly ResourceIdentifier _account;
    private readonly ResourceIdentifier _madeFor;
    private readonly DownloadOrigin _origin;
    private readonly CopyTarget _target;
    private readonly PageCopyRun _copy;

    private TemporaryBlob(ImageSession session, ResourceIdentifier account, ResourceIdentifier madeFor, DownloadOrigin origin, CopyTarget target, PageCopyRun copy)
    {
        _session = session;
        _account = account;
        _madeFor = madeFor;
        _origin = origin;
        _target = target;
        _copy = copy;
    }

    /// <summary>Its address.</summary>
    public Uri Uri => _target.Blob.Uri;

    /// <summary>Plans one. What forbids the reading of the disk is refused.</summary>
    /// <param name="session">The session.</param>
    /// <param name="source">The disk or snapshot.</param>
    /// <param name="account">The storage account.</param>
    /// <param name="blob">The blob in it, which is not there.</param>
    /// <param name="madeFor">What is made of it.</param>
    /// <param name="budget">The requests in flight.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">The disk can't be read out so, or the container is not there (ContainerNotFound).</exception>
    public static async Task<TemporaryBlob> PlanAsync(
        ImageSession session, ManagedSource source, ResourceIdentifier account, PageBlobTarget blob, ResourceIdentifier madeFor, UploadBudget budget, OperationContext context)
    {
        DownloadOrigin origin = await DownloadOrigin.FindAsync(session, source, context).ConfigureAwait(false);
        PageCopyRun.RequireReadable(origin);
        UploadBlob target = new(PageBlobAccess.Open(session, blob, context.Time));
        await RequireContainerAsync(target, blob, context).ConfigureAwait(false);
        CopyRequest request = new() { Source = source, Destination = new BlobDestination(blob) };
        CopyTarget copy = await CopyTarget.FindAsync(target, origin.Identity, origin.Capacity + ChunkPlanner.PageSize, request, context).ConfigureAwait(false);
        return new TemporaryBlob(session, account, madeFor, origin, copy, new PageCopyRun(request, origin, copy, budget));
    }

    /// <summary>The step that makes it.</summary>
    /// <param name="neededBy">The step that makes something of it.</param>
    /// <param name="isNeeded">Whether what is made of it is on its way after a failure, so that it stays; null where nothing is left so.</param>
    public Step CreateStep(Step neededBy, Func<bool>? isNeeded) => new(CreateAsync)
    {
        Title = $"Copy the {_origin.Description} to a temporary page blob",
        Effect = StepEffect.Creates,
        Target = _target.Blob.Description,
        OnFailure = isNeeded is null ? FailureAction.Undo : FailureAction.Resume,
        CanResume = isNeeded,
        NeededBy = neededBy,
        Note = $"What holds data of {ByteSize.Format(_origin.Capacity)} is copied from service to service; the blob is billed while it is there.{string.Concat(_origin.Before.Select(step => $" On the way, and taken back: {step.Target}."))}",
        Changes =
        [
            .. _origin.Before.SelectMany(step => step.Changes),
            new ResourceChange(_account, Blobs + "read") { IsOfData = true },
            new ResourceChange(_account, Blobs + "write") { IsOfData = true },
            new ResourceChange(_account, Blobs + "delete") { IsOfData = true },
        ],
        Weight = 8,
        Undo = _target.RemoveAsync,
    };

    /// <summary>The step that deletes it again. What is made of it does not fail when this does.</summary>
    public Step DeleteStep() => DeleteStep(_session, Uri, madeBy: null);

    /// <summary>The step that deletes a page blob which was only wanted on the way. What is made of it does not fail when this does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="blob">Its address.</param>
    /// <param name="madeBy">The run that made it; null for the run that deletes it.</param>
    public static Step DeleteStep(ImageSession session, Uri blob, string? madeBy) => new(run => DeleteAsync(session, blob, madeBy ?? run.RunId, run))
    {
        Title = "Delete that page blob again",
        Effect = StepEffect.Deletes,
        Target = new UploadBlob(session.Storage.PageBlob(blob)).Description,
        OnFailure = FailureAction.Keep,
    };

    /// <summary>The steps that delete what killed runs of this machine made for something that they did not begin.</summary>
    /// <param name="session">The session.</param>
    /// <param name="madeFor">What it was made for.</param>
    /// <param name="context">Cancellation.</param>
    public static async Task<IReadOnlyList<Step>> DeleteLeftStepsAsync(ImageSession session, ResourceIdentifier madeFor, OperationContext context)
    {
        List<Step> steps = [];
        foreach (string made in KilledRun.MadeFor(session, madeFor))
        {
            if (Uri.TryCreate(made, UriKind.Absolute, out Uri? blob) && session.Storage.IsOwn(blob))
            {
                BlobProperties? left = await AzureErrors.CallAsync(
                    $"Looking for the page blob '{blob}'", blob, () => new UploadBlob(session.Storage.PageBlob(blob)).FindAsync(context.Cancellation)).ConfigureAwait(false);
                if (left is not null && left.Metadata.TryGetValue(UploadBlob.RunName, out string? run) && RunNote.IsOfKilled(session.RunFolder, run))
                {
                    steps.Add(DeleteStep(session, blob, run));
                }
            }
        }

        return steps;
    }

    private static async Task RequireContainerAsync(UploadBlob blob, PageBlobTarget target, OperationContext context)
    {
        try
        {
            _ = await AzureErrors.CallAsync($"Looking for the {blob.Description}", blob.Uri, () => blob.Client.GetPropertiesAsync(cancellationToken: context.Cancellation)).ConfigureAwait(false);
        }
        catch (ImageServiceException absent) when (absent.InnerException is RequestFailedException { Status: NotFound } answer)
        {
            if (answer.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                throw new ImageServiceException(
                    "ContainerNotFound", ErrorKind.NotFound, $"There is no container '{target.Container}' in storage account '{target.AccountName}'.", "Create it (New-AzStorageContainer), or name another.", blob.Uri, absent);
            }
        }
    }

    private static async Task DeleteAsync(ImageSession session, Uri address, string madeBy, StepRun run)
    {
        UploadBlob blob = new(session.Storage.PageBlob(address));
        try
        {
            await AzureErrors.CallAsync($"Deleting the {blob.Description}", address, async () =>
            {
                if (await blob.FindAsync(run.Cancellation).ConfigureAwait(false) is { } found && UploadBlob.CarriesRun(found, madeBy))
                {
                    await blob.DeleteAsync(found, CopyTarget.LeaseOf(found), run.Cancellation).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (ImageServiceException failure)
        {
            run.Context.Log.Warning($"The {blob.Description} is not wanted any more, but could not be deleted; delete it with Remove-AzStorageBlob. {failure.Message}");
        }
    }

    /// <summary>Copies the disk. What reading it takes is taken back before the blob is used, whatever becomes of it.</summary>
    private async Task CreateAsync(StepRun run)
    {
        List<Step> taken = [];
        try
        {
            foreach (Step step in _origin.Before)
            {
                taken.Add(step);
                await step.Action(run).ConfigureAwait(false);
            }

            run.Note?.Tell(new RunFact(RunFactKind.Made, Uri.AbsoluteUri) { Of = _madeFor.ToString(), SandboxId = _session.SandboxId });
            await _target.CreateAsync(run).ConfigureAwait(false);
            await _copy.CopyAsync(run).ConfigureAwait(false);
        }
        finally
        {
            await TakeBackAsync(taken, run).ConfigureAwait(false);
        }
    }

    private static async Task TakeBackAsync(IReadOnlyList<Step> taken, StepRun run)
    {
        using CancellationTokenSource timeout = run.Context.Time.CreateCancellationTokenSource(PlanRunner.UndoTimeout);
        StepRun own = run with { Context = run.Context with { Cancellation = timeout.Token } };
        foreach (Step step in taken.Reverse())
        {
            try
            {
                await step.Undo!(own).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is ImageServiceException or OperationCanceledException)
            {
                run.Context.Log.Warning($"What copying took could not be taken back; remove it by hand: {step.Target}. {failure.Message}");
            }
        }
    }
}
