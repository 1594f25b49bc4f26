using AzImageTools.Disks;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Copy;

/// <summary>
/// Copies an incremental snapshot to any region (Microsoft Learn, "Copy an incremental snapshot to a new region"): <c>CopyStart</c>, which ends at
/// once, while the bytes come later. Of one disk's snapshots Azure copies one at a time, in the order in which they were taken.
/// </summary>
internal sealed class SnapshotCopy
{
    /// <summary>A small snapshot is copied in seconds, a large one in hours: the time between looks doubles.</summary>
    private static readonly TimeSpan ShortestBetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBetweenLooks = TimeSpan.FromSeconds(15);

    private readonly ImageSession _session;
    private readonly SnapshotData _source;
    private readonly SnapshotDestination _destination;
    private readonly ResourceIdentifier _id;
    private readonly AzureLocation _location;
    private readonly SnapshotData? _earlier;
    private SnapshotData? _copy;
    private TimeSpan _duration;

    private SnapshotCopy(ImageSession session, SnapshotData source, SnapshotDestination destination, ResourceIdentifier id, AzureLocation location, SnapshotData? earlier)
    {
        _session = session;
        _source = source;
        _destination = destination;
        _id = id;
        _location = location;
        _earlier = earlier;
    }

    private string SourceDescription => $"snapshot '{_source.Name}' in resource group '{_source.Id.ResourceGroupName}'";

    private string Description => $"snapshot '{_id.Name}' in resource group '{_id.ResourceGroupName}' ({_location.Name})";

    /// <summary>Plans it, reading only.</summary>
    /// <param name="session">The session, in whose subscription the source's names are.</param>
    /// <param name="source">The snapshot.</param>
    /// <param name="destination">The copy.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">It can't be copied so, or something else has that name.</exception>
    public static async Task<Plan<VhdCopy>> PlanAsync(ImageSession session, ManagedSource source, SnapshotDestination destination, OperationContext context)
    {
        ResourceIdentifier sourceId = RequireSnapshot(source.IdIn(session));
        ImageSession there = await session.InSubscriptionAsync(destination.SubscriptionId, context).ConfigureAwait(false);
        string group = ResourceNames.Require(destination.ResourceGroupName, "resource group");
        RunTag.Check(destination.Tags, ownTags: 1);
        ResourceIdentifier id = SnapshotResource.CreateResourceIdentifier(there.Context.SubscriptionId, group, ResourceNames.RequireNew(destination.SnapshotName, "snapshot"));
        SnapshotData data = await AzureErrors.CallAsync(
            $"Reading the snapshot '{sourceId.Name}'", sourceId.ToString(), async () => (await session.Arm.GetSnapshotResource(sourceId).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data).ConfigureAwait(false);
        RequireCopyable(data);
        AzureLocation location = destination.Location is { } asked ? new AzureLocation(asked) : await AzureErrors.CallAsync(
            $"Finding the resource group '{group}'", group, async () => (await there.Arm.GetResourceGroupResource(GroupOf(id)).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data.Location).ConfigureAwait(false);
        SnapshotResource? found = await AzureErrors.CallAsync(
            $"Looking for the snapshot '{id.Name}'", id.ToString(), () => Lookup.FindAsync(() => there.Arm.GetSnapshotResource(id).GetAsync(context.Cancellation))).ConfigureAwait(false);
        if (found is not null && found.Data.CreationData.SourceResourceId != sourceId)
        {
            throw new ImageServiceException(
                "SnapshotAlreadyExists", ErrorKind.AlreadyExists, $"There is a snapshot '{id.Name}' in resource group '{group}' already, of something else.", "Choose another name.", id.ToString());
        }

        SnapshotCopy copy = new(there, data, destination, id, found?.Data.Location ?? location, found?.Data);
        if (found is null)
        {
            await copy.RequireOrderAsync(context).ConfigureAwait(false);
        }

        Plan<VhdCopy> plan = new("Copy the snapshot", copy.SourceDescription, copy.Steps, _ => Task.FromResult(copy.Describe()));
        await Preflight.CheckAsync(there, plan.Steps, context).ConfigureAwait(false);
        return plan;
    }

    private IReadOnlyList<Step> Steps
    {
        get
        {
            Step wait = new(WaitAsync)
            {
                Title = "Wait until Azure has copied it",
                Effect = StepEffect.Changes,
                Target = Description,
                Note = "That may take hours; the source has to stay until then. The copying goes on by itself when the command is stopped, and the same command waits again.",
                OnFailure = FailureAction.Resume,
                Weight = 20,
            };
            return _earlier is not null ? [wait] :
            [
                new Step(CreateAsync)
                {
                    Title = "Begin the copy",
                    Effect = StepEffect.Creates,
                    Target = Description,
                    Note = "An incremental snapshot, which is billed by what it holds; the traffic to another region is billed too.",
                    OnFailure = FailureAction.Undo,
                    Undo = RemoveAsync,
                    KeptOnceBegun = wait,
                    Changes = [ResourceChange.Create(_id, _location, _destination.Tags) with { Linked = [(_source.Id, "Microsoft.Compute/snapshots/beginGetAccess/action")] }],
                },
                wait,
            ];
        }
    }

    private static ResourceIdentifier GroupOf(ResourceIdentifier id) => ResourceGroupResource.CreateResourceIdentifier(id.SubscriptionId, id.ResourceGroupName);

    private static ResourceIdentifier RequireSnapshot(string id)
        => ResourceIdentifier.TryParse(id, out ResourceIdentifier? parsed) && parsed!.ResourceType == ManagedDiskResource.ResourceType
            ? throw new ImageServiceException(
                "DiskNotCopied",
                ErrorKind.NotSupported,
                $"Azure copies the managed disk '{parsed.Name}' to another region only by way of an incremental snapshot of it.",
                "Take one (New-AzSnapshot with New-AzSnapshotConfig -Incremental -CreateOption Copy), copy that, and make a disk of the copy (New-AzDiskConfig -CreateOption Copy); or copy the disk to a page blob (-DestinationStorageAccountName).",
                id)
            : ResourceNames.RequireId(id, SnapshotResource.ResourceType, "snapshot");

    private static void RequireCopyable(SnapshotData source)
    {
        if (source.Incremental != true)
        {
            throw new ImageServiceException(
                "SnapshotNotIncremental",
                ErrorKind.NotSupported,
                $"The snapshot '{source.Name}' is a full one: Azure copies incremental snapshots alone to other regions.",
                "Take an incremental snapshot of the disk (New-AzSnapshotConfig -Incremental), or copy this one to a page blob (-DestinationStorageAccountName).",
                source.Id.ToString());
        }

        if (source.CompletionPercent is < 100 and { } percent)
        {
            throw new ImageServiceException(
                "SnapshotIncomplete",
                ErrorKind.InvalidState,
                FormattableString.Invariant($"The snapshot '{source.Name}' is not complete itself: {percent:0} % of it is there."),
                "Wait until its completionPercent is 100.",
                source.Id.ToString());
        }
    }

    /// <summary>Refuses a snapshot that is older than one of the same disk that was copied there already.</summary>
    private async Task RequireOrderAsync(OperationContext context)
    {
        foreach (SnapshotData copied in await FindFamilyAsync(context).ConfigureAwait(false))
        {
            SnapshotResource? other = copied.CreationData.SourceResourceId is { } of && of.ResourceType == SnapshotResource.ResourceType
                ? await AzureErrors.CallAsync($"Reading the snapshot '{of.Name}'", of.ToString(), () => Lookup.FindAsync(() => _session.Arm.GetSnapshotResource(of).GetAsync(context.Cancellation))).ConfigureAwait(false)
                : null;
            if (other?.Data.TimeCreated > _source.TimeCreated)
            {
                throw new ImageServiceException(
                    "SnapshotOutOfOrder",
                    ErrorKind.InvalidState,
                    $"'{copied.Name}' in {_location.Name} is a copy of a later snapshot of the same disk ('{other!.Data.Name}'): Azure copies them in the order in which they were taken.",
                    "Copy the later ones only, or pipe all of them sorted by TimeCreated to where none is yet.",
                    _source.Id.ToString());
            }
        }
    }

    /// <summary>The snapshots of the same disk that are in the copy's subscription and region.</summary>
    private Task<List<SnapshotData>> FindFamilyAsync(OperationContext context)
        => AzureErrors.CallAsync("Listing the snapshots", _session.Context.SubscriptionId, async () =>
        {
            List<SnapshotData> family = [];
            await foreach (SnapshotResource snapshot in _session.Subscription.GetSnapshotsAsync(context.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (snapshot.Data.Location == _location && snapshot.Data.IncrementalSnapshotFamilyId is { } id && id == _source.IncrementalSnapshotFamilyId && snapshot.Data.Id != _source.Id)
                {
                    family.Add(snapshot.Data);
                }
            }

            return family;
        });

    private async Task CreateAsync(StepRun run)
    {
        await WaitForOthersAsync(run.Context).ConfigureAwait(false);
        await AzureErrors.CallAsync($"Copying the {SourceDescription}", _source.Id.ToString(), async () =>
        {
            SnapshotData data = new(_location)
            {
                Incremental = true,
                CreationData = new DiskCreationData(DiskCreateOption.CopyStart) { SourceResourceId = _source.Id },
                NetworkAccessPolicy = _source.NetworkAccessPolicy == NetworkAccessPolicy.AllowPrivate ? NetworkAccessPolicy.DenyAll : _source.NetworkAccessPolicy,
                PublicNetworkAccess = _source.PublicNetworkAccess,
            };
            RunTag.Apply(data.Tags, _destination.Tags, run.RunId);
            ArmOperation<SnapshotResource> operation = await _session.Arm.GetResourceGroupResource(GroupOf(_id)).GetSnapshots()
                .CreateOrUpdateAsync(WaitUntil.Started, _id.Name, data, run.Cancellation).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (_source.NetworkAccessPolicy == NetworkAccessPolicy.AllowPrivate)
        {
            run.Context.Log.Warning($"The {SourceDescription} can be read through a disk access of its region alone; the copy by nobody (DenyAll), until it is given a disk access of its own.");
        }
    }

    /// <summary>Waits while another snapshot of the same disk is copied there.</summary>
    private async Task WaitForOthersAsync(OperationContext context)
    {
        while ((await FindFamilyAsync(context).ConfigureAwait(false)).Find(static other => other.CompletionPercent is < 100) is { } other)
        {
            context.Progress.Report(new OperationProgress
            {
                Activity = $"Copying {_source.Name}",
                Status = FormattableString.Invariant($"Waiting for '{other.Name}' of the same disk, of which {other.CompletionPercent:0} % are copied"),
                PercentComplete = 0,
            });
            await context.Time.Delay(LongestBetweenLooks, context.Cancellation).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(StepRun run)
    {
        OperationContext context = run.Context;
        long started = context.Time.GetTimestamp();
        TimeSpan pause = ShortestBetweenLooks;
        while (true)
        {
            SnapshotData data = await AzureErrors.CallAsync(
                $"Reading the {Description}", _id.ToString(), async () => (await _session.Arm.GetSnapshotResource(_id).GetAsync(context.Cancellation).ConfigureAwait(false)).Value.Data).ConfigureAwait(false);
            if (data.CopyCompletionError is { } failed)
            {
                throw new ImageServiceException(
                    "SnapshotCopyFailed",
                    ErrorKind.InvalidState,
                    $"Azure could not copy the {SourceDescription}: {failed.ErrorMessage} ({failed.ErrorCode}).",
                    $"Delete the {Description}, and copy again; the source has to stay until the copy is complete.",
                    _id.ToString());
            }

            if (data.CompletionPercent is not { } percent || percent >= 100)
            {
                _copy = data;
                _duration = context.Time.GetElapsedTime(started);
                return;
            }

            context.Progress.Report(new OperationProgress
            {
                Activity = $"Copying {_source.Name}",
                Status = FormattableString.Invariant($"{percent:0} % copied by Azure"),
                PercentComplete = percent,
            });
            await context.Time.Delay(pause, context.Cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(LongestBetweenLooks.Ticks, 2 * pause.Ticks));
        }
    }

    private Task<bool> RemoveAsync(StepRun run)
        => OwnResource.DeleteAsync(
            run,
            $"the {Description}",
            cancellation => Lookup.FindAsync(() => _session.Arm.GetSnapshotResource(_id).GetAsync(cancellation)),
            found => found.Data.Tags,
            async (found, cancellation) => await found.DeleteAsync(WaitUntil.Started, cancellation).ConfigureAwait(false));

    private VhdCopy Describe() => new()
    {
        Id = _id.ToString(),
        Name = _id.Name,
        ResourceGroupName = _id.ResourceGroupName,
        Location = _location.Name,
        SubscriptionId = _id.SubscriptionId,
        CopyKind = CopyKind.Snapshot,
        SourceId = _source.Id.ToString(),
        Capacity = _copy!.DiskSizeBytes ?? (long)(_copy.DiskSizeGB ?? 0) << 30,
        Duration = _duration,
    };
}
