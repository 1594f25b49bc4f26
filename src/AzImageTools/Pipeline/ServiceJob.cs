using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>
/// A job that runs inside this process: what -AsJob returns. Get-Job, Wait-Job, Receive-Job, Stop-Job and Remove-Job
/// work with it as with any other.
/// </summary>
/// <remarks>No Job2: PowerShell takes those for another's, a JobSourceAdapter's, and Receive-Job -AutoRemoveJob fails.</remarks>
internal sealed class ServiceJob : Job
{
    /// <summary>How many messages of a kind a job keeps until Receive-Job takes them: an upload tells one a request, and may send millions.</summary>
    internal const int MostMessages = 20_000;

    private readonly CancellationTokenSource _cancellation;
    private int _untold;

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

    /// <summary>Keeps a verbose message, or counts it where nobody takes what is kept.</summary>
    internal void AddVerbose(string message) => Keep(Verbose, message, text => new VerboseRecord(text));

    /// <summary>Keeps a debug message, or counts it where nobody takes what is kept.</summary>
    internal void AddDebug(string message) => Keep(Debug, message, text => new DebugRecord(text));

    /// <summary>Marks the job as running.</summary>
    internal void Start() => SetJobState(JobState.Running);

    /// <summary>Ends the job.</summary>
    /// <param name="state">How it ended.</param>
    internal void Finish(JobState state)
    {
        if (TakeUntold() is { } note)
        {
            Verbose.Add(new VerboseRecord(note));
        }

        SetJobState(state);
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
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
        }

        base.Dispose(disposing);
    }

    private void Keep<T>(PSDataCollection<T> records, string message, Func<string, T> make)
    {
        if (records.Count >= MostMessages)
        {
            _ = Interlocked.Increment(ref _untold);
            return;
        }

        if (TakeUntold() is { } note)
        {
            records.Add(make(note));
        }

        records.Add(make(message));
    }

    private string? TakeUntold() => Interlocked.Exchange(ref _untold, 0) is > 0 and int left
        ? FormattableString.Invariant($"{left} messages are left out here: the job keeps {MostMessages} of a kind until Receive-Job takes them.")
        : null;

    private static bool IsFinishedState(JobState state) => state is JobState.Completed or JobState.Failed or JobState.Stopped;
}
