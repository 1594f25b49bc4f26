using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Publish;

/// <summary>Joins a version that is being made, whoever began it.</summary>
internal static class VersionWait
{
    /// <summary>Plans it.</summary>
    public static async Task<Plan<CapturedImage>> PlanAsync(ImageSession session, VersionWaitRequest request, OperationContext context)
    {
        ResourceIdentifier id = request.VersionId is { } text ? GalleryIds.ParseVersion(text) : GalleryImageVersionResource.CreateResourceIdentifier(
            session.Context.SubscriptionId,
            ResourceNames.Require(request.ResourceGroupName, "resource group"),
            ResourceNames.Require(request.GalleryName, "gallery"),
            ResourceNames.Require(request.GalleryImageDefinitionName, "image definition"),
            ResourceNames.Require(request.ImageVersion, "image version"));
        string description = GalleryIds.Describe(id);
        GalleryImageVersionResource version = await AzureErrors.CallAsync($"Looking for the {description}", id.ToString(), async () =>
        {
            GalleryImageVersionResource found = await ReplicationWait.FindAsync(session, id, context.Cancellation).ConfigureAwait(false);

            // What is told at the end needs it: who may not read it should know before the waiting.
            _ = await session.Arm.GetGalleryImageResource(id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false);
            return found;
        }).ConfigureAwait(false);
        string? madeBy = RunTag.Read(version.Data.Tags);
        IReadOnlyList<Step> deletions =
        [
            .. ImageOnTheWay.DeleteLeftSteps(session, id, madeBy, version.Data.StorageProfile?.GallerySource?.Id),
            .. BlobsOnTheWay.DeleteLeftSteps(session, id, madeBy, version.Data.StorageProfile),
        ];
        Step wait = new(run => AzureErrors.CallAsync($"Waiting for the {description}", id.ToString(), () => WaitAsync(session, id, request.Timeout, run.Context)))
        {
            Title = "Wait until the image version is in all its regions",
            Effect = StepEffect.Changes,
            Target = ImageOnTheWay.DescribeWith(id, deletions),
            OnFailure = FailureAction.Resume,
            Weight = 8,
        };
        IReadOnlyList<Step> steps = [wait, .. deletions];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<CapturedImage>("Wait for the image version", description, steps, run => NewGalleryVersion.ReadAsync(session, id, [], run));
    }

    private static async Task WaitAsync(ImageSession session, ResourceIdentifier id, TimeSpan? timeout, OperationContext context)
    {
        if (timeout is not { } limit)
        {
            await ReplicationWait.WaitAsync(session, id, context).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource alarm = context.Time.CreateCancellationTokenSource(limit);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, context.Cancellation);
        try
        {
            await ReplicationWait.WaitAsync(session, id, context with { Cancellation = either.Token }).ConfigureAwait(false);
        }
        catch (OperationCanceledException problem) when (alarm.IsCancellationRequested && !context.Cancellation.IsCancellationRequested)
        {
            throw new ImageServiceException(
                "ImageVersionNotReady", ErrorKind.Timeout, FormattableString.Invariant($"The {GalleryIds.Describe(id)} was not in all its regions after {limit.TotalSeconds:0} seconds."), "Azure goes on with it: wait for it again.", id.ToString(), problem);
        }
    }
}
