using System.Collections.Concurrent;

namespace AzImageTools.Services.Tests.Plans;

/// <summary>Keeps what an operation says.</summary>
internal sealed class RecordingLog : IOperationLog
{
    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Messages { get; } = new();

    public bool WantsVerbose => true;

    public bool WantsDebug => true;

    public void Warning(string message) => Warnings.Enqueue(message);

    public void Verbose(string message) => Messages.Enqueue(message);

    public void Debug(string message) => Messages.Enqueue(message);
}
