using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Finds uploads that are under way or were interrupted, and gives them up.</summary>
public sealed class PendingUploadService
{
    private readonly ImageSession? _session;

    /// <summary>Works in a session.</summary>
    /// <param name="session">The session; null for journals alone, and for uploads to which access is given.</param>
    public PendingUploadService(ImageSession? session)
    {
        _session = session;
    }

    /// <summary>Lists managed disks that wait for their upload or its end, and journals of uploads.</summary>
    /// <param name="resourceGroup">The managed disks' resource group; null for the whole subscription.</param>
    /// <param name="folder">The folder whose journals are read.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">Azure refused or could not be reached; the folder can't be read.</exception>
    public async Task<IReadOnlyList<PendingUpload>> ListAsync(string? resourceGroup, string folder, OperationContext context)
    {
        List<PendingUpload> journals = [.. ReadJournals(folder, context)];
        if (_session is not { } session)
        {
            context.Log.Verbose($"{folder} holds {journals.Count} journals of uploads; nobody is connected, so no managed disks are looked at.");
            return journals;
        }

        List<PendingUpload> all = [];
        await AzureErrors.CallAsync(
            "Listing the managed disks",
            resourceGroup ?? session.Context.SubscriptionId,
            async () =>
            {
                AsyncPageable<ManagedDiskResource> disks = resourceGroup is null
                    ? session.Subscription.GetManagedDisksAsync(context.Cancellation)
                    : session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(
                        session.Context.SubscriptionId, ResourceNames.Require(resourceGroup, "resource group"))).GetManagedDisks().GetAllAsync(context.Cancellation);
                await foreach (ManagedDiskResource disk in disks.InBounds().ConfigureAwait(false))
                {
                    if (UploadDisk.IsUnderUpload(disk.Data.DiskState))
                    {
                        all.Add(Describe(disk.Data, journals.Find(journal => IsOf(journal, disk.Data))));
                    }
                }
            }).ConfigureAwait(false);
        context.Log.Verbose($"{folder} holds {journals.Count} journals of uploads; {all.Count} managed disks wait for an upload or its end.");
        all.AddRange(journals.Where(journal => !all.Exists(disk => disk.JournalPath == journal.JournalPath)));
        return all;
    }

    /// <summary>Finds the managed disk of an upload.</summary>
    /// <param name="diskId">The managed disk's resource id.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">There is no such disk, or it is not under upload (DiskNotUnderUpload).</exception>
    public async Task<PendingUpload> FindAsync(string diskId, OperationContext context)
    {
        ResourceIdentifier id = ResourceNames.RequireId(diskId, ManagedDiskResource.ResourceType, "managed disk");
        ManagedDiskResource disk = await AzureErrors.CallAsync(
            $"Reading the disk '{id.Name}'", diskId, async () => (await Session.Arm.GetManagedDiskResource(id).GetAsync(context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
        return UploadDisk.IsUnderUpload(disk.Data.DiskState) ? Describe(disk.Data, journal: null) : throw NotUnderUpload(disk.Data);
    }

    /// <summary>The resource id of a managed disk of the session's subscription.</summary>
    public string DiskId(string resourceGroup, string diskName)
        => ManagedDiskResource.CreateResourceIdentifier(
            Session.Context.SubscriptionId, ResourceNames.Require(resourceGroup, "resource group"), ResourceNames.Require(diskName, "managed disk")).ToString();

    /// <summary>Plans to give an upload up: its access is revoked, what it made is deleted, and its journal.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="context">The clock.</param>
    /// <param name="access">The same page blob with what gives access to it; null for the session's credential.</param>
    /// <exception cref="ImageServiceException">It is running on this machine (UploadInProgress), or the access is to something else (AccessToOtherTarget).</exception>
    public Plan<PendingUpload> PlanStop(PendingUpload upload, OperationContext context, UploadTarget? access = null)
    {
        if (upload.Id.Length == 0)
        {
            throw new ImageServiceException(
                "UploadInProgress", ErrorKind.InvalidState, $"The upload of the journal {upload.JournalPath} is running.", "Stop it where it runs, with Ctrl+C or Stop-Job.", upload.JournalPath);
        }

        bool isDisk = upload.TargetKind == UploadTargetKind.ManagedDisk;
        PageBlobClient? given = access is null ? null : PageBlobAccess.Open(_session, access, context.Time);
        if (given is not null && !IsSame(SecretText.WithoutQuery(given.Uri).AbsoluteUri, upload.Id))
        {
            throw PageBlobAccess.ToOther(upload.Id, SecretText.WithoutQuery(given.Uri));
        }

        string target = isDisk ? $"managed disk '{upload.Name}' in resource group '{upload.ResourceGroupName}'" : $"page blob '{upload.Id}'";
        Step delete = new(run => isDisk ? DeleteDiskAsync(Session, upload, target, run) : DeleteBlobAsync(new UploadBlob(given ?? OpenBlob(Session, upload)), upload, target, run))
        {
            Title = "Delete the incomplete target",
            Effect = StepEffect.Deletes,
            Target = target,
        };
        Step forget = new(run =>
        {
            DeleteJournal(upload, run.Context);
            return Task.CompletedTask;
        })
        {
            Title = "Delete the journal",
            Effect = StepEffect.Deletes,
            Target = $"file '{upload.JournalPath}'",
        };
        return new Plan<PendingUpload>("Give up the upload", target, upload.JournalPath is null ? [delete] : [delete, forget], _ => Task.FromResult(upload));
    }

    private ImageSession Session => ImageSession.Require(_session);

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a journal is that of a managed disk: anyone may have written to the journal, so that the disk itself has to say so too.</summary>
    private static bool IsOf(PendingUpload journal, ManagedDiskData disk) => IsSame(journal.Id, disk.Id.ToString()) && RunTag.IsOf(disk.Tags, journal.RunId ?? string.Empty);

    /// <summary>The upload's journal; null where there is none, or another's by now.</summary>
    private static JournalHeader? ReadJournal(PendingUpload upload)
        => upload.JournalPath is not null && JournalReader.Read(upload.JournalPath) is { } journal && journal.Header.RunId == upload.RunId && IsSame(journal.Header.Target, upload.Id)
            ? journal.Header
            : null;

    private static void DeleteJournal(PendingUpload upload, OperationContext context)
    {
        if (ReadJournal(upload) is null)
        {
            context.Log.Warning($"The file {upload.JournalPath} is not the journal of this upload any more: it is not deleted.");
            return;
        }

        File.Delete(upload.JournalPath!);
    }

    private IEnumerable<PendingUpload> ReadJournals(string folder, OperationContext context)
    {
        string[] files;
        try
        {
            files = Directory.GetFiles(folder, "*" + UploadJournal.Extension);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageServiceException(
                "FolderUnreadable", ErrorKind.NotFound, $"The folder {folder} can't be read: {exception.Message}", string.Empty, folder, exception);
        }

        foreach (string file in files.OrderBy(file => file, StringComparer.Ordinal))
        {
            PendingUpload? upload = null;
            try
            {
                JournalContent? content = JournalReader.Read(file, context.Cancellation);
                if (content is not null && content.Header.SandboxId != _session?.SandboxId)
                {
                    context.Log.Verbose($"{file} is the journal of an upload to {(content.Header.SandboxId is null ? "Azure" : "another sandbox")}, which is not there in this session: it is left out.");
                    continue;
                }

                upload = content is null ? null : Describe(file, content);
            }
            catch (ImageServiceException exception) when (exception.ErrorId == "UploadInProgress")
            {
                upload = new PendingUpload { Id = string.Empty, Name = Path.GetFileName(file), State = "Running", JournalPath = file };
            }
            catch (ImageServiceException exception)
            {
                context.Log.Warning(exception.Message);
            }

            if (upload is not null)
            {
                yield return upload;
            }
        }
    }

    private static PendingUpload Describe(string file, JournalContent content)
    {
        JournalHeader header = content.Header;
        bool isDisk = ResourceIdentifier.TryParse(header.Target, out ResourceIdentifier? id) && id!.ResourceType == ManagedDiskResource.ResourceType;
        return new PendingUpload
        {
            Id = header.Target,
            Name = isDisk ? id!.Name : header.Target.Substring(header.Target.LastIndexOf('/') + 1),
            ResourceGroupName = isDisk ? id!.ResourceGroupName : null,
            SubscriptionId = isDisk ? id!.SubscriptionId : null,
            TargetKind = isDisk ? UploadTargetKind.ManagedDisk : UploadTargetKind.PageBlob,
            State = "Interrupted",
            Capacity = content.Capacity,
            BytesSent = content.BytesDone,
            Begun = header.Begun,
            SourcePath = header.Source.Path,
            JournalPath = file,
            RunId = header.RunId,
        };
    }

    private static PendingUpload Describe(ManagedDiskData disk, PendingUpload? journal) => new()
    {
        Id = disk.Id.ToString(),
        Name = disk.Name,
        ResourceGroupName = disk.Id.ResourceGroupName,
        Location = disk.Location.Name,
        SubscriptionId = disk.Id.SubscriptionId,
        TargetKind = UploadTargetKind.ManagedDisk,
        State = disk.DiskState.ToString()!,
        Capacity = disk.CreationData.UploadSizeBytes - ChunkPlanner.PageSize,
        BytesSent = journal?.BytesSent,
        Begun = journal?.Begun ?? disk.TimeCreated,
        SourcePath = journal?.SourcePath,
        JournalPath = journal?.JournalPath,
        RunId = RunTag.Read(disk.Tags),
    };

    private static ImageServiceException NotUnderUpload(ManagedDiskData disk)
        => new(
            "DiskNotUnderUpload",
            ErrorKind.InvalidState,
            $"The managed disk '{disk.Name}' is in state {disk.DiskState}: it is not being uploaded to, and is not touched.",
            "To delete the disk, use Remove-AzDisk.",
            disk.Id.ToString());

    private static Task DeleteDiskAsync(ImageSession session, PendingUpload upload, string target, StepRun run)
        => AzureErrors.CallAsync(
            $"Deleting the {target}",
            upload.Id,
            async () =>
            {
                ResourceIdentifier id = ResourceNames.RequireId(upload.Id, ManagedDiskResource.ResourceType, "managed disk");
                if (await Lookup.FindAsync(() => session.Arm.GetManagedDiskResource(id).GetAsync(run.Cancellation)).ConfigureAwait(false) is not { } disk)
                {
                    return;
                }

                if (!UploadDisk.IsUnderUpload(disk.Data.DiskState))
                {
                    throw NotUnderUpload(disk.Data);
                }

                if (upload.RunId is null || !RunTag.IsOf(disk.Data.Tags, upload.RunId))
                {
                    if (upload.JournalPath is null)
                    {
                        throw new ImageServiceException(
                            "NotThisUpload",
                            ErrorKind.InvalidState,
                            $"The {target} was not created by this upload, or by no upload of this module: it is not deleted.",
                            "If nobody uploads to it, remove it with Remove-AzDisk.",
                            upload.Id);
                    }

                    run.Context.Log.Warning($"The {target} was not created by this upload: it is not deleted.");
                    return;
                }

                await UploadDisk.TryEndAccessAsync(disk, run).ConfigureAwait(false);
                ArmOperation operation = await disk.DeleteAsync(WaitUntil.Started, run.Cancellation).ConfigureAwait(false);
                await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            });

    /// <summary>The journal names the address, and anyone may have written to the journal: the session's credential goes to the cloud's own hosts only.</summary>
    private static PageBlobClient OpenBlob(ImageSession session, PendingUpload upload) => session.Storage.PageBlob(session.Storage.RequireBlobUri(new Uri(upload.Id)));

    private static Task DeleteBlobAsync(UploadBlob blob, PendingUpload upload, string target, StepRun run)
        => AzureErrors.CallAsync(
            $"Deleting the {target}",
            upload.Id,
            async () =>
            {
                JournalHeader? journal = ReadJournal(upload);
                if (await blob.FindAsync(run.Cancellation).ConfigureAwait(false) is not { } found)
                {
                    return;
                }

                if (journal is null || !UploadBlob.CarriesRun(found, journal.RunId))
                {
                    run.Context.Log.Warning($"The {target} was not created by this upload: it is not deleted.");
                    return;
                }

                if (UploadBlob.IsEnded(found))
                {
                    run.Context.Log.Warning($"The upload to the {target} has ended, and it is whole: it is not deleted.");
                    return;
                }

                await blob.DeleteAsync(found, journal.LeaseId, run.Cancellation).ConfigureAwait(false);
            });
}
