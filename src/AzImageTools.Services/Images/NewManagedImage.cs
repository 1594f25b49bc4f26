using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Images;

/// <summary>One managed image that is to be made.</summary>
internal sealed class NewManagedImage
{
    private readonly ImageSession _session;

    private readonly DiskImageData? _left;

    private readonly string? _cloneOf;

    private NewManagedImage(ImageSession session, ResourceGroupResource resourceGroup, string name, DiskImageData? left, string? cloneOf)
    {
        _session = session;
        _left = left;
        _cloneOf = cloneOf;
        ResourceGroup = resourceGroup;
        Id = DiskImageResource.CreateResourceIdentifier(session.Context.SubscriptionId, resourceGroup.Data.Name, name);
    }

    /// <summary>The image's id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>The image's resource group.</summary>
    public ResourceGroupResource ResourceGroup { get; }

    /// <summary>What the image is made for, and not wanted after; null where it is wanted itself.</summary>
    public ResourceIdentifier? MadeFor { get; init; }

    /// <summary>Whether it is there, or on its way, of another clone of the same machine: of a run that was killed not long ago, and wanted the same.</summary>
    public bool IsLeftOfClone { get; private init; }

    /// <summary>The image in words.</summary>
    public string Description => Describe(Id);

    /// <summary>Checks that the resource group is there and the image is not, unless a killed run of this machine made it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="resourceGroupName">The image's resource group.</param>
    /// <param name="name">Its name.</param>
    /// <param name="context">Cancellation.</param>
    /// <param name="madeFor">What it is made for, and not wanted after; null where it is wanted itself.</param>
    /// <param name="cloneOf">Where the clone that it is made of comes from; null where it is made of no clone.</param>
    public static Task<NewManagedImage> PrepareAsync(
        ImageSession session, string resourceGroupName, string name, OperationContext context, ResourceIdentifier? madeFor = null, string? cloneOf = null) =>
        AzureErrors.CallAsync($"Looking for the image '{name}'", name, async () =>
        {
            Response<ResourceGroupResource> group = await session.Subscription.GetResourceGroupAsync(resourceGroupName, context.Cancellation).ConfigureAwait(false);
            DiskImageResource? existing = await FindAsync(session, DiskImageResource.CreateResourceIdentifier(session.Context.SubscriptionId, group.Value.Data.Name, name), context.Cancellation).ConfigureAwait(false);
            NewManagedImage image = new(session, group.Value, name, existing?.Data, cloneOf)
            {
                MadeFor = madeFor,
                IsLeftOfClone = cloneOf is not null && existing is not null && new KilledImages(session, context).HasBegun(existing.Id, cloneOf),
            };
            return existing is null || KilledRun.Made(session, existing.Data.Tags) ? image : throw image.AlreadyExists();
        });

    /// <summary>The steps that create the image; of one that a killed run made of the same, what is left to do.</summary>
    /// <inheritdoc cref="CreateStep"/>
    /// <param name="data">What it is made of.</param>
    /// <param name="source">That in words.</param>
    /// <param name="location">Its region.</param>
    /// <param name="plan">The Marketplace plan that machines made of it need; null for none.</param>
    /// <param name="tag">The user's tags.</param>
    /// <param name="context">Its log is told.</param>
    /// <exception cref="ImageServiceException">It is there, of something else, or failed (ImageAlreadyExists).</exception>
    public IReadOnlyList<Step> CreateSteps(DiskImageData data, string source, AzureLocation location, MarketplacePlan? plan, IReadOnlyDictionary<string, string>? tag, OperationContext context)
    {
        if (_left is null)
        {
            return [CreateStep(() => data, source, location, plan, tag)];
        }

        bool isMade = string.Equals(_left.ProvisioningState, "Succeeded", StringComparison.OrdinalIgnoreCase);
        if (string.Equals(_left.ProvisioningState, "Failed", StringComparison.OrdinalIgnoreCase) || !(IsLeftOfClone || IsSame(_left, data)))
        {
            throw AlreadyExists();
        }

        context.Log.Warning($"The {Description} was {(isMade ? "made" : "begun")} by an earlier run of the same, which was killed: {(isMade ? "it is taken as it is" : "it is waited for")}.");
        return isMade ? [] : [KilledRun.WaitStep(_session, Id, ApiVersions.Machines, Description)];
    }

    /// <summary>The step that creates the image.</summary>
    /// <param name="data">What it is made of.</param>
    /// <param name="source">That in words.</param>
    /// <param name="location">Its region.</param>
    /// <param name="plan">The Marketplace plan that machines made of it need; null for none.</param>
    /// <param name="tag">The user's tags.</param>
    /// <param name="neededBy">The step that makes something of the image; null for none.</param>
    /// <param name="isNeeded">Whether what is made of the image is on its way after a failure, so that the image stays; null where nothing is left so.</param>
    public Step CreateStep(Func<DiskImageData> data, string source, AzureLocation location, MarketplacePlan? plan, IReadOnlyDictionary<string, string>? tag, Step? neededBy = null, Func<bool>? isNeeded = null) => new(run => CreateAsync(data(), plan, tag, run))
    {
        Title = $"Create the image from {source}",
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = isNeeded is null ? FailureAction.Undo : FailureAction.Resume,
        CanResume = isNeeded,
        NeededBy = neededBy,
        Changes = [ResourceChange.Create(Id, location, tag)],
        Weight = 4,
        Undo = run => DeleteOwnAsync(_session, Id, run),
    };

    /// <summary>The step that deletes the image again, where it was only wanted on the way. What is made of it does not fail when this does.</summary>
    public Step DeleteStep() => DeleteStep(_session, Id, madeBy: null);

    /// <summary>The step that deletes an image which was only wanted on the way. What is made of it does not fail when this does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The image.</param>
    /// <param name="madeBy">The run that made it; null for the run that deletes it.</param>
    public static Step DeleteStep(ImageSession session, ResourceIdentifier id, string? madeBy) => new(run => DeleteAsync(session, id, madeBy is null ? run : run with { RunId = madeBy }))
    {
        Title = "Delete that managed image again",
        Changes = [new ResourceChange(id, $"{id.ResourceType}/delete") { Linked = [(ResourceGroupResource.CreateResourceIdentifier(id.SubscriptionId, id.ResourceGroupName), $"{id.ResourceType}/read")] }],
        Effect = StepEffect.Deletes,
        Target = Describe(id),
        OnFailure = FailureAction.Keep,
    };

    /// <summary>Reads the image when it is made.</summary>
    public Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context) =>
        AzureErrors.CallAsync($"Reading the {Description}", Id.ToString(), async () =>
        {
            Response<DiskImageResource> image = await _session.Arm.GetDiskImageResource(Id).GetAsync(expand: null, context.Cancellation).ConfigureAwait(false);
            if (IsLeftOfClone)
            {
                KilledImages.Forget(_session, Id);
            }

            return CapturedImages.From(image.Value.Data, snapshotIds);
        });

    private static bool IsSame(DiskImageData left, DiskImageData data)
        => data.SourceVirtualMachineId is { } machine ? machine == left.SourceVirtualMachineId
            : data.StorageProfile?.OSDisk is { } disk && left.StorageProfile?.OSDisk is { } other && disk.ManagedDiskId == other.ManagedDiskId && disk.SnapshotId == other.SnapshotId && disk.BlobUri == other.BlobUri;

    private ImageServiceException AlreadyExists()
    {
        bool leftover = RunTag.Read(_left!.Tags) is not null && !string.Equals(_left.ProvisioningState, "Succeeded", StringComparison.OrdinalIgnoreCase);
        return new ImageServiceException(
            "ImageAlreadyExists",
            ErrorKind.AlreadyExists,
            $"There is {ResourceNames.WithArticle(Description)} already{(leftover ? $", left over by an interrupted run ({_left.ProvisioningState})" : string.Empty)}.",
            "Choose another name, or delete it with Remove-AzImage.",
            Id.ToString());
    }

    private Task CreateAsync(DiskImageData data, MarketplacePlan? plan, IReadOnlyDictionary<string, string>? tag, StepRun run) =>
        AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), async () =>
        {
            RunTag.Apply(data.Tags, tag, run.RunId);
            if (MadeFor is not null)
            {
                run.Note?.Tell(new RunFact(RunFactKind.Made, Id.ToString()) { Of = MadeFor.ToString(), SandboxId = _session.SandboxId });
            }

            if (_cloneOf is not null)
            {
                KilledImages.Tell(_session, Id, run, _cloneOf);
            }

            plan?.Apply(data.Tags);
            ArmOperation<DiskImageResource> operation = await ResourceGroup.GetDiskImages()
                .CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, run.Cancellation).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
        });

    private static string Describe(ResourceIdentifier id) => $"managed image '{id.Name}' in resource group '{id.ResourceGroupName}'";

    private static Task<bool> DeleteOwnAsync(ImageSession session, ResourceIdentifier id, StepRun run) => OwnResource.DeleteAsync(
        run,
        Describe(id),
        cancellation => FindAsync(session, id, cancellation),
        image => image.Data.Tags,
        (image, cancellation) => image.DeleteAsync(WaitUntil.Started, cancellation));

    private static async Task DeleteAsync(ImageSession session, ResourceIdentifier id, StepRun run)
    {
        try
        {
            _ = await DeleteOwnAsync(session, id, run).ConfigureAwait(false);
        }
        catch (ImageServiceException failure)
        {
            run.Context.Log.Warning($"The {Describe(id)} is not wanted any more, but could not be deleted; delete it with Remove-AzImage. {failure.Message}");
        }
    }

    /// <summary>The steps that delete what killed runs of this machine made for something.</summary>
    /// <param name="session">The session.</param>
    /// <param name="madeFor">What it was made for, which is not being made of it.</param>
    /// <param name="context">Cancellation.</param>
    public static async Task<IReadOnlyList<Step>> DeleteLeftStepsAsync(ImageSession session, ResourceIdentifier madeFor, OperationContext context)
    {
        List<Step> steps = [];
        foreach (string made in KilledRun.MadeFor(session, madeFor))
        {
            if (ResourceIdentifier.TryParse(made, out ResourceIdentifier? id) && id!.ResourceType == DiskImageResource.ResourceType)
            {
                DiskImageResource? left = await AzureErrors.CallAsync($"Looking for the {Describe(id)}", made, () => FindAsync(session, id, context.Cancellation)).ConfigureAwait(false);
                if (left is not null && KilledRun.Made(session, left.Data.Tags))
                {
                    steps.Add(DeleteStep(session, id, RunTag.Read(left.Data.Tags)));
                }
            }
        }

        return steps;
    }

    private static Task<DiskImageResource?> FindAsync(ImageSession session, ResourceIdentifier id, CancellationToken cancellation) =>
        Lookup.FindAsync(() => session.Arm.GetDiskImageResource(id).GetAsync(expand: null, cancellation));
}
