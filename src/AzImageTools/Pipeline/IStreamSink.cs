using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>
/// Where a cmdlet's body writes, from any thread: PowerShell's pipeline, or a job. Messages are sent without waiting;
/// objects, errors and questions are awaited.
/// </summary>
internal interface IStreamSink
{
    /// <summary>Which messages somebody reads; the others are not sent.</summary>
    StreamWishes Wishes { get; }

    /// <summary>Emits one object.</summary>
    Task WriteObjectAsync(object value);

    /// <summary>Reports an error about one of several inputs; the others go on.</summary>
    Task WriteErrorAsync(ErrorRecord error);

    /// <summary>Asks whether to go ahead with a change (-WhatIf, -Confirm).</summary>
    /// <param name="description">What would be done; may have several lines.</param>
    Task<bool> ShouldProcessAsync(string description);

    /// <summary>Asks as <see cref="ShouldProcessAsync"/> does, about something that comes before the work that may go on in a job.</summary>
    /// <param name="description">What would be done; may have several lines.</param>
    Task<bool> ShouldPrepareAsync(string description);

    /// <summary>
    /// Asks whether what is there already may be replaced, which -Force says without a question. -WhatIf asks nothing.
    /// </summary>
    /// <param name="refusal">The error that it is where nobody can be asked; the question is made of it.</param>
    /// <param name="several">Whether others may follow, so that one answer can be for all of them.</param>
    /// <returns>Whether to replace it; otherwise it is left as it is, without an error.</returns>
    Task<bool> MayReplaceAsync(Exception refusal, bool several = true);

    /// <summary>Runs code on the thread that the pipeline runs on.</summary>
    /// <exception cref="InvalidOperationException">The body runs on in a job: there is no such thread any more.</exception>
    Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action);

    /// <summary>Sends a warning.</summary>
    void WriteWarning(string message);

    /// <summary>Sends a verbose message.</summary>
    void WriteVerbose(string message);

    /// <summary>Sends a debug message.</summary>
    void WriteDebug(string message);

    /// <summary>Sends progress.</summary>
    void WriteProgress(ProgressRecord progress);
}
