using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>
/// A job that runs inside this process: what -AsJob returns. Get-Job, Wait-Job, Receive-Job, Stop-Job and Remove-Job
/// work with it as with any other.
/// </summary>
internal sealed class ServiceJob : Job2
{
    private readonly CancellationTokenSource _cancellation;

    public ServiceJob(string command, CancellationTokenSource cancellation)
        : base(command)
    {
        _cancellation = cancellation;
        PSJobTypeName = "AzImageToolsJob";
    }

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count + Error.Count + Warning.Count + Verbose.Count + Debug.Count + Progress.Count > 0;

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => string.Empty;

    /// <summary>Marks the job as running.</summary>
    public override void StartJob() => SetJobState(JobState.Running);

    /// <inheritdoc/>
    public override void StartJobAsync()
    {
        StartJob();
        OnStartJobCompleted(new System.ComponentModel.AsyncCompletedEventArgs(error: null, cancelled: false, userState: null));
    }

    /// <summary>Cancels the work and waits until it has cleaned up after itself.</summary>
    public override void StopJob()
    {
        if (IsFinishedState(JobStateInfo.State))
        {
            return;
        }

        _cancellation.Cancel();
        Finished.WaitOne();
    }

    /// <inheritdoc/>
    public override void StopJob(bool force, string reason) => StopJob();

    /// <inheritdoc/>
    public override void StopJobAsync() => StopJobAsync(force: false, string.Empty);

    /// <inheritdoc/>
    public override void StopJobAsync(bool force, string reason)
    {
        _ = Task.Run(() =>
        {
            StopJob();
            OnStopJobCompleted(new System.ComponentModel.AsyncCompletedEventArgs(error: null, cancelled: false, userState: null));
        });
    }

    /// <inheritdoc/>
    public override void SuspendJob() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJob(bool force, string reason) => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJobAsync() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJobAsync(bool force, string reason) => throw CannotSuspend();

    /// <inheritdoc/>
    public override void ResumeJob() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void ResumeJobAsync() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void UnblockJob() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void UnblockJobAsync() => throw CannotSuspend();

    /// <summary>Ends the job.</summary>
    /// <param name="state">How it ended.</param>
    internal void Finish(JobState state) => SetJobState(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
        }

        base.Dispose(disposing);
    }

    private static bool IsFinishedState(JobState state) => state is JobState.Completed or JobState.Failed or JobState.Stopped;

    private static PSNotSupportedException CannotSuspend() => new("This job can be stopped, but not suspended or resumed.");
}
