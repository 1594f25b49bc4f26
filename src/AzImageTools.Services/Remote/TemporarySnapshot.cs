using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Remote;

/// <summary>An incremental snapshot of a disk, which is there as long as the disk is read.</summary>
internal sealed class TemporarySnapshot
{
    private const string Purpose = "read";

    /// <summary>How long one of Ultra or Premium SSD v2 is waited for: a disk of some TiB.</summary>
    private static readonly TimeSpan LongestFilling = TimeSpan.FromHours(4);
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(10);

    private readonly ImageSession _session;
    private readonly ReadableDisk _disk;
    private readonly RemoteDiskRequest _request;
    private readonly ResourceIdentifier? _diskAccess;
    private readonly string _runId = RunTag.NewRunId();
    private TemporaryRun? _run;

    private TemporarySnapshot(ImageSession session, ReadableDisk disk, RemoteDiskRequest request, ResourceIdentifier? diskAccess)
    {
        _session = session;
        _disk = disk;
        _request = request;
        _diskAccess = diskAccess;
        Id = SnapshotResource.CreateResourceIdentifier(
            disk.Id.SubscriptionId,
            request.TemporaryResourceGroupName is { } group ? ResourceNames.Require(group, "temporary snapshot's resource group") : disk.Id.ResourceGroupName,
            RunIdentity.NameFor(Purpose, _runId, disk.Id.Name));
        Step = CreateStep();
    }

    /// <summary>Its resource id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>It in words.</summary>
    public string Description => ReadableDisk.Describe("temporary snapshot", Id);

    /// <summary>Takes it; its undo removes it.</summary>
    public Step Step { get; }

    /// <summary>Plans one.</summary>
    /// <exception cref="ImageServiceException">Only private endpoints lead to the disk, and none was named for the snapshot (DiskAccessIdMissing).</exception>
    public static TemporarySnapshot Of(ImageSession session, ReadableDisk disk, RemoteDiskRequest request)
    {
        RunTag.Check(request.Tags, TemporaryTags.Count);
        bool isPrivate = disk.NetworkAccess == NetworkAccessPolicy.AllowPrivate;
        if (isPrivate && request.DiskAccessId is null)
        {
            throw new ImageServiceException(
                "DiskAccessIdMissing",
                ErrorKind.InvalidArgument,
                $"The {disk.Description} can be reached through private endpoints alone (its network access policy is AllowPrivate), and so must a snapshot of it.",
                $"Name a disk access whose private endpoint this machine reaches with -DiskAccessId{(disk.DiskAccessId is { } own ? $"; the disk's own is {own}" : string.Empty)}.",
                disk.Id.ToString());
        }

        return new TemporarySnapshot(session, disk, request, isPrivate ? ResourceNames.RequireId(request.DiskAccessId!, DiskAccessResource.ResourceType, "disk access") : null);
    }

    /// <summary>The snapshot that was taken, when it can be read.</summary>
    public Task<ReadableDisk> ReadAsync(OperationContext context) => AzureErrors.CallAsync($"Reading the {Description}", Id.ToString(), async () =>
    {
        long begun = context.Time.GetTimestamp();
        while (true)
        {
            SnapshotResource snapshot = await _session.Arm.GetSnapshotResource(Id).GetAsync(context.Cancellation).ConfigureAwait(false);
            if (!_disk.IsFilledLater || snapshot.Data.CompletionPercent is not < 100)
            {
                return ReadableDisk.From(snapshot);
            }

            if (context.Time.GetElapsedTime(begun) > LongestFilling)
            {
                throw new ImageServiceException(
                    "SnapshotNotFilled",
                    ErrorKind.InvalidState,
                    FormattableString.Invariant($"After {LongestFilling.TotalHours} hours the {Description} is filled to {snapshot.Data.CompletionPercent}% only, and can't be read."),
                    "Try again, or give a snapshot of the disk that is complete.",
                    Id.ToString());
            }

            context.Progress.Report(new OperationProgress { Activity = $"Reading {_disk.Id.Name}", Status = "The snapshot is being filled", PercentComplete = snapshot.Data.CompletionPercent });
            await context.Time.Delay(TimeBetweenLooks, context.Cancellation).ConfigureAwait(false);
        }
    });

    private Step CreateStep()
    {
        string size = _disk.SizeInGibibytes is { } gibibytes ? FormattableString.Invariant($" (at most {gibibytes} GiB)") : string.Empty;
        return new Step(CreateAsync)
        {
            Title = "Take a temporary snapshot",
            Effect = StepEffect.Creates,
            Target = Description,
            OnFailure = FailureAction.Undo,
            Note = $"Incremental, of the {_disk.Description}; its used space{size} is billed as standard snapshot storage for the minutes until the disk has been read. Then it is deleted.",
            Changes =
            [
                ResourceChange.Create(Id, _disk.Location!.Value, _request.Tags) with { Linked = [(_disk.Id, "Microsoft.Compute/disks/beginGetAccess/action")] },
                new ResourceChange(Id, "Microsoft.Compute/snapshots/delete"),
            ],
            Weight = 2,
            Undo = RemoveAsync,
        };
    }

    private async Task CreateAsync(StepRun run)
    {
        _run = await TemporaryRun.BeginAsync(_session, Purpose, _request.Tags, run.Context, _runId).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> tags = await _run.AnnounceAsync(Id, run.Cancellation).ConfigureAwait(false);
        await AzureErrors.CallAsync($"Taking the {Description} of the {_disk.Description}", _disk.Id.ToString(), async () =>
        {
            SnapshotData data = new(_disk.Location!.Value)
            {
                Incremental = true,
                CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = _disk.Id },
                NetworkAccessPolicy = _disk.NetworkAccess,
                PublicNetworkAccess = _disk.PublicAccess,
                DiskAccessId = _diskAccess,
                DataAccessAuthMode = _disk.AuthMode,
            };
            foreach (KeyValuePair<string, string> tag in tags)
            {
                data.Tags[tag.Key] = tag.Value;
            }

            ResourceGroupResource group = _session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(Id.SubscriptionId, Id.ResourceGroupName));
            ArmOperation<SnapshotResource> operation = await group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, run.Cancellation).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task<bool> RemoveAsync(StepRun run)
    {
        if (_run is null)
        {
            return false;
        }

        try
        {
            return await TakingBack.RunAsync(() => _run.RemoveAsync(Id, run.Context), run).ConfigureAwait(false);
        }
        finally
        {
            await _run.DisposeAsync().ConfigureAwait(false);
        }
    }
}
