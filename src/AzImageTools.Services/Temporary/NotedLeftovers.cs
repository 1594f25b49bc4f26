using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// Managed images that killed runs of this machine made on the way to something else, as their notes tell (<see cref="RunFactKind.Made"/>). One goes only where its
/// own tag tells of such a run too, and nothing is being made of it.
/// </summary>
internal static class NotedLeftovers
{
    private const string Purpose = "publish";

    /// <summary>Looks for them. Changes nothing.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">Where to look.</param>
    /// <param name="context">Cancellation.</param>
    public static async Task<IReadOnlyList<RunLeftovers>> FindAsync(ImageSession session, LeftoverRequest request, OperationContext context)
    {
        List<RunLeftovers> found = [];
        foreach (RunFact fact in RunNote.ToldByKilled(session.RunFolder).Where(fact => fact.Kind == RunFactKind.Made && fact.SandboxId == session.SandboxId))
        {
            if (ResourceIdText.TryParse(fact.Id) is { } id && ResourceIdText.TryParse(fact.Of) is { } version && IsSought(id, session, request)
                && await TemporaryResource.FindAsync(session, id, context.Cancellation).ConfigureAwait(false) is { } image
                && image.Tags.TryGetValue(RunTag.Name, out string? run) && RunNote.IsOfKilled(session.RunFolder, run)
                && (request.RunIds.Count == 0 || request.RunIds.Contains(run, StringComparer.OrdinalIgnoreCase)))
            {
                found.Add(await DescribeAsync(session, image, version, run, context).ConfigureAwait(false));
            }
        }

        return found;
    }

    private static bool IsSought(ResourceIdentifier id, ImageSession session, LeftoverRequest request)
        => id.ResourceType == DiskImageResource.ResourceType
            && string.Equals(id.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase)
            && (request.ResourceGroupName is null || string.Equals(id.ResourceGroupName, request.ResourceGroupName, StringComparison.OrdinalIgnoreCase));

    private static async Task<RunLeftovers> DescribeAsync(ImageSession session, TemporaryResource image, ResourceIdentifier version, string run, OperationContext context)
    {
        JsonObject? made = version.ResourceType == GalleryImageVersionResource.ResourceType
            ? await new ResourceDocuments(session.Arm).FindAsync(version, ApiVersions.GalleryVersions, context.Cancellation).ConfigureAwait(false)
            : null;
        if ((string?)made?["properties"]?["provisioningState"] is "Creating" or "Updating")
        {
            return new RunLeftovers(run, [Describe(image, run, $"The image version {version} is being made of it.")], plan: null, manifest: null);
        }

        string target = image.Kind.Describe(image.Id);
        string? reason = null;
        Step delete = new(async step =>
        {
            try
            {
                await OwnResource.DeleteAsync(step with { RunId = run }, $"the {target}", session, image.Id, image.Kind.ApiVersion).ConfigureAwait(false);
            }
            catch (ImageServiceException refusal)
            {
                reason = refusal.Message;
                step.Context.Log.Warning(reason);
            }
        })
        {
            Title = $"Delete the {image.Kind.Description}",
            Effect = StepEffect.Deletes,
            Target = target,
            OnFailure = FailureAction.Keep,
        };
        return new RunLeftovers(
            run,
            [],
            new Plan<IReadOnlyList<ImageLeftover>>($"Remove what the run {run} ({Purpose}) left", target, [delete], _ => Task.FromResult<IReadOnlyList<ImageLeftover>>([Describe(image, run, reason)])),
            manifest: null);
    }

    private static ImageLeftover Describe(TemporaryResource image, string run, string? reason) => new()
    {
        Id = image.Id.ToString(),
        Name = image.Id.Name,
        ResourceGroupName = image.Id.ResourceGroupName ?? string.Empty,
        SubscriptionId = image.Id.SubscriptionId ?? string.Empty,
        Kind = image.Kind.Description,
        Purpose = Purpose,
        RunId = run,
        CreatedAt = image.Created,
        IsRemoved = reason is null,
        Reason = reason,
    };
}
