using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Retire;

/// <summary>Changes image versions that are there, and brings deleted ones back.</summary>
/// <param name="session">The session.</param>
public sealed class VersionChangeService(ImageSession session)
{
    /// <summary>Plans a change.</summary>
    /// <param name="request">Which version, and what becomes of it.</param>
    /// <param name="context">Log, time and cancellation.</param>
    /// <exception cref="ImageServiceException">There is no such version (ImageVersionNotFound), nothing is to be changed (NothingToChange), or it may not be changed.</exception>
    public async Task<Plan<CapturedImage>> PlanChangeAsync(VersionChangeRequest request, OperationContext context)
    {
        ResourceIdentifier id = IdOf(request);
        string[] changes = [.. Describe(request)];
        if (changes.Length == 0)
        {
            throw new ImageServiceException("NothingToChange", ErrorKind.InvalidArgument, "Nothing is to be changed.", "Give -EndOfLifeDate, -ExcludeFromLatest, -ExcludeFromLatestIn or -BlockDeletion.", id.ToString());
        }

        if (request.EndOfLife <= context.Time.GetUtcNow())
        {
            throw new ImageServiceException("EndOfLifeInvalid", ErrorKind.InvalidArgument, "The end of life has to be in the future.", "Remove-AzStaleImageVersion retires versions.", id.ToString());
        }

        GalleryImageVersionResource found = await AzureErrors.CallAsync($"Looking for the {GalleryIds.Describe(id)}", id.ToString(), async () =>
        {
            await RequireDefinitionAsync(id, context).ConfigureAwait(false);
            return await ReplicationWait.FindAsync(session, id, context.Cancellation).ConfigureAwait(false);
        }).ConfigureAwait(false);
        RequireRegions(request.ExcludeFromLatestIn ?? [], found.Data, id);
        Step step = new(run => VersionChanges.ApplyAsync(session, id, version => BodyOf(version, request), run.Context))
        {
            Title = "Change the image version",
            Effect = StepEffect.Changes,
            Target = GalleryIds.Describe(id),
            Note = string.Join(" ", changes),
            Changes = [new ResourceChange(id, $"{id.ResourceType}/write")],
        };
        await Preflight.CheckAsync(session, [step], context).ConfigureAwait(false);
        return new Plan<CapturedImage>("Change the image version", GalleryIds.Describe(id), [step], run => NewGalleryVersion.ReadAsync(session, id, [], run));
    }

    /// <summary>Plans bringing back a version that was deleted in a gallery with soft delete, within seven days (Microsoft Learn, "Soft Delete in Azure Compute Gallery").</summary>
    /// <param name="request">Which.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <remarks>One that is there, or is being restored, is waited for and told, so that the same command completes what another run began.</remarks>
    /// <exception cref="ImageServiceException">It is not among those that were deleted (ImageVersionNotDeleted).</exception>
    public async Task<Plan<CapturedImage>> PlanRestoreAsync(VersionChangeRequest request, OperationContext context)
    {
        ResourceIdentifier id = IdOf(request);
        ResourceIdentifier gallery = id.Parent!.Parent!;
        string? region = await AzureErrors.CallAsync($"Looking for deleted versions of image definition '{id.Parent.Name}'", id.ToString(), async () =>
        {
            await RequireDefinitionAsync(id, context).ConfigureAwait(false);
            IReadOnlyList<JsonElement> deleted = await GalleryVersionDocument.Documents(session, gallery)
                .ListAsync($"softDeletedArtifactTypes/Images/artifacts/{id.Parent.Name}/versions", string.Empty, context.Cancellation).ConfigureAwait(false);
            if (deleted.FirstOrDefault(entry => string.Equals(NumberOf(entry), id.Name, StringComparison.OrdinalIgnoreCase)) is { ValueKind: JsonValueKind.Object } found)
            {
                return ArmDocuments.Text(found, "location") ?? await RegionOfAsync(gallery, context).ConfigureAwait(false);
            }

            if (await IsThereAsync(id, context).ConfigureAwait(false))
            {
                context.Log.Warning($"The {GalleryIds.Describe(id)} is there: there is nothing to restore.");
                return null;
            }

            string[] others = [.. deleted.Select(NumberOf).OfType<string>()];
            throw new ImageServiceException(
                "ImageVersionNotDeleted",
                ErrorKind.NotFound,
                $"The {GalleryIds.Describe(id)} is not among those that can be restored.",
                others.Length > 0 ? $"These can: {string.Join(", ", others)}." : "Versions are kept for seven days, and only where the gallery had soft delete when they were deleted.",
                id.ToString());
        }).ConfigureAwait(false);
        Step step = new(run => RestoreAsync(id, region, run.Context))
        {
            Title = region is null ? "Wait until the image version is there" : "Restore the image version",
            Effect = region is null ? StepEffect.Changes : StepEffect.Creates,
            Target = GalleryIds.Describe(id),
            OnFailure = FailureAction.Resume,
            Changes = region is null ? [] : [ResourceChange.Create(id, new AzureLocation(region), tags: null)],
        };
        await Preflight.CheckAsync(session, [step], context).ConfigureAwait(false);
        return new Plan<CapturedImage>("Restore the image version", GalleryIds.Describe(id), [step], run => NewGalleryVersion.ReadAsync(session, id, [], run));
    }

    private static string? NumberOf(JsonElement deleted)
        => ArmDocuments.Text(deleted, "properties", "resourceArmId") is { } id ? id.Substring(id.LastIndexOf('/') + 1) : ArmDocuments.Text(deleted, "name");

    private static IEnumerable<string> Describe(VersionChangeRequest request)
    {
        if (request.EndOfLife is { } end)
        {
            yield return FormattableString.Invariant($"Its end of life becomes {end:yyyy-MM-dd}.");
        }

        if (request.ExcludeFromLatest is { } excluded)
        {
            yield return excluded ? "It is kept from being the latest." : "It can be the latest again.";
        }

        if (request.ExcludeFromLatestIn is { } regions)
        {
            yield return regions.Count == 0 ? "It can be the latest in all regions." : $"It is kept from being the latest in {string.Join(", ", regions)}, and in no other region.";
        }

        if (request.BlockDeletion is { } blocked)
        {
            yield return blocked ? "Its deletion is blocked until its end of life." : "It can be deleted before its end of life.";
        }
    }

    private static JsonObject BodyOf(GalleryVersionDocument version, VersionChangeRequest request) => version.Change(
        profile =>
        {
            if (request.EndOfLife is { } end)
            {
                profile["endOfLifeDate"] = end.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            }

            if (request.ExcludeFromLatest is { } excluded)
            {
                profile["excludeFromLatest"] = excluded;
            }

            if (request.ExcludeFromLatestIn is { } regions)
            {
                Exclude(profile, regions);
            }
        },
        request.BlockDeletion is { } blocked ? safety => safety["blockDeletionBeforeEndOfLife"] = blocked : null);

    private static void Exclude(JsonObject profile, IReadOnlyList<string> regions)
    {
        HashSet<AzureLocation> excluded = [.. regions.Select(static region => new AzureLocation(region))];
        foreach (JsonObject target in (profile["targetRegions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            target["excludeFromLatest"] = excluded.Contains(new AzureLocation((string?)target["name"] ?? string.Empty));
        }
    }

    private static void RequireRegions(IReadOnlyList<string> regions, GalleryImageVersionData version, ResourceIdentifier id)
    {
        HashSet<AzureLocation> targets = [.. (version.PublishingProfile?.TargetRegions ?? []).Select(static region => new AzureLocation(region.Name))];
        string[] others = [.. regions.Where(region => !targets.Contains(new AzureLocation(region)))];
        if (others.Length > 0)
        {
            throw new ImageServiceException("RegionNotTarget", ErrorKind.InvalidArgument, $"The {GalleryIds.Describe(id)} is not in {string.Join(", ", others)}.", $"It is in {string.Join(", ", targets.Select(static region => region.Name))}.", id.ToString());
        }
    }

    /// <summary>What is told at the end needs the definition: who may not read it should know before.</summary>
    private async Task RequireDefinitionAsync(ResourceIdentifier id, OperationContext context)
        => _ = await session.Arm.GetGalleryImageResource(id.Parent!).GetAsync(context.Cancellation).ConfigureAwait(false);

    private ResourceIdentifier IdOf(VersionChangeRequest request)
        => GalleryIds.VersionOf(session, request.VersionId, request.ResourceGroupName, request.GalleryName, request.GalleryImageDefinitionName, request.ImageVersion);

    private async Task<string> RegionOfAsync(ResourceIdentifier gallery, OperationContext context)
        => (await session.Arm.GetGalleryResource(gallery).GetAsync(cancellationToken: context.Cancellation).ConfigureAwait(false)).Value.Data.Location.Name;

    /// <summary>Sent again after an answer that was lost, it finds the version being restored.</summary>
    private Task RestoreAsync(ResourceIdentifier id, string? region, OperationContext context) => AzureErrors.CallAsync($"Restoring the {GalleryIds.Describe(id)}", id.ToString(), async () =>
    {
        if (region is not null && !await IsThereAsync(id, context).ConfigureAwait(false))
        {
            // Azure's page sends the region alone, its types want a storage profile and have a flag: this is all of it.
            JsonObject body = new() { ["location"] = region, ["properties"] = new JsonObject { ["storageProfile"] = new JsonObject(), ["restore"] = true } };
            try
            {
                await GalleryVersionDocument.Documents(session, id).ChangeAsync(RequestMethod.Put, string.Empty, body, context.Cancellation).ConfigureAwait(false);
            }
            catch (RequestFailedException)
            {
                // Of a first try whose answer got lost, another finds the version there, and no deleted one.
                if (!await IsThereAsync(id, context).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }

        await ReplicationWait.WaitAsync(session, id, context).ConfigureAwait(false);
    });

    private async Task<bool> IsThereAsync(ResourceIdentifier id, OperationContext context)
        => await Lookup.FindAsync(() => session.Arm.GetGalleryImageVersionResource(id).GetAsync(expand: null, context.Cancellation)).ConfigureAwait(false) is not null;
}
