using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>Finds what runs left that were killed or could not clean up, and removes what is proved to be theirs.</summary>
/// <param name="session">The session.</param>
public sealed class LeftoverService(ImageSession session)
{
    /// <summary>Looks for what runs left. Changes nothing.</summary>
    /// <param name="request">Where to look.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>A part for each run, with a plan where something may go; to be disposed of.</returns>
    /// <exception cref="ImageServiceException">The subscription or the group can't be listed.</exception>
    public async Task<IReadOnlyList<RunLeftovers>> FindAsync(LeftoverRequest request, OperationContext context)
    {
        if (request.RunIds.FirstOrDefault(id => !RunIdentity.IsRunId(id)) is { } wrong)
        {
            throw new ImageServiceException("RunIdInvalid", Disks.ErrorKind.InvalidArgument, $"'{wrong}' is not the id of a run.", "It has 16 hexadecimal digits, and stands in the names of what the run made.", wrong);
        }

        string? group = request.ResourceGroupName is null ? null : ResourceNames.Require(request.ResourceGroupName, "resource group");
        LeftoverSearch search = LeftoverSearch.Begin(session, purpose: null, context);
        try
        {
            return await AzureErrors.CallAsync("Looking for what runs left", group ?? session.Context.SubscriptionId, async () =>
            {
                IReadOnlyList<Leftover> listed = await search.ReadManifestsAsync().ConfigureAwait(false);
                IReadOnlyList<Leftover> tagged = await search.ReadTaggedAsync(group).ConfigureAwait(false);
                HashSet<ResourceIdentifier> known = [.. listed.Select(one => one.Id)];
                Leftover[] all = [.. listed.Concat(tagged.Where(one => !known.Contains(one.Id)))
                    .Where(one => group is null || string.Equals(group, one.Id.ResourceGroupName ?? one.Id.Name, StringComparison.OrdinalIgnoreCase))
                    .Where(one => request.RunIds.Count == 0 || request.RunIds.Contains(one.RunId, StringComparer.OrdinalIgnoreCase))];
                return (IReadOnlyList<RunLeftovers>)[.. await SortAsync(search, all, context).ConfigureAwait(false), .. await NotedLeftovers.FindAsync(session, request with { ResourceGroupName = group }, context).ConfigureAwait(false)];
            }).ConfigureAwait(false);
        }
        catch
        {
            search.Manifests.ForEach(manifest => manifest.Dispose());
            throw;
        }
    }

    /// <summary>Removes what runs of a purpose left that died on this machine. What can't be removed is told with the verbose messages.</summary>
    internal async Task RemoveOfPredecessorsAsync(string purpose, OperationContext context)
    {
        LeftoverSearch search = LeftoverSearch.Begin(session, purpose, context);
        if (search.Manifests.Count == 0)
        {
            return;
        }

        try
        {
            IReadOnlyList<Leftover> left = await search.ReadManifestsAsync().ConfigureAwait(false);
            foreach (RunLeftovers run in await SortAsync(search, left, context).ConfigureAwait(false))
            {
                using (run)
                {
                    foreach (ImageLeftover one in run.Kept.Concat(run.Plan is null ? [] : await PlanRunner.RunAsync(run.Plan, context).ConfigureAwait(false)))
                    {
                        context.Log.Verbose(one.IsRemoved ? $"Removed what an earlier run left: {one.Id}." : $"Kept what an earlier run may have left: {one.Id}. {one.Reason}");
                    }
                }
            }
        }
        catch (Exception failure) when (AzureErrors.IsFromService(failure) || failure is ImageServiceException)
        {
            context.Log.Verbose($"What earlier runs left could not be removed: {(failure is ImageServiceException ? failure : AzureErrors.Translate(failure, "Removing it", purpose)).Message}");
        }
        finally
        {
            search.Manifests.ForEach(manifest => manifest.Dispose());
        }
    }

    /// <summary>What roles, locks or policies are known to forbid the removal of, with the reason: that is not even begun with.</summary>
    private async Task<IReadOnlyDictionary<Leftover, string>> FindRefusedAsync(IReadOnlyList<Leftover> leaving, OperationContext context)
    {
        Dictionary<Leftover, string> refused = [];
        if (await FindRefusalAsync(leaving).ConfigureAwait(false) is null)
        {
            return refused;
        }

        foreach (Leftover leftover in leaving)
        {
            if (await FindRefusalAsync([leftover]).ConfigureAwait(false) is { } reason)
            {
                refused.Add(leftover, reason);
            }
        }

        return refused;

        async Task<string?> FindRefusalAsync(IEnumerable<Leftover> some)
        {
            try
            {
                await Preflight.CheckAsync(session, [.. some.SelectMany(LeftoverRemoval.ChangesOf)], context).ConfigureAwait(false);
                return null;
            }
            catch (ImageServiceException refusal) when (refusal.Kind == Disks.ErrorKind.PermissionDenied)
            {
                return refusal.Message;
            }
        }
    }

    private async Task<IReadOnlyList<RunLeftovers>> SortAsync(LeftoverSearch search, IReadOnlyList<Leftover> all, OperationContext context)
    {
        DateTimeOffset now = (await ServiceClock.ReadAsync(session, context).ConfigureAwait(false)).Now;
        Dictionary<Leftover, string> kept = [];
        List<Leftover> going = [];
        foreach (Leftover leftover in all)
        {
            if (LeftoverJudge.WhyKept(leftover, now, Environment.MachineName) is { } reason)
            {
                kept.Add(leftover, reason);
            }
            else
            {
                going.Add(leftover);
            }
        }

        HashSet<ResourceIdentifier> along = [];
        foreach (KeyValuePair<Leftover, string> held in await LeftoverJudge.KeepAttachedAsync(going, search.ContentOfAsync, along).ConfigureAwait(false))
        {
            kept.Add(held.Key, held.Value);
        }

        List<RunLeftovers> runs = [];
        foreach (IGrouping<string, Leftover> run in all.GroupBy(leftover => leftover.RunId ?? string.Empty, StringComparer.OrdinalIgnoreCase))
        {
            Leftover[] leaving = [.. run.Where(going.Contains).OrderBy(one => one.Resource.Kind.Order)];
            foreach (KeyValuePair<Leftover, string> refused in await FindRefusedAsync(leaving, context).ConfigureAwait(false))
            {
                kept.Add(refused.Key, refused.Value);
            }

            leaving = [.. leaving.Where(one => !kept.ContainsKey(one))];
            RunManifest? manifest = search.Manifests.Find(one => one.Content.Run.RunId == run.Key);
            runs.Add(new RunLeftovers(
                run.First().RunId,
                [.. run.Where(kept.ContainsKey).Select(one => one.Describe(kept[one]))],
                leaving.Length == 0 ? null : new LeftoverRemoval(search, leaving, along, now, manifest).Plan(),
                manifest));
        }

        foreach (RunManifest manifest in search.Manifests.Where(manifest => !runs.Exists(run => run.RunId == manifest.Content.Run.RunId)))
        {
            // What a killed run asked for last may still come.
            if (manifest.Content.Run.Begun + TemporaryRun.Lease >= now)
            {
                manifest.Dispose();
            }
            else
            {
                manifest.Delete();
            }
        }

        return runs;
    }
}

/// <summary>What is left of one run.</summary>
public sealed class RunLeftovers : IDisposable
{
    private readonly IDisposable? _manifest;

    internal RunLeftovers(string? runId, IReadOnlyList<ImageLeftover> kept, Plan<IReadOnlyList<ImageLeftover>>? plan, IDisposable? manifest)
    {
        RunId = runId;
        Kept = kept;
        Plan = plan;
        _manifest = manifest;
    }

    /// <summary>The run; null where what was found tells of none.</summary>
    public string? RunId { get; }

    /// <summary>What has to be kept, with the reasons.</summary>
    public IReadOnlyList<ImageLeftover> Kept { get; }

    /// <summary>Removes the rest, for <see cref="PlanRunner"/>; what can't be removed after all is kept, with the reason. Null where there is nothing to remove.</summary>
    public Plan<IReadOnlyList<ImageLeftover>>? Plan { get; }

    /// <summary>Lets go of the run's manifest, which nobody else could have until then.</summary>
    public void Dispose() => _manifest?.Dispose();
}
