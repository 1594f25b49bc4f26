using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>
/// Lets what several bodies emit side by side come in the order of their inputs: objects and errors wait until all bodies before have ended.
/// Questions and messages do not; each names what it is about.
/// </summary>
/// <param name="sink">Where to write.</param>
/// <param name="turn">Ends when all bodies before have ended.</param>
internal sealed class TurnSink(IStreamSink sink, Task turn) : IStreamSink
{
    public StreamWishes Wishes => sink.Wishes;

    public async Task WriteObjectAsync(object value)
    {
        await turn.ConfigureAwait(false);
        await sink.WriteObjectAsync(value).ConfigureAwait(false);
    }

    public async Task WriteErrorAsync(ErrorRecord error)
    {
        await turn.ConfigureAwait(false);
        await sink.WriteErrorAsync(error).ConfigureAwait(false);
    }

    public Task<bool> ShouldProcessAsync(string description) => sink.ShouldProcessAsync(description);

    public Task<bool> ShouldPrepareAsync(string description) => sink.ShouldPrepareAsync(description);

    public Task<bool> MayReplaceAsync(Exception refusal, bool several = true) => sink.MayReplaceAsync(refusal, several);

    public Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action) => sink.InvokeAsync(action);

    public void WriteWarning(string message) => sink.WriteWarning(message);

    public void WriteVerbose(string message) => sink.WriteVerbose(message);

    public void WriteDebug(string message) => sink.WriteDebug(message);

    public void WriteProgress(ProgressRecord progress) => sink.WriteProgress(progress);
}
