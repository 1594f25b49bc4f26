using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Carries a service's messages to the cmdlet's streams.</summary>
internal sealed class SinkLog(IStreamSink sink) : IOperationLog
{
    public void Warning(string message) => sink.WriteWarning(message);

    public void Verbose(string message) => sink.WriteVerbose(message);

    public void Debug(string message) => sink.WriteDebug(message);
}
