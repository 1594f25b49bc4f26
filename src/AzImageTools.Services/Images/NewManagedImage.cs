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

    private NewManagedImage(ImageSession session, ResourceGroupResource resourceGroup, string name)
    {
        _session = session;
        ResourceGroup = resourceGroup;
        Id = DiskImageResource.CreateResourceIdentifier(session.Context.SubscriptionId, resourceGroup.Data.Name, name);
    }

    /// <summary>The image's id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>The image's resource group.</summary>
    public ResourceGroupResource ResourceGroup { get; }

    /// <summary>The image in words.</summary>
    public string Description => Describe(Id);

    /// <summary>Checks that the resource group is there and the image is not.</summary>
    public static Task<NewManagedImage> PrepareAsync(ImageSession session, string resourceGroupName, string name, OperationContext context) =>
        AzureErrors.CallAsync($"Looking for the image '{name}'", name, async () =>
        {
            Response<ResourceGroupResource> group = await session.Subscription.GetResourceGroupAsync(resourceGroupName, context.Cancellation).ConfigureAwait(false);
            NewManagedImage image = new(session, group.Value, name);
            DiskImageResource? existing = await FindAsync(session, image.Id, context.Cancellation).ConfigureAwait(false);
            if (existing is not null)
            {
                bool leftover = existing.Data.Tags.ContainsKey(RunTag.Name)
                    && !string.Equals(existing.Data.ProvisioningState, "Succeeded", StringComparison.OrdinalIgnoreCase);
                throw new ImageServiceException(
                    "ImageAlreadyExists",
                    ErrorKind.AlreadyExists,
                    $"There is {ResourceNames.WithArticle(image.Description)} already{(leftover ? $", left over by an interrupted run ({existing.Data.ProvisioningState})" : string.Empty)}.",
                    "Choose another name, or delete it with Remove-AzImage.",
                    image.Id.ToString());
            }

            return image;
        });

    /// <summary>The step that creates the image.</summary>
    /// <param name="data">What it is made of.</param>
    /// <param name="source">That in words.</param>
    /// <param name="location">Its region.</param>
    /// <param name="plan">The Marketplace plan that machines made of it need; null for none.</param>
    /// <param name="tag">The user's tags.</param>
    /// <param name="isNeeded">Whether what is made of the image is on its way after a failure, so that the image stays; null where nothing is left so.</param>
    public Step CreateStep(Func<DiskImageData> data, string source, AzureLocation location, MarketplacePlan? plan, IReadOnlyDictionary<string, string>? tag, Func<bool>? isNeeded = null) => new(run => CreateAsync(data(), plan, tag, run))
    {
        Title = $"Create the image from {source}",
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = isNeeded is null ? FailureAction.Undo : FailureAction.Resume,
        CanResume = isNeeded,
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
            return CapturedImages.From(image.Value.Data, snapshotIds);
        });

    private Task CreateAsync(DiskImageData data, MarketplacePlan? plan, IReadOnlyDictionary<string, string>? tag, StepRun run) =>
        AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), async () =>
        {
            RunTag.Apply(data.Tags, tag, run.RunId);
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

    private static Task<DiskImageResource?> FindAsync(ImageSession session, ResourceIdentifier id, CancellationToken cancellation) =>
        Lookup.FindAsync(() => session.Arm.GetDiskImageResource(id).GetAsync(expand: null, cancellation));
}
