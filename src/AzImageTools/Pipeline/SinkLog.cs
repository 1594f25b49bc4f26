using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Carries a service's messages to the cmdlet's streams.</summary>
internal sealed class SinkLog : IOperationLog
{
    private readonly IStreamSink _sink;

    public SinkLog(IStreamSink sink)
    {
        _sink = sink;
    }

    public void Warning(string message) => _sink.WriteWarning(message);

    public void Verbose(string message) => _sink.WriteVerbose(message);

    public void Debug(string message) => _sink.WriteDebug(message);
}
