using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Clone;

/// <summary>What a plan makes for a while: each thing by a step that announces it, and removes it again when a later step fails; all of it by one step at the end.</summary>
internal sealed class TemporaryThings
{
    private readonly ImageSession _session;
    private readonly string _purpose;
    private readonly string _runId = RunTag.NewRunId();
    private readonly IReadOnlyDictionary<string, string>? _tags;
    private readonly List<(ResourceIdentifier Id, string Description)> _things = [];
    private TemporaryRun? _run;

    /// <summary>Nothing is made yet.</summary>
    /// <param name="session">The session.</param>
    /// <param name="purpose">What for, as <see cref="TemporaryRun.BeginAsync"/> takes it.</param>
    /// <param name="tags">Tags of the user's, for all of it.</param>
    public TemporaryThings(ImageSession session, string purpose, IReadOnlyDictionary<string, string>? tags)
    {
        RunTag.Check(tags, TemporaryTags.Count);
        _session = session;
        _purpose = purpose;
        _tags = tags;
    }

    /// <summary>A name for something of it.</summary>
    public string NameFor(string? part = null) => RunIdentity.NameFor(_purpose, _runId, part);

    /// <summary>A step that makes something.</summary>
    /// <param name="title">What it does.</param>
    /// <param name="id">The resource.</param>
    /// <param name="location">Its region.</param>
    /// <param name="create">Makes it, with these tags.</param>
    /// <param name="note">What else to know before agreeing; null for nothing.</param>
    /// <param name="linked">What the caller has to be allowed to do with other resources on the way.</param>
    public Step CreateStep(
        string title, ResourceIdentifier id, AzureLocation location, Func<IReadOnlyDictionary<string, string>, StepRun, Task> create, string? note, params (ResourceIdentifier Id, string Action)[] linked)
    {
        string target = TemporaryKind.Of(id)!.Describe(id);
        bool isFirst = _things.Count == 0;
        _things.Add((id, target));
        return new Step(async run =>
        {
            _run ??= await TemporaryRun.BeginAsync(_session, _purpose, _tags, run.Context, _runId).ConfigureAwait(false);
            IReadOnlyDictionary<string, string> tags = await _run.AnnounceAsync(id, run.Cancellation).ConfigureAwait(false);
            await AzureErrors.CallAsync($"Creating the {target}", id.ToString(), () => create(tags, run)).ConfigureAwait(false);
        })
        {
            Title = title,
            Effect = StepEffect.Creates,
            Target = target,
            OnFailure = FailureAction.Undo,
            Note = note,
            Changes = [ResourceChange.Create(id, location, _tags) with { Linked = linked }, ResourceChange.Delete(id)],
            Undo = run => UndoAsync(id, isFirst, run.Context),
        };
    }

    /// <summary>A step that makes something that the SDK has no model for.</summary>
    /// <param name="title">What it does.</param>
    /// <param name="id">The resource.</param>
    /// <param name="location">Its region.</param>
    /// <param name="properties">Its properties.</param>
    /// <param name="linked">What the caller has to be allowed to do with other resources on the way.</param>
    public Step CreateStep(string title, ResourceIdentifier id, AzureLocation location, JsonObject properties, params (ResourceIdentifier Id, string Action)[] linked)
        => CreateStep(
            title,
            id,
            location,
            async (tags, run) =>
            {
                GenericResourceData data = new(location) { Properties = BinaryData.FromString(properties.ToJsonString()) };
                Apply(data.Tags, tags);
                ArmOperation<GenericResource> operation = await _session.RawArm.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, id, data, run.Cancellation).ConfigureAwait(false);
                await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            },
            note: null,
            linked);

    /// <summary>A step that removes all of it. What can't be removed is told by a warning: what it was made for is done.</summary>
    public Step RemoveStep() => new(async run =>
    {
        foreach ((ResourceIdentifier id, string description) in Enumerable.Reverse(_things))
        {
            // Stopping now would leave more behind than waiting.
            using CancellationTokenSource timeout = run.Context.Time.CreateCancellationTokenSource(PlanRunner.UndoTimeout);
            try
            {
                await _run!.RemoveAsync(id, run.Context with { Cancellation = timeout.Token }).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is ImageServiceException or OperationCanceledException)
            {
                run.Context.Log.Warning($"The {description} could not be removed; Remove-AzImageLeftover does, once its cause is. {failure.Message}");
            }
        }

        await _run!.DisposeAsync().ConfigureAwait(false);
    })
    {
        Title = "Remove everything temporary",
        Effect = StepEffect.Deletes,
        Target = FormattableString.Invariant($"the {_things.Count} resources whose names begin with '{NameFor()}'"),
        Weight = 2,
    };

    /// <summary>Puts tags on a resource about to be made.</summary>
    public static void Apply(IDictionary<string, string> target, IReadOnlyDictionary<string, string> tags)
    {
        foreach (KeyValuePair<string, string> tag in tags)
        {
            target[tag.Key] = tag.Value;
        }
    }

    private async Task<bool> UndoAsync(ResourceIdentifier id, bool isFirst, OperationContext context)
    {
        try
        {
            return _run is not null && await _run.RemoveAsync(id, context).ConfigureAwait(false);
        }
        finally
        {
            if (isFirst && _run is not null)
            {
                await _run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
