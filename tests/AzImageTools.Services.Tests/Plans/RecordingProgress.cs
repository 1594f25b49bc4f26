using System.Collections.Concurrent;

namespace AzImageTools.Services.Tests.Plans;

/// <summary>Keeps every report, in order.</summary>
internal sealed class RecordingProgress : IProgress<OperationProgress>
{
    public ConcurrentQueue<OperationProgress> Reports { get; } = new();

    public void Report(OperationProgress value) => Reports.Enqueue(value);
}
