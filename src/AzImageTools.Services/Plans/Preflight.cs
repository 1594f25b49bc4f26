using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Plans;

/// <summary>
/// Asks before the first change whether locks, roles or policies forbid one of a plan's steps, so that a plan does not end halfway for
/// what could be known. What may not be asked, or is not known, is left to Azure.
/// </summary>
internal static class Preflight
{
    private const int LastClientError = 499;
    private const int FirstClientError = 400;

    /// <summary>Checks a plan's steps.</summary>
    /// <param name="session">The session.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">One of them is forbidden (AuthorizationFailed, ScopeLocked, RequestDisallowedByPolicy).</exception>
    public static Task CheckAsync(ImageSession session, IReadOnlyList<Step> steps, OperationContext context)
        => CheckAsync(session, [.. steps.SelectMany(step => step.Changes)], context);

    /// <summary>Checks changes.</summary>
    /// <param name="session">The session.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">One of them is forbidden (AuthorizationFailed, ScopeLocked, RequestDisallowedByPolicy).</exception>
    public static async Task CheckAsync(ImageSession session, IReadOnlyList<ResourceChange> changes, OperationContext context)
    {
        HashSet<ResourceIdentifier> made = [.. changes.Where(change => change.Location is not null).Select(change => change.Id)];
        Func<Task<ImageServiceException?>>[] checks =
        [
            .. changes.SelectMany(change => PermissionCheck.NeededFor(change, made)).GroupBy(needed => needed.Scope.ToString(), StringComparer.OrdinalIgnoreCase)
                .Select(needed => (Func<Task<ImageServiceException?>>)(() => PermissionCheck.FindAsync(session, needed.First().Scope, [.. needed], context.Cancellation))),
            .. changes.GroupBy(change => change.Id.SubscriptionId!, StringComparer.OrdinalIgnoreCase)
                .Select(ofSubscription => (Func<Task<ImageServiceException?>>)(() => LockCheck.FindAsync(session, [.. ofSubscription], context.Cancellation))),
            .. changes.Where(change => change.Location is not null)
                .Select(change => (Func<Task<ImageServiceException?>>)(() => PolicyCheck.FindAsync(session, change, context.Cancellation))),
        ];
        ImageServiceException?[] found = await Task.WhenAll(checks.Select(check => TryAsync(check, context))).ConfigureAwait(false);
        if (Array.Find(found, refusal => refusal is not null) is { } first)
        {
            throw first;
        }
    }

    /// <summary>Who may not look, or asks a cloud that does not know the question, finds nothing.</summary>
    private static async Task<ImageServiceException?> TryAsync(Func<Task<ImageServiceException?>> check, OperationContext context)
    {
        try
        {
            return await AzureErrors.CallAsync("Looking for what forbids the change", nameof(Preflight), () => Task.Run(check, context.Cancellation)).ConfigureAwait(false);
        }
        catch (ImageServiceException failure) when (failure.InnerException is RequestFailedException { Status: >= FirstClientError and <= LastClientError })
        {
            context.Log.Verbose($"Whether something forbids the change can't be seen: {failure.Message}");
            return null;
        }
    }
}
