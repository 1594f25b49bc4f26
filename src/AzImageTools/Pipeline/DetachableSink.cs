using System.Management.Automation;
using AzImageTools.Disks;

namespace AzImageTools.Pipeline;

/// <summary>
/// Writes to the pipeline until the work has been confirmed, and from then on to a job: with -AsJob, -WhatIf and -Confirm
/// are answered where the user sits, and the work goes on in the background.
/// </summary>
/// <param name="pipeline">The pipeline to begin with.</param>
/// <param name="startJob">Called once, when the work has been confirmed.</param>
internal sealed class DetachableSink(PipelineSink pipeline, Func<Task<ServiceJob>> startJob) : IStreamSink
{
    private volatile ServiceJob? _job;
    private volatile bool _hasErrors;

    /// <summary>Whether an error was reported, also when Receive-Job has taken it from the job since.</summary>
    public bool HasErrors => _hasErrors;

    public StreamWishes Wishes => pipeline.Wishes;

    public async Task<bool> ShouldProcessAsync(string description)
    {
        if (_job is not null)
        {
            throw new InvalidOperationException("A cmdlet asks for confirmation once, before its work goes on in a job.");
        }

        bool confirmed = await pipeline.ShouldProcessAsync(description).ConfigureAwait(false);
        if (confirmed)
        {
            _job = await startJob().ConfigureAwait(false);
        }

        return confirmed;
    }

    public Task WriteObjectAsync(object value)
    {
        if (_job is not { } job)
        {
            return pipeline.WriteObjectAsync(value);
        }

        job.Output.Add(PSObject.AsPSObject(value));
        return Task.CompletedTask;
    }

    public Task WriteErrorAsync(ErrorRecord error)
    {
        _hasErrors = true;
        if (_job is not { } job)
        {
            return pipeline.WriteErrorAsync(error);
        }

        job.Error.Add(error);
        return Task.CompletedTask;
    }

    public Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action)
        => _job is null
            ? pipeline.InvokeAsync(action)
            : throw new InvalidOperationException("The work goes on in a job, apart from the session's pipeline.");

    public void WriteWarning(string message) => Write(job => job.Warning.Add(new WarningRecord(PrintableText.Of(message))), sink => sink.WriteWarning(message));

    public void WriteVerbose(string message)
    {
        if (Wishes.Verbose)
        {
            Write(job => job.Verbose.Add(new VerboseRecord(PrintableText.Of(message))), sink => sink.WriteVerbose(message));
        }
    }

    public void WriteDebug(string message)
    {
        if (Wishes.Debug)
        {
            Write(job => job.Debug.Add(new DebugRecord(PrintableText.Of(message))), sink => sink.WriteDebug(message));
        }
    }

    public void WriteProgress(ProgressRecord progress) => Write(job => job.Progress.Add(progress), sink => sink.WriteProgress(progress));

    private void Write(Action<ServiceJob> toJob, Action<IStreamSink> toPipeline)
    {
        if (_job is { } job)
        {
            toJob(job);
        }
        else
        {
            toPipeline(pipeline);
        }
    }
}
