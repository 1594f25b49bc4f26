using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Errors;
using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>
/// The base of all cmdlets. A cmdlet's body is asynchronous and may write from any thread; stopping the pipeline cancels
/// it, and the pipeline goes on only after the body has ended, so that its cleanup always runs.
/// </summary>
public abstract class AsyncCmdlet : PSCmdlet, IDisposable
{
    /// <summary>What stands by a secret in a line of script: a signature in an address, New-AzStorageContext's parameters, a connection string, a password made a SecureString.</summary>
    private static readonly string[] SecretsInLines = ["sig=", "AccountKey", "SasToken", "ConnectionString", "AsPlainText"];

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Releases what the cmdlet holds.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected virtual bool RunsAsJob => false;

    /// <summary>How grave it is what is confirmed now, at most what the cmdlet declares.</summary>
    internal virtual ConfirmImpact Impact => ConfirmImpact.High;

    /// <summary>What the user said for all that is there already, until now.</summary>
    internal ReplaceAnswers ReplaceAnswers { get; } = new();

    /// <summary>Handles one input.</summary>
    /// <param name="sink">Where to write.</param>
    /// <param name="context">What services are handed: progress, log, cancellation, clock.</param>
    private protected abstract Task ProcessAsync(IStreamSink sink, OperationContext context);

    /// <inheritdoc/>
    protected override void BeginProcessing() => EmptyArguments.Refuse(this);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Run(ProcessAsync);

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <summary>Releases what the cmdlet holds.</summary>
    /// <param name="disposing">Whether managed objects are released too.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <summary>Reports an error about an input, on the pipeline's thread: with -AsJob, what fails before its work begins is a failed job too.</summary>
    /// <param name="error">The error.</param>
    private protected new void WriteError(ErrorRecord error)
    {
        if (RunsAsJob && !StreamWishes.Of(this).WhatIf)
        {
            WriteFailedJob(error);
        }
        else
        {
            base.WriteError(error);
        }
    }

    private protected void Run(Func<IStreamSink, OperationContext, Task> body)
    {
        if (RunsAsJob)
        {
            RunInJob(body);
        }
        else
        {
            using PipelinePump pump = new(this, _stop);
            PipelineSink sink = new(pump, StreamWishes.Of(this));
            pump.Run(() => GuardAsync(sink, body, _stop.Token));
        }

        if (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Runs a body: an error about one input is reported, and the next input is tried; a cancelled body ends quietly.</summary>
    private protected static async Task GuardAsync(IStreamSink sink, Func<IStreamSink, OperationContext, Task> body, CancellationToken cancellation)
    {
        SinkProgress progress = new(sink, TimeProvider.System);
        OperationContext context = new() { Log = new SinkLog(sink), Progress = progress, Cancellation = cancellation };
        using RequestNotices notices = RequestNotices.Begin(context.Log);
        try
        {
            await body(sink, context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && ErrorRecords.IsExpected(exception))
        {
            await sink.WriteErrorAsync(ErrorRecords.From(exception)).ConfigureAwait(false);
        }
        finally
        {
            progress.Complete();
        }
    }

    private static async Task FinishAsync(ServiceJob job, DetachableSink sink, Task work, CancellationTokenSource stop)
    {
        try
        {
            await work.ConfigureAwait(false);
            job.Finish(stop.IsCancellationRequested ? JobState.Stopped : sink.HasErrors ? JobState.Failed : JobState.Completed);
        }
#pragma warning disable CA1031 // Nobody is left to catch it: the job tells.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            job.Error.Add(ErrorRecords.From(exception));
            job.Finish(JobState.Failed);
        }
    }

    // The pipeline waits until the body has ended or been confirmed; what is left of the body then belongs to the job.
    private void RunInJob(Func<IStreamSink, OperationContext, Task> body)
    {
        CancellationTokenSource stop = new();
        CancellationTokenRegistration whilePiped = _stop.Token.Register(stop.Cancel);
        using PipelinePump pump = new(this, stop);
        PipelineSink pipeline = new(pump, StreamWishes.Of(this));
        TaskCompletionSource<ServiceJob> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DetachableSink sink = new(pipeline, async () =>
        {
            ServiceJob job = await pipeline.InvokeAsync(_ => StartJob(stop)).ConfigureAwait(false);
            whilePiped.Dispose();
            started.SetResult(job);
            return job;
        });
        pump.Run(async () =>
        {
            Task work = Task.Run(() => GuardAsync(sink, body, stop.Token));
            if (await Task.WhenAny(work, started.Task).ConfigureAwait(false) == work && !started.Task.IsCompleted)
            {
                whilePiped.Dispose();
                sink.Release();
                await work.ConfigureAwait(false);
                return;
            }

            ServiceJob job = await started.Task.ConfigureAwait(false);
            _ = FinishAsync(job, sink, work, stop);
            await pipeline.WriteObjectAsync(job).ConfigureAwait(false);
        });
    }

    /// <summary>A job for an error about an input that no body was run for.</summary>
    private void WriteFailedJob(ErrorRecord error)
    {
        ServiceJob job = StartJob(new CancellationTokenSource());
        job.Error.Add(error);
        job.Finish(JobState.Failed);
        WriteObject(job);
    }

    private ServiceJob StartJob(CancellationTokenSource stop)
    {
        // The job's command stays visible: a line that a signature or a key was typed into is not repeated.
        bool mayHoldSecret = SecretsInLines.Any(word => MyInvocation.Line.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0);
        string name = MyInvocation.MyCommand.Name;
        ServiceJob job = new(mayHoldSecret ? name : MyInvocation.Line.Trim(), name, stop);
        JobRepository.Add(job);
        job.Start();
        return job;
    }
}
