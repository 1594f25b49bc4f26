using System.Globalization;
using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Retire;

/// <summary>
/// Retires versions of a gallery: by number, age or end of life; at once, or first out of the latest and deleted by a later run. Never the newest, one that something readable
/// uses, or one whose deletion is blocked.
/// </summary>
/// <param name="session">The session.</param>
public sealed class StaleVersionService(ImageSession session)
{
    /// <summary>Decides what becomes of each version. Changes nothing.</summary>
    /// <param name="request">Which are stale.</param>
    /// <param name="context">Log, time and cancellation.</param>
    /// <returns>The versions that stay, with the reasons; and the plan for the others, null where there is none.</returns>
    /// <exception cref="ImageServiceException">The gallery is not there or can't be listed; a version may not be deleted or changed.</exception>
    public async Task<(IReadOnlyList<StaleImageVersion> Kept, Plan<IReadOnlyList<StaleImageVersion>>? Plan)> PlanAsync(StaleVersionRequest request, OperationContext context)
    {
        _ = request ?? throw new ArgumentNullException(nameof(request));
        if (request.KeepNewest < 1)
        {
            throw new ImageServiceException("KeepNewestInvalid", ErrorKind.InvalidArgument, "At least one version of each image definition is kept.", "Delete a definition with Remove-AzGalleryImageDefinition.", nameof(request.KeepNewest));
        }

        ResourceIdentifier gallery = GalleryResource.CreateResourceIdentifier(
            session.Context.SubscriptionId, ResourceNames.Require(request.ResourceGroupName, "resource group"), ResourceNames.Require(request.GalleryName, "gallery"));
        IReadOnlyList<IReadOnlyList<GalleryVersionDocument>> definitions = await ReadAsync(gallery, request, context).ConfigureAwait(false);
        IReadOnlyList<ImageConsumer> consumers = definitions.Any(static versions => versions.Count > 1)
            ? await new ImageConsumerService(session).FindAsync(imageId: null, context, asksMarketplace: false).ConfigureAwait(false)
            : [];
        List<(GalleryVersionDocument Document, StaleImageVersion Version)> judged = [.. definitions.SelectMany(versions => Judge(versions, request, consumers, context.Time.GetUtcNow()))];
        List<StaleImageVersion> kept = [.. judged.Where(static one => one.Version.Action == StaleVersionAction.Keep).Select(static one => one.Version)];
        (GalleryVersionDocument Document, StaleImageVersion Version)[] going = [.. judged.Where(static one => one.Version.Action != StaleVersionAction.Keep)];
        if (going.Length == 0)
        {
            return (kept, null);
        }

        context.Log.Warning($"{ImageConsumerService.Unseen} What is made of a version that is deleted can't be made again.");
        Step[] steps = [.. going.Select(one => StepFor(one.Document, one.Version))];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        IReadOnlyList<StaleImageVersion> result = [.. going.Select(static one => one.Version)];
        return (kept, new Plan<IReadOnlyList<StaleImageVersion>>("Retire image versions", $"gallery '{gallery.Name}' in resource group '{gallery.ResourceGroupName}'", steps, _ => Task.FromResult(result)));
    }

    private async Task<IReadOnlyList<IReadOnlyList<GalleryVersionDocument>>> ReadAsync(ResourceIdentifier gallery, StaleVersionRequest request, OperationContext context)
    {
        ArmDocuments documents = GalleryVersionDocument.Documents(session, gallery);
        Wildcard pattern = new(request.GalleryImageDefinitionName ?? "*", ignoresCase: true);
        return await AzureErrors.CallAsync($"Listing the image versions of gallery '{gallery.Name}'", gallery.ToString(), async () =>
        {
            List<IReadOnlyList<GalleryVersionDocument>> definitions = [];
            IReadOnlyList<JsonElement> listed = await documents.ListAsync("images", string.Empty, context.Cancellation).ConfigureAwait(false);
            string[] names = [.. listed.Select(static entry => ArmDocuments.Text(entry, "name")).OfType<string>().Where(pattern.Matches)];
            if (names.Length == 0 && pattern.IsLiteral)
            {
                throw new ImageServiceException("ImageDefinitionNotFound", ErrorKind.NotFound, $"There is no image definition '{pattern.Literal}' in gallery '{gallery.Name}'.", "Check its name.", pattern.Literal);
            }

            foreach (string name in names)
            {
                IReadOnlyList<JsonElement> versions = await documents.ListAsync($"images/{ResourceNames.Require(name, "image definition")}/versions", string.Empty, context.Cancellation).ConfigureAwait(false);
                definitions.Add([.. versions.Select(GalleryVersionDocument.From).OfType<GalleryVersionDocument>().OrderByDescending(static version => version.Number, VersionOrder.Instance)]);
            }

            return (IReadOnlyList<IReadOnlyList<GalleryVersionDocument>>)definitions;
        }).ConfigureAwait(false);
    }

    /// <summary>What becomes of each version of a definition; the newest come first.</summary>
    private static IEnumerable<(GalleryVersionDocument Document, StaleImageVersion Version)> Judge(
        IReadOnlyList<GalleryVersionDocument> versions, StaleVersionRequest request, IReadOnlyList<ImageConsumer> consumers, DateTimeOffset now)
    {
        // Of those that machines get, the newest count: one that failed or is kept from being the latest keeps no place.
        HashSet<string> newest = new(versions.Where(static version => version.State == "Succeeded" && !version.IsExcludedFromLatest).Take(request.KeepNewest).Select(static version => version.Number), StringComparer.Ordinal);
        foreach (GalleryVersionDocument version in versions)
        {
            (StaleVersionAction action, string reason) = newest.Contains(version.Number) ? (StaleVersionAction.Keep, newest.Count == 1 ? "It is the newest." : $"It is one of the newest {newest.Count}.")
                : newest.Count == 0 ? (StaleVersionAction.Keep, "No other version is there to be the latest.")
                : WhyKept(version, request, consumers, now) is { } why ? (StaleVersionAction.Keep, why)
                : Retire(version, request, now);
            yield return (version, new StaleImageVersion
            {
                Id = version.Id.ToString(),
                Name = version.Number,
                ResourceGroupName = version.Id.ResourceGroupName ?? string.Empty,
                GalleryName = version.Id.Parent!.Parent!.Name,
                GalleryImageDefinitionName = version.Id.Parent.Name,
                Action = action,
                Reason = reason,
                PublishedDate = version.Published,
                EndOfLife = version.EndOfLife,
            });
        }
    }

    private static string? WhyKept(GalleryVersionDocument version, StaleVersionRequest request, IReadOnlyList<ImageConsumer> consumers, DateTimeOffset now)
    {
        if (version.State is not ("Succeeded" or "Failed"))
        {
            return $"It is under way ({version.State}).";
        }

        if (request.OlderThan is { } age && !(now - version.Published >= age))
        {
            return version.Published is { } published ? FormattableString.Invariant($"It was published {published:yyyy-MM-dd}.") : "When it was published is not told.";
        }

        if (request.PastEndOfLife && !(version.EndOfLife <= now))
        {
            return version.EndOfLife is { } end ? FormattableString.Invariant($"Its end of life is {end:yyyy-MM-dd}.") : "It has no end of life.";
        }

        if (version.IsBlocked && version.EndOfLife > now)
        {
            return FormattableString.Invariant($"Its deletion is blocked until its end of life, {version.EndOfLife:yyyy-MM-dd}.");
        }

        string definition = version.Id.Parent!.ToString();
        ImageConsumer[] users = [.. consumers.Where(consumer => consumer.Kind is ImageConsumerKind.VirtualMachine or ImageConsumerKind.ScaleSet
            && string.Equals(consumer.ImageId, definition, StringComparison.OrdinalIgnoreCase) && (consumer.ImageVersion ?? version.Number) == version.Number)];
        return users.Length == 0 ? null : $"{(users[0].ImageVersion is null ? "It may be used" : "It is used")} by {(users[0].Kind == ImageConsumerKind.ScaleSet ? "scale set" : "machine")} '{users[0].Name}'{(users.Length > 1 ? $" and {users.Length - 1} more" : string.Empty)}.";
    }

    private static (StaleVersionAction Action, string Reason) Retire(GalleryVersionDocument version, StaleVersionRequest request, DateTimeOffset now)
    {
        string why = version.State == "Failed" ? "It failed"
            : request.PastEndOfLife ? "Its end of life is over"
            : request.OlderThan is not null ? FormattableString.Invariant($"It was published {version.Published:yyyy-MM-dd}")
            : $"There {(request.KeepNewest == 1 ? "is a newer one" : $"are {request.KeepNewest} newer ones")}";
        if (request.WaitingTime is not { } wait || version.State == "Failed")
        {
            return (StaleVersionAction.Delete, why + ", and nothing that can be seen uses it.");
        }

        return version.Retired is not { } since ? (StaleVersionAction.ExcludeFromLatest, why + ". It is deleted by a run after the waiting time.")
            : now - since >= wait ? (StaleVersionAction.Delete, FormattableString.Invariant($"{why}, and it has not been the latest since {since:yyyy-MM-dd}."))
            : (StaleVersionAction.Keep, FormattableString.Invariant($"It has not been the latest since {since:yyyy-MM-dd}, and its waiting time is not over."));
    }

    private Step StepFor(GalleryVersionDocument document, StaleImageVersion version)
    {
        bool deletes = version.Action == StaleVersionAction.Delete;
        return new Step(run => deletes ? DeleteAsync(document.Id, run.Context) : ExcludeAsync(document, run.Context))
        {
            Title = deletes ? "Delete the image version" : "Keep the image version from being the latest",
            Effect = deletes ? StepEffect.Deletes : StepEffect.Changes,
            Target = GalleryIds.Describe(document.Id),
            OnFailure = FailureAction.Keep,
            Note = version.Reason,
            Changes = [deletes ? ResourceChange.Delete(document.Id) : new ResourceChange(document.Id, $"{document.Id.ResourceType}/write")],
        };
    }

    private Task DeleteAsync(ResourceIdentifier id, OperationContext context) => AzureErrors.CallAsync($"Deleting the {GalleryIds.Describe(id)}", id.ToString(), async () =>
    {
        if (await Lookup.FindAsync(() => session.Arm.GetGalleryImageVersionResource(id).GetAsync(expand: null, context.Cancellation)).ConfigureAwait(false) is { } version)
        {
            await OperationWaiter.WaitAsync(await version.DeleteAsync(WaitUntil.Started, context.Cancellation).ConfigureAwait(false), context).ConfigureAwait(false);
        }
    });

    private async Task ExcludeAsync(GalleryVersionDocument document, OperationContext context)
        => await VersionChanges.ApplyAsync(
            session,
            document.Id,
            found => found.Change(
                static profile => profile["excludeFromLatest"] = true,
                tags: tags => tags[GalleryVersionDocument.RetiredTag] = context.Time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            context).ConfigureAwait(false);
}
