using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace AzImageTools.Pipeline;

/// <summary>
/// Lets a body that runs on other threads use the pipeline's thread. The body queues actions, the pipeline's thread runs
/// them until the body has ended. What an action throws (a stopped pipeline, -ErrorAction Stop, Select-Object -First)
/// goes back to whoever queued it, cancels the body, and is thrown again on the pipeline's thread after the body has
/// ended, so that its cleanup has run by then.
/// </summary>
/// <param name="cmdlet">The cmdlet whose pipeline it is.</param>
/// <param name="cancellation">Cancelled when an action throws.</param>
internal sealed class PipelinePump(PSCmdlet cmdlet, CancellationTokenSource cancellation) : IDisposable
{
    private static readonly AsyncLocal<PipelinePump?> Ambient = new();

    private readonly BlockingCollection<Action> _actions = new();
    private ExceptionDispatchInfo? _failure;
    private volatile bool _ended;

    /// <summary>The pump of the cmdlet that the calling code works for; null outside of one.</summary>
    public static PipelinePump? Current => Ambient.Value;

    /// <summary>Whether the pipeline's thread still runs what is queued.</summary>
    public bool IsRunning => !_ended && _failure is null;

    /// <summary>Runs a body on other threads and its actions on this one, until the body has ended.</summary>
    /// <exception cref="Exception">What an action threw, else what the body threw.</exception>
    public void Run(Func<Task> body)
    {
        Task task = Task.Run(async () =>
        {
            Ambient.Value = this;
            try
            {
                await body().ConfigureAwait(false);
            }
            finally
            {
                _ended = true;
                _actions.CompleteAdding();
            }
        });
        foreach (Action action in _actions.GetConsumingEnumerable())
        {
            action();
        }

        try
        {
            task.GetAwaiter().GetResult();
        }
        catch when (_failure is not null)
        {
            // The body ended because an action had failed: that failure is the cause.
        }

        _failure?.Throw();
    }

    /// <summary>Queues an action without waiting for it. Ignored once the body has ended or an action has failed.</summary>
    public void Post(Action<PSCmdlet> action) => TryAdd(() => Execute(() => action(cmdlet)));

    /// <summary>Queues an action without waiting for it, and another for when the pipeline takes no more because it was stopped.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="afterwards">What to do in its place; it must not use the pipeline, and its failure is ignored.</param>
    public void Post(Action<PSCmdlet> action, Action<PSCmdlet> afterwards) => TryAdd(() =>
    {
        Execute(() => action(cmdlet));
        if (_failure is not null)
        {
            TryRun(() => afterwards(cmdlet));
        }
    });

    /// <summary>Queues an action and waits for its result.</summary>
    /// <exception cref="OperationCanceledException">The pipeline takes no more: it was stopped, or an action failed before.</exception>
    public Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool queued = TryAdd(() =>
        {
            if (_failure is not null)
            {
                result.SetException(new OperationCanceledException());
                return;
            }

            Execute(() => result.SetResult(action(cmdlet)));
            if (_failure is not null)
            {
                result.TrySetException(_failure.SourceException);
            }
        });
        if (!queued)
        {
            result.SetException(new OperationCanceledException());
        }

        return result.Task;
    }

    /// <inheritdoc/>
    public void Dispose() => _actions.Dispose();

    private bool TryAdd(Action action)
    {
        try
        {
            _actions.Add(action);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The body has ended: CompleteAdding was called, or the collection is disposed of.
            return false;
        }
    }

    private static void TryRun(Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // What stopped the pipeline is what counts.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void Execute(Action action)
    {
        if (_failure is not null)
        {
            return;
        }

        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever PowerShell throws here has to reach the body and, later, the pipeline.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            cancellation.Cancel();
        }
    }
}
