using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>Removes what one run left. Each thing is looked at again just before.</summary>
/// <param name="search">Reads.</param>
/// <param name="going">What may go, in the order in which it can.</param>
/// <param name="along">What goes with a group that goes.</param>
/// <param name="now">The time by Azure's clock.</param>
/// <param name="manifest">The run's manifest; null where there is none.</param>
internal sealed class LeftoverRemoval(LeftoverSearch search, IReadOnlyList<Leftover> going, ISet<ResourceIdentifier> along, DateTimeOffset now, RunManifest? manifest)
{
    private readonly List<ImageLeftover> _done = [];
    private readonly List<Leftover> _removed = [];

    /// <summary>The plan.</summary>
    public Plan<IReadOnlyList<ImageLeftover>> Plan()
    {
        RunIdentity run = going[0].Run!;
        return new Plan<IReadOnlyList<ImageLeftover>>(
            $"Remove what the run {run.RunId} ({run.Purpose}) left",
            going.Count == 1 ? going[0].Resource.Kind.Describe(going[0].Id) : $"{going.Count} resources",
            [.. going.Select(StepFor)],
            _ => Task.FromResult<IReadOnlyList<ImageLeftover>>(End()));
    }

    private Step StepFor(Leftover leftover)
    {
        string target = leftover.Resource.Kind.Describe(leftover.Id);
        return new Step(run => RemoveAsync(leftover, target, run.Context))
        {
            Title = $"Delete the {leftover.Resource.Kind.Description}",
            Effect = StepEffect.Deletes,
            Target = target,
            OnFailure = FailureAction.Keep,
            Changes = ChangesOf(leftover),
        };
    }

    /// <summary>What the removal does in Azure's own words.</summary>
    public static IReadOnlyList<ResourceChange> ChangesOf(Leftover leftover)
        => leftover.Resource.Kind.HasAccess
            ? [ResourceChange.Act(leftover.Id, "endGetAccess"), ResourceChange.Delete(leftover.Id)]
            : [ResourceChange.Delete(leftover.Id)];

    private async Task RemoveAsync(Leftover leftover, string target, OperationContext context)
    {
        string? reason;
        try
        {
            reason = await AzureErrors.CallAsync($"Deleting the {target}", leftover.Id.ToString(), () => TryRemoveAsync(leftover, context)).ConfigureAwait(false);
        }
        catch (ImageServiceException refusal)
        {
            // The others can still go.
            reason = refusal.Message;
            context.Log.Warning(reason);
        }

        _done.Add(leftover.Describe(reason));
        if (reason is null)
        {
            _removed.Add(leftover);
            manifest?.NoteRemoved(leftover.Id);
        }
    }

    private async Task<string?> TryRemoveAsync(Leftover leftover, OperationContext context)
    {
        if (await search.ReadAgainAsync(leftover).ConfigureAwait(false) is not { } current)
        {
            return null;
        }

        string? reason = LeftoverJudge.WhyKept(current, now, Environment.MachineName)
            ?? await LeftoverJudge.WhyHeldAsync(current, _removed, search.ContentOfAsync, along).ConfigureAwait(false);
        if (reason is null)
        {
            await current.Resource.DeleteAsync(context).ConfigureAwait(false);
        }

        return reason;
    }

    /// <summary>A manifest that lists nothing any more goes too.</summary>
    private List<ImageLeftover> End()
    {
        HashSet<ResourceIdentifier> removed = [.. _removed.Select(one => one.Id)];
        if (manifest is not null && manifest.Content.Made.Keys.All(removed.Contains))
        {
            manifest.Delete();
        }

        return _done;
    }
}
