using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace AzImageTools.Services.Plans;

/// <summary>Deletes again what a run created, and nothing else.</summary>
internal static class OwnResource
{
    private const int ConflictStatus = 409;
    private const int MostTries = 12;
    private static readonly TimeSpan TimeBetweenTries = TimeSpan.FromSeconds(5);

    /// <summary>Deletes a resource if it is there and carries the run's tag.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="run">The run, with the undo's own token.</param>
    /// <param name="what">The resource, for messages: <c>the image 'web'</c>.</param>
    /// <param name="find">Reads the resource.</param>
    /// <param name="tagsOf">Its tags.</param>
    /// <param name="delete">Starts deleting it.</param>
    /// <returns>Whether there was one.</returns>
    public static Task<bool> DeleteAsync<T>(
        StepRun run,
        string what,
        Func<CancellationToken, Task<T?>> find,
        Func<T, IDictionary<string, string>> tagsOf,
        Func<T, CancellationToken, Task<ArmOperation>> delete)
        where T : class => AzureErrors.CallAsync($"Deleting {what}", what, async () =>
        {
            T? found = await find(run.Cancellation).ConfigureAwait(false);
            if (found is null || !RunTag.IsOf(tagsOf(found), run.RunId))
            {
                return false;
            }

            ArmOperation operation = await RetryAsync(run, () => delete(found, run.Cancellation)).ConfigureAwait(false);
            await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
            return true;
        });

    /// <summary>Deletes a resource, read by its document, if it is there and carries the run's tag.</summary>
    /// <param name="run">The run, with the undo's own token.</param>
    /// <param name="what">The resource, for messages.</param>
    /// <param name="session">The session.</param>
    /// <param name="id">The resource.</param>
    /// <param name="apiVersion">The version that it is read and deleted with.</param>
    /// <returns>Whether there was one.</returns>
    public static Task<bool> DeleteAsync(StepRun run, string what, ImageSession session, ResourceIdentifier id, string apiVersion)
        => AzureErrors.CallAsync($"Deleting {what}", id.ToString(), async () =>
        {
            ResourceDocuments documents = new(session.Arm);
            JsonObject? found = await documents.FindAsync(id, apiVersion, run.Cancellation).ConfigureAwait(false);
            if (found?["tags"]?[RunTag.Name] is not JsonValue value || !value.TryGetValue(out string? tag) || tag != run.RunId)
            {
                return false;
            }

            await RetryAsync(
                run,
                async () =>
                {
                    await documents.DeleteAsync(id, apiVersion, run.Context).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
            return true;
        });

    /// <summary>Undoes something in spite of work that the service is still busy with: a resource that is still being created may not be deletable yet.</summary>
    /// <typeparam name="T">What it yields.</typeparam>
    /// <param name="run">The run, with the undo's own token.</param>
    /// <param name="undo">Tries it.</param>
    /// <exception cref="RequestFailedException">Anything but a conflict, or one that does not pass.</exception>
    public static async Task<T> RetryAsync<T>(StepRun run, Func<Task<T>> undo)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await undo().ConfigureAwait(false);
            }
            catch (RequestFailedException failure) when (failure.Status == ConflictStatus && attempt < MostTries)
            {
                await run.Context.Time.Delay(TimeBetweenTries, run.Cancellation).ConfigureAwait(false);
            }
        }
    }
}
