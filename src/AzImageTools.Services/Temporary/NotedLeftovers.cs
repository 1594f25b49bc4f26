using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// Managed images and page blobs that killed runs of this machine made on the way to something else, as their notes tell (<see cref="RunFactKind.Made"/>). One goes only where its
/// own tag, or metadata, tells of such a run too, and nothing is being made of it.
/// </summary>
internal static class NotedLeftovers
{
    private const string Purpose = "publish";

    /// <summary>Looks for them. Changes nothing.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">Where to look. A blob is in no resource group.</param>
    /// <param name="context">Cancellation.</param>
    public static async Task<IReadOnlyList<RunLeftovers>> FindAsync(ImageSession session, LeftoverRequest request, OperationContext context)
    {
        List<RunLeftovers> found = [];
        foreach (RunFact fact in RunNote.ToldByKilled(session.RunFolder).Where(fact => fact.Kind == RunFactKind.Made && fact.SandboxId == session.SandboxId))
        {
            if (ResourceIdText.TryParse(fact.Of) is { } version
                && (await FindImageAsync(session, fact.Id, request, context).ConfigureAwait(false) ?? await FindBlobAsync(session, fact.Id, request, context).ConfigureAwait(false)) is { } noted
                && RunNote.IsOfKilled(session.RunFolder, noted.Leftover.RunId)
                && (request.RunIds.Count == 0 || request.RunIds.Contains(noted.Leftover.RunId, StringComparer.OrdinalIgnoreCase)))
            {
                found.Add(await DescribeAsync(session, noted, version, context).ConfigureAwait(false));
            }
        }

        return found;
    }

    private static async Task<Noted?> FindImageAsync(ImageSession session, string noted, LeftoverRequest request, OperationContext context)
    {
        if (ResourceIdText.TryParse(noted) is not { } id
            || id.ResourceType != DiskImageResource.ResourceType
            || !string.Equals(id.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase)
            || (request.ResourceGroupName is { } group && !string.Equals(id.ResourceGroupName, group, StringComparison.OrdinalIgnoreCase))
            || await TemporaryResource.FindAsync(session, id, context.Cancellation).ConfigureAwait(false) is not { } image
            || !image.Tags.TryGetValue(RunTag.Name, out string? run))
        {
            return null;
        }

        ImageLeftover leftover = new()
        {
            Id = id.ToString(),
            Name = id.Name,
            ResourceGroupName = id.ResourceGroupName ?? string.Empty,
            SubscriptionId = id.SubscriptionId ?? string.Empty,
            Kind = image.Kind.Description,
            Purpose = Purpose,
            RunId = run,
            CreatedAt = image.Created,
            IsRemoved = false,
        };
        string target = image.Kind.Describe(id);
        return new Noted(leftover, target, step => OwnResource.DeleteAsync(step with { RunId = run }, $"the {target}", session, id, image.Kind.ApiVersion));
    }

    private static async Task<Noted?> FindBlobAsync(ImageSession session, string noted, LeftoverRequest request, OperationContext context)
    {
        if (request.ResourceGroupName is not null || !Uri.TryCreate(noted, UriKind.Absolute, out Uri? address) || !session.Storage.IsOwn(address))
        {
            return null;
        }

        UploadBlob blob = new(session.Storage.PageBlob(address));
        BlobProperties? found;
        try
        {
            found = await AzureErrors.CallAsync($"Looking for the {blob.Description}", address, () => blob.FindAsync(context.Cancellation)).ConfigureAwait(false);
        }
        catch (ImageServiceException refusal) when (refusal.Kind == ErrorKind.PermissionDenied)
        {
            // Whoever may not see it can remove the rest all the same.
            context.Log.Warning(refusal.Message);
            return null;
        }

        if (found is null || !found.Metadata.TryGetValue(UploadBlob.RunName, out string? run))
        {
            return null;
        }

        ImageLeftover leftover = new()
        {
            Id = blob.Uri.AbsoluteUri,
            Name = blob.Client.Name,
            ResourceGroupName = string.Empty,
            SubscriptionId = session.Context.SubscriptionId,
            Kind = "page blob",
            Purpose = Purpose,
            RunId = run,
            CreatedAt = found.CreatedOn,
            IsRemoved = false,
        };
        return new Noted(leftover, blob.Description, step => AzureErrors.CallAsync($"Deleting the {blob.Description}", address, () => blob.DeleteOwnAsync(run, Guid.Empty, step.Cancellation)));
    }

    private static async Task<RunLeftovers> DescribeAsync(ImageSession session, Noted noted, ResourceIdentifier version, OperationContext context)
    {
        JsonObject? made = version.ResourceType == GalleryImageVersionResource.ResourceType
            ? await new ResourceDocuments(session.Arm).FindAsync(version, ApiVersions.GalleryVersions, context.Cancellation).ConfigureAwait(false)
            : null;
        ImageLeftover leftover = noted.Leftover;
        if ((string?)made?["properties"]?["provisioningState"] is "Creating" or "Updating")
        {
            return new RunLeftovers(leftover.RunId, [leftover with { Reason = $"The image version {version} is being made of it." }], plan: null, manifest: null);
        }

        string? reason = null;
        Step delete = new(async step =>
        {
            try
            {
                await noted.DeleteAsync(step).ConfigureAwait(false);
            }
            catch (ImageServiceException refusal)
            {
                reason = refusal.Message;
                step.Context.Log.Warning(reason);
            }
        })
        {
            Title = $"Delete the {leftover.Kind}",
            Effect = StepEffect.Deletes,
            Target = noted.Target,
            OnFailure = FailureAction.Keep,
        };
        return new RunLeftovers(
            leftover.RunId,
            [],
            new Plan<IReadOnlyList<ImageLeftover>>(
                $"Remove what the run {leftover.RunId} ({Purpose}) left", noted.Target, [delete], _ => Task.FromResult<IReadOnlyList<ImageLeftover>>([leftover with { IsRemoved = reason is null, Reason = reason }])),
            manifest: null);
    }

    /// <param name="Leftover">It, while it is there.</param>
    /// <param name="Target">It in words.</param>
    /// <param name="DeleteAsync">Deletes it, where it is still of its run.</param>
    private sealed record Noted(ImageLeftover Leftover, string Target, Func<StepRun, Task> DeleteAsync);
}
