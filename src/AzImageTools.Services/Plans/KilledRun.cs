using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Plans;

/// <summary>
/// What a run of this machine made that was killed (<see cref="RunNote"/>), and told nobody of. What Azure has made of it whole is what the same command makes: it is
/// taken as it is, never deleted.
/// </summary>
internal static class KilledRun
{
    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromSeconds(10);

    /// <summary>Whether such a run made what has these tags.</summary>
    public static bool Made(ImageSession session, IDictionary<string, string>? tags) => RunNote.IsOfKilled(session.RunFolder, RunTag.Read(tags));

    /// <summary>The ids of what such runs told that they make for something, and that is not wanted after.</summary>
    /// <param name="session">The session.</param>
    /// <param name="wanted">What it was made for.</param>
    public static IEnumerable<string> MadeFor(ImageSession session, ResourceIdentifier wanted) => RunNote.ToldByKilled(session.RunFolder)
        .Where(fact => fact.Of is { } of && (fact with { Id = of }).Is(RunFactKind.Made, wanted.ToString(), session.SandboxId))
        .Select(static fact => fact.Id);

    /// <summary>The step that removes what a killed run left half done, or for nobody.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">It.</param>
    /// <param name="apiVersion">The version that it is read and deleted with.</param>
    /// <param name="runId">The run that made it, which its tag has to tell still.</param>
    /// <param name="target">It in words.</param>
    public static Step DeleteStep(ImageSession session, ResourceIdentifier id, string apiVersion, string runId, string target) => new(run => OwnResource.DeleteAsync(run with { RunId = runId }, target, session, id, apiVersion))
    {
        Title = "Remove what an interrupted run left",
        Effect = StepEffect.Deletes,
        Target = target,
        OnFailure = FailureAction.Keep,
        Changes = [new ResourceChange(id, $"{id.ResourceType}/delete")],
        Note = $"A run of this machine made it ({runId}), was killed, and left it.",
    };

    /// <summary>The step that waits until Azure has made what a killed run began.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">It.</param>
    /// <param name="apiVersion">The version that it is read with.</param>
    /// <param name="target">It in words.</param>
    public static Step WaitStep(ImageSession session, ResourceIdentifier id, string apiVersion, string target) => new(run => AzureErrors.CallAsync($"Waiting for the {target}", id.ToString(), async () =>
    {
        while (true)
        {
            JsonObject? found = await new ResourceDocuments(session.Arm).FindAsync(id, apiVersion, run.Cancellation).ConfigureAwait(false);
            switch ((string?)found?["properties"]?["provisioningState"])
            {
                case "Succeeded":
                    return;
                case "Creating" or "Updating":
                    await run.Context.Time.Delay(TimeBetweenLooks, run.Cancellation).ConfigureAwait(false);
                    break;
                default:
                    throw new ImageServiceException("InterruptedFailed", ErrorKind.InvalidState, $"The {target}, which an interrupted run began, could not be made.", "Delete what is left of it, and run the command again.", id.ToString());
            }
        }
    }))
    {
        Title = "Wait for what an interrupted run began",
        Effect = StepEffect.Changes,
        Target = target,
        OnFailure = FailureAction.Resume,
    };
}
