using Azure;

namespace AzImageTools.Services.Session;

/// <summary>
/// Waits for a long-running operation: asks as often as the service says (Retry-After), on the operation's clock.
/// The SDK's own waiting never asks more than once a second.
/// </summary>
internal static class OperationWaiter
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(15);

    /// <summary>Waits until the operation has ended.</summary>
    /// <param name="operation">Started with <see cref="WaitUntil.Started"/>.</param>
    /// <param name="context">Its clock and its cancellation. Cancelling ends the waiting, not the operation.</param>
    /// <param name="tellAsync">Called after each answer that it has not ended: tells how far it is.</param>
    /// <exception cref="RequestFailedException">The operation failed.</exception>
    public static async Task WaitAsync(Operation operation, OperationContext context, Func<Task>? tellAsync = null)
    {
        TimeSpan backoff = FirstDelay;
        while (!operation.HasCompleted)
        {
            TimeSpan? asked = RetryAfter.Read(operation.GetRawResponse(), context.Time);
            await context.Time.Delay(asked ?? backoff, context.Cancellation).ConfigureAwait(false);
            backoff = TimeSpan.FromSeconds(Math.Min(backoff.TotalSeconds * 1.5, LongestDelay.TotalSeconds));
            await operation.UpdateStatusAsync(context.Cancellation).ConfigureAwait(false);
            if (tellAsync is not null && !operation.HasCompleted)
            {
                await tellAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until the operation has ended, and returns what came of it.</summary>
    /// <param name="operation">Started with <see cref="WaitUntil.Started"/>.</param>
    /// <param name="context">Its clock and its cancellation. Cancelling ends the waiting, not the operation.</param>
    /// <exception cref="RequestFailedException">The operation failed.</exception>
    public static async Task<T> WaitAsync<T>(Operation<T> operation, OperationContext context)
        where T : notnull
    {
        await WaitAsync((Operation)operation, context).ConfigureAwait(false);
        return operation.Value;
    }
}
