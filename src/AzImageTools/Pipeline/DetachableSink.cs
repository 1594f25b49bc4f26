using System.Management.Automation;
using AzImageTools.Disks;

namespace AzImageTools.Pipeline;

/// <summary>
/// Writes to the pipeline until the work has been confirmed, and from then on to a job: with -AsJob, -WhatIf and -Confirm
/// are answered where the user sits, and the work goes on in the background. Work that fails before that is a failed job.
/// </summary>
/// <param name="pipeline">The pipeline to begin with.</param>
/// <param name="startJob">Called once: when the work has been confirmed, or has failed before.</param>
internal sealed class DetachableSink(PipelineSink pipeline, Func<Task<ServiceJob>> startJob) : IStreamSink
{
    private readonly object _gate = new();
    private readonly List<(Action<ServiceJob> ToJob, Action<IStreamSink> ToPipeline)> _held = [];
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
            await DetachAsync().ConfigureAwait(false);
        }

        return confirmed;
    }

    public Task<bool> ShouldPrepareAsync(string description)
        => _job is null
            ? pipeline.ShouldProcessAsync(description)
            : throw new InvalidOperationException("What comes before the work is asked about before it goes on in a job.");

    public Task<bool> MayReplaceAsync(Exception refusal, bool several = true) => _job is null ? pipeline.MayReplaceAsync(refusal, several) : throw refusal;

    public Task WriteObjectAsync(object value)
    {
        if (_job is not { } job)
        {
            return pipeline.WriteObjectAsync(value);
        }

        job.Output.Add(PSObject.AsPSObject(value));
        return Task.CompletedTask;
    }

    public async Task WriteErrorAsync(ErrorRecord error)
    {
        _hasErrors = true;
        if (_job is null && Wishes.WhatIf)
        {
            await pipeline.WriteErrorAsync(error).ConfigureAwait(false);
            return;
        }

        (_job ?? await DetachAsync().ConfigureAwait(false)).Error.Add(error);
    }

    public Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action)
        => _job is null
            ? pipeline.InvokeAsync(action)
            : throw new InvalidOperationException("The work goes on in a job, apart from the session's pipeline.");

    /// <summary>Warnings before the confirmation are shown at once: they may decide it.</summary>
    public void WriteWarning(string message)
    {
        if (_job is { } job)
        {
            job.Warning.Add(new WarningRecord(PrintableText.Of(message)));
        }
        else
        {
            pipeline.WriteWarning(message);
        }
    }

    public void WriteVerbose(string message)
    {
        if (Wishes.Verbose)
        {
            Hold(job => job.AddVerbose(PrintableText.Of(message)), sink => sink.WriteVerbose(message));
        }
    }

    public void WriteDebug(string message)
    {
        if (Wishes.Debug)
        {
            Hold(job => job.AddDebug(PrintableText.Of(message)), sink => sink.WriteDebug(message));
        }
    }

    public void WriteProgress(ProgressRecord progress)
    {
        if (_job is { } job)
        {
            job.Progress.Add(progress);
        }
        else
        {
            pipeline.WriteProgress(progress);
        }
    }

    /// <summary>Shows what was held back, where no job came of it.</summary>
    public void Release()
    {
        lock (_gate)
        {
            foreach ((_, Action<IStreamSink> toPipeline) in _held)
            {
                toPipeline(pipeline);
            }

            _held.Clear();
        }
    }

    private async Task<ServiceJob> DetachAsync()
    {
        ServiceJob job = await startJob().ConfigureAwait(false);
        lock (_gate)
        {
            foreach ((Action<ServiceJob> toJob, _) in _held)
            {
                toJob(job);
            }

            _held.Clear();
            _job = job;
        }

        return job;
    }

    /// <summary>To the job if there is one; else kept for it, since a job's streams hold all of its messages.</summary>
    private void Hold(Action<ServiceJob> toJob, Action<IStreamSink> toPipeline)
    {
        lock (_gate)
        {
            if (_job is { } job)
            {
                toJob(job);
            }
            else
            {
                _held.Add((toJob, toPipeline));
            }
        }
    }
}
