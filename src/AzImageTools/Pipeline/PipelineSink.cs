using System.Management.Automation;
using AzImageTools.Disks;

namespace AzImageTools.Pipeline;

/// <summary>Writes to the pipeline of the running cmdlet.</summary>
internal sealed class PipelineSink(PipelinePump pump, StreamWishes wishes) : IStreamSink
{
    public StreamWishes Wishes => wishes;

    public Task WriteObjectAsync(object value) => Await(cmdlet => cmdlet.WriteObject(value));

    public Task WriteErrorAsync(ErrorRecord error) => Await(cmdlet => cmdlet.WriteError(error));

    public Task<bool> ShouldProcessAsync(string description) => Confirmation.AskAsync(this, PrintableText.OfLines(description));

    public Task<bool> ShouldPrepareAsync(string description) => ShouldProcessAsync(description);

    public Task<bool> MayReplaceAsync(Exception refusal, bool several = true) => Replacement.AskAsync(this, refusal, several);

    public Task<T> InvokeAsync<T>(Func<PSCmdlet, T> action) => pump.InvokeAsync(action);

    /// <summary>Sends a warning. After Ctrl+C it goes to the host, which still listens: how an interrupted work goes on is worth knowing.</summary>
    public void WriteWarning(string message)
    {
        string shown = PrintableText.Of(message);
        pump.Post(cmdlet => cmdlet.WriteWarning(shown), cmdlet => TellHost(cmdlet, shown));
    }

    public void WriteVerbose(string message)
    {
        if (wishes.Verbose)
        {
            pump.Post(cmdlet => cmdlet.WriteVerbose(PrintableText.Of(message)));
        }
    }

    public void WriteDebug(string message)
    {
        if (wishes.Debug)
        {
            pump.Post(cmdlet => cmdlet.WriteDebug(PrintableText.Of(message)));
        }
    }

    public void WriteProgress(ProgressRecord progress) => pump.Post(cmdlet => cmdlet.WriteProgress(progress));

    private static void TellHost(PSCmdlet cmdlet, string message)
    {
        object? preference = cmdlet.MyInvocation.BoundParameters.TryGetValue("WarningAction", out object? given) ? given : cmdlet.GetVariableValue("WarningPreference");
        if (preference is null or ActionPreference.Continue or ActionPreference.Inquire)
        {
            cmdlet.Host?.UI?.WriteWarningLine(message);
        }
    }

    private Task<bool> Await(Action<PSCmdlet> action) => InvokeAsync(cmdlet =>
    {
        action(cmdlet);
        return true;
    });
}
