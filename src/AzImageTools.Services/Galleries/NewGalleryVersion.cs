using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>One version of an image definition that is to be made.</summary>
internal sealed class NewGalleryVersion
{
    private const int ConflictStatus = 409;

    private readonly ImageSession _session;
    private readonly GalleryTarget _target;
    private readonly VersionContent _content;
    private readonly IReadOnlyList<TargetRegion> _regions;

    private NewGalleryVersion(ImageSession session, GalleryTarget target, VersionContent content, ImageDefinition definition, IReadOnlyList<TargetRegion> regions, VersionPlace place)
    {
        _session = session;
        _target = target;
        _content = content;
        _regions = regions;
        Definition = definition;
        Place = place;
        Id = GalleryImageVersionResource.CreateResourceIdentifier(
            definition.Id.SubscriptionId, definition.Id.ResourceGroupName, definition.Id.Parent!.Name, definition.Id.Name, place.Number.ToString());
    }

    /// <summary>The version's id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>Whether the service makes the version, or has made it, whatever becomes of this run.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>The definition that it goes into.</summary>
    public ImageDefinition Definition { get; }

    /// <summary>The version in words.</summary>
    public string Description => GalleryIds.Describe(Id);

    /// <summary>What is there already, of an earlier run.</summary>
    public VersionPlace Place { get; }

    /// <summary>Whether keys of the user's encrypt it.</summary>
    public bool HasKeys => _regions.Any(region => region.Encryption is { } keys && (keys.OSDiskImage?.DiskEncryptionSetId is not null || keys.DataDiskImages.Count > 0));

    /// <summary>Checks that the gallery is there, that the definition fits, that the regions can hold it, and that the version is new.</summary>
    public static Task<NewGalleryVersion> PrepareAsync(ImageSession session, GalleryTarget target, VersionContent content, OperationContext context)
    {
        GalleryVersionNumber? number = GalleryVersionNumber.TryParse(target.Version);
        if (number is null && target.Version is not null)
        {
            throw new ImageServiceException(
                "ImageVersionInvalid",
                ErrorKind.InvalidArgument,
                $"'{target.Version}' is not the number of an image version.",
                "Use three numbers, such as 1.0.0, or leave it out for the next one.",
                target.Version);
        }

        RunTag.Check(target.Tag, ownTags: 1 + VersionOrigin.TagCount);
        target.CheckDates(context.Time.GetUtcNow());
        ResourceIdentifier galleryId = GalleryResource.CreateResourceIdentifier(session.Context.SubscriptionId, target.ResourceGroupName, target.GalleryName);
        return AzureErrors.CallAsync($"Looking into the gallery '{target.GalleryName}'", galleryId.ToString(), async () =>
        {
            GalleryResource gallery = await Lookup.FindAsync(() => session.Arm.GetGalleryResource(galleryId).GetAsync(select: null, expand: null, context.Cancellation)).ConfigureAwait(false) ?? throw new ImageServiceException(
                "GalleryNotFound",
                ErrorKind.NotFound,
                $"There is no gallery '{target.GalleryName}' in resource group '{target.ResourceGroupName}'.",
                $"Create it with New-AzGallery, or give its own resource group with {target.GroupParameter}.",
                galleryId.ToString());
            ImageDefinition definition = await ImageDefinition.FindAsync(session, gallery, target, content, context).ConfigureAwait(false);
            definition.CheckFits();
            await definition.CheckNewAsync(context).ConfigureAwait(false);
            IReadOnlyList<TargetRegion> regions = await VersionRegions.PrepareAsync(session, target, content, context).ConfigureAwait(false);
            VersionPlace place = await VersionPlace.FindAsync(definition, content, number, new KilledImages(session, context), context).ConfigureAwait(false);
            context.Log.Verbose(
                $"The image definition '{target.DefinitionName}' {(definition.Existing is null ? "is not there, and is created" : "is there, and fits")}; version {place.Number} is {(number is null ? "the next one" : "as asked for")}.");
            return new NewGalleryVersion(session, target, content, definition, regions, place);
        });
    }

    /// <summary>The step that makes the definition fit; none where it does.</summary>
    /// <param name="staysOnItsWay">Whether the version is left to the service after a failure that is not its own, to be joined again.</param>
    /// <param name="context">Its log is warned of what the definition lacks.</param>
    public IReadOnlyList<Step> Preparations(bool staysOnItsWay, OperationContext context)
    {
        Step? step = Definition.Existing is null ? Definition.CreateStep(staysOnItsWay ? () => IsUnderWay : null) : Definition.UpdateStep(Id.Name, context);
        return step is null ? [] : [step];
    }

    /// <summary>The step that makes the version, undone when it or a later one fails.</summary>
    /// <param name="source">What it is made of.</param>
    /// <param name="words">That in words.</param>
    public Step CreateStep(GalleryImageVersionStorageProfile source, string words) => CreateStep(source, words, FailureAction.Undo, run => CreateAsync(source, run, waits: true));

    /// <summary>The step that makes the version; once the service makes it, it goes on whatever becomes of this run, and is joined again.</summary>
    /// <param name="source">What it is made of.</param>
    /// <param name="words">That in words.</param>
    /// <param name="waits">Whether the step ends when the version is in all its regions, or when the service makes it.</param>
    /// <exception cref="ImageServiceException">Its deletion is to be blocked, which Azure takes of a version that is made (WaitNeeded).</exception>
    public Step LeavableStep(GalleryImageVersionStorageProfile source, string words, bool waits) => waits || !_target.BlockDeletion
        ? CreateStep(source, words, FailureAction.Resume, run => CreateAsync(source, run, waits))
        : throw new ImageServiceException("WaitNeeded", ErrorKind.InvalidArgument, "The deletion of a version can only be blocked when it is made.", "Leave -NoWait out, or use Set-AzImageVersion -BlockDeletion $true later.", Id.ToString());

    /// <summary>The step that waits for the version that an earlier run of the same source began.</summary>
    /// <param name="deletions">The steps after it.</param>
    public Step JoinStep(IReadOnlyList<Step> deletions) => new(run => AzureErrors.CallAsync($"Waiting for the {Description}", Id.ToString(), async () =>
    {
        await ReplicationWait.WaitAsync(_session, Id, run.Context).ConfigureAwait(false);
        await ProtectAsync(run).ConfigureAwait(false);
    }))
    {
        Title = "Wait for the image version, which an earlier run began",
        Effect = StepEffect.Changes,
        Target = ImageOnTheWay.DescribeWith(Id, deletions),
        OnFailure = FailureAction.Resume,
        Weight = 8,
    };

    /// <summary>The step that deletes the failed version of an earlier run of the same source.</summary>
    public Step ReplaceStep() => new(run => DeleteAsync(run, Place.LeftBy!))
    {
        Title = "Delete the image version, which failed in an earlier run",
        Effect = StepEffect.Deletes,
        Target = Description,
        OnFailure = FailureAction.Keep,
        Changes = [new ResourceChange(Id, $"{Id.ResourceType}/delete")],
    };

    /// <summary>The step that blocks the deletion of a version that an earlier run made; none where that is not wanted.</summary>
    public IReadOnlyList<Step> ProtectSteps() => !_target.BlockDeletion ? [] :
    [
        new Step(ProtectAsync)
        {
            Title = "Block the deletion of the image version",
            Effect = StepEffect.Changes,
            Target = Description,
            OnFailure = FailureAction.Keep,
            Changes = [new ResourceChange(Id, $"{Id.ResourceType}/write")],
        },
    ];

    /// <summary>Reads the version.</summary>
    public async Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context)
    {
        CapturedImage image = await ReadAsync(_session, Id, snapshotIds, context).ConfigureAwait(false);
        if (Place.Remainder != VersionRemainder.None)
        {
            KilledImages.Forget(_session, Id);
        }

        return image;
    }

    /// <summary>Reads a version, with how far it is in each region.</summary>
    public static Task<CapturedImage> ReadAsync(ImageSession session, ResourceIdentifier id, IReadOnlyList<string> snapshotIds, OperationContext context)
        => AzureErrors.CallAsync($"Reading the {GalleryIds.Describe(id)}", id.ToString(), async () =>
        {
            Response<GalleryImageVersionResource> version = await session.Arm.GetGalleryImageVersionResource(id).GetAsync(ReplicationStatusType.ReplicationStatus, context.Cancellation).ConfigureAwait(false);
            Response<GalleryImageResource> definition = await session.Arm.GetGalleryImageResource(id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false);
            return CapturedImages.From(version.Value.Data, definition.Value.Data, snapshotIds);
        });

    private Step CreateStep(GalleryImageVersionStorageProfile source, string words, FailureAction onFailure, Func<StepRun, Task> action) => new(action)
    {
        Title = $"Create the image version from {words}",
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = onFailure,
        CanResume = () => IsUnderWay,
        Note = $"Replicated to {VersionRegions.Describe(_regions)}.{(onFailure == FailureAction.Resume ? " Once begun it goes on in Azure; Wait-AzImageVersion joins it. One that fails is deleted." : string.Empty)}{(_target.BlockDeletion ? " Its deletion is blocked until its end of life." : string.Empty)}",
        Changes = [ResourceChange.Create(Id, _content.Location, _target.Tag) with { Linked = _content.Linked }],
        Weight = 8,
        Undo = run => DeleteAsync(run, run.RunId),
    };

    private Task<bool> DeleteAsync(StepRun run, string runId) => OwnResource.DeleteAsync(
        run with { RunId = runId },
        Description,
        cancellation => Lookup.FindAsync(() => _session.Arm.GetGalleryImageVersionResource(Id).GetAsync(expand: null, cancellation)),
        version => version.Data.Tags,
        (version, cancellation) => version.DeleteAsync(WaitUntil.Started, cancellation));

    private async Task CreateAsync(GalleryImageVersionStorageProfile source, StepRun run, bool waits)
    {
        await MakeAsync(source, run, waits).ConfigureAwait(false);
        if (waits)
        {
            await ProtectAsync(run).ConfigureAwait(false);
        }
    }

    /// <summary>Blocks the version's deletion where that is wanted. A version that is made is not given up for it: what goes wrong is a warning.</summary>
    private async Task ProtectAsync(StepRun run)
    {
        if (!_target.BlockDeletion)
        {
            return;
        }

        try
        {
            await VersionChanges.ApplyAsync(_session, Id, static version => version.Change(static _ => { }, static safety => safety["blockDeletionBeforeEndOfLife"] = true), run.Context).ConfigureAwait(false);
        }
        catch (ImageServiceException problem)
        {
            run.Context.Log.Warning($"The {Description} is made, but its deletion is not blocked: {problem.Message} Try it again with Set-AzImageVersion -BlockDeletion $true.");
        }
    }

    private Task MakeAsync(GalleryImageVersionStorageProfile source, StepRun run, bool waits) => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), async () =>
    {
        if (_content.IsChanging)
        {
            KilledImages.Tell(_session, Id, run);
        }

        ArmOperation<GalleryImageVersionResource>? operation = await BeginAsync(source, run).ConfigureAwait(false);
        IsUnderWay = true;
        if (!waits)
        {
            return;
        }

        if (operation is null)
        {
            IsUnderWay = false;
            _ = await ReplicationWait.WaitAsync(_session, Id, run.Context).ConfigureAwait(false);
            IsUnderWay = true;
            return;
        }

        try
        {
            await ReplicationWait.WaitAsync(_session, Id, operation, run.Context).ConfigureAwait(false);
        }
        finally
        {
            IsUnderWay = !operation.HasCompleted || operation.HasValue;
        }
    });

    /// <summary>Begins the version.</summary>
    /// <returns>What to wait by; null where the answer to a first try got lost, and another meets what that has begun.</returns>
    private async Task<ArmOperation<GalleryImageVersionResource>?> BeginAsync(GalleryImageVersionStorageProfile source, StepRun run)
    {
        using IDisposable? scope = AuxiliaryTokenPolicy.Use(_session, _content.SourceSession);
        try
        {
            return await _session.Arm.GetGalleryImageResource(Id.Parent!).GetGalleryImageVersions()
                .CreateOrUpdateAsync(WaitUntil.Started, Id.Name, Describe(source, run), run.Cancellation).ConfigureAwait(false);
        }
        catch (RequestFailedException conflict) when (conflict.Status == ConflictStatus)
        {
            GalleryImageVersionResource? begun = await Lookup.FindAsync(() => _session.Arm.GetGalleryImageVersionResource(Id).GetAsync(expand: null, run.Cancellation)).ConfigureAwait(false);
            if (begun is null || !RunTag.IsOf(begun.Data.Tags, run.RunId))
            {
                throw;
            }

            return null;
        }
    }

    private GalleryImageVersionData Describe(GalleryImageVersionStorageProfile source, StepRun run)
    {
        GalleryImageVersionData data = new(_content.Location)
        {
            StorageProfile = source,
            PublishingProfile = new GalleryImageVersionPublishingProfile
            {
                ReplicaCount = _target.ReplicaCount,
                StorageAccountType = VersionRegions.StorageOf(_target) is { } type ? new ImageStorageAccountType(type) : (ImageStorageAccountType?)null,
                EndOfLifeOn = _target.EndOfLife,
                IsExcludedFromLatest = _target.ExcludeFromLatest ? true : null,
            },
        };
        foreach (TargetRegion region in _regions)
        {
            data.PublishingProfile.TargetRegions.Add(region);
        }

        RunTag.Apply(data.Tags, _target.Tag, run.RunId);
        _content.Origin.Apply(data.Tags);
        return data;
    }
}
