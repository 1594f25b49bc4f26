using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>
/// A job that runs inside this process: what -AsJob returns. Get-Job, Wait-Job, Receive-Job, Stop-Job and Remove-Job
/// work with it as with any other.
/// </summary>
/// <remarks>No Job2: PowerShell takes those for another's, a JobSourceAdapter's, and Receive-Job -AutoRemoveJob fails.</remarks>
internal sealed class ServiceJob : Job
{
    private readonly CancellationTokenSource _cancellation;

    /// <summary>Makes the job.</summary>
    /// <param name="command">The line that started it.</param>
    /// <param name="name">The command's name, which the job has too: <c>Get-Job -Name Send-AzVhd</c>.</param>
    /// <param name="cancellation">Cancels its work.</param>
    public ServiceJob(string command, string name, CancellationTokenSource cancellation)
        : base(command, name)
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
    internal void Start() => SetJobState(JobState.Running);

    /// <summary>Ends the job.</summary>
    /// <param name="state">How it ended.</param>
    internal void Finish(JobState state) => SetJobState(state);

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
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
        }

        base.Dispose(disposing);
    }

    private static bool IsFinishedState(JobState state) => state is JobState.Completed or JobState.Failed or JobState.Stopped;
}
