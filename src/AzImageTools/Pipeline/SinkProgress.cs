using System.Collections.Concurrent;
using System.Management.Automation;
using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Shows a service's progress: one bar an activity, drawn at most five times a second.</summary>
internal sealed class SinkProgress : IProgress<OperationProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static int _lastActivityId;

    private readonly IStreamSink _sink;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Bar> _bars = new(StringComparer.Ordinal);

    public SinkProgress(IStreamSink sink, TimeProvider time)
    {
        _sink = sink;
        _time = time;
    }

    public void Report(OperationProgress value)
    {
        Bar bar = _bars.GetOrAdd(value.Activity, _ => new Bar(Interlocked.Increment(ref _lastActivityId)));
        if (!bar.IsDue(_time, value.IsCompleted))
        {
            return;
        }

        _sink.WriteProgress(new ProgressRecord(bar.Id, value.Activity, value.Status.Length == 0 ? " " : value.Status)
        {
            PercentComplete = value.PercentComplete is { } percent ? (int)Math.Min(100, Math.Max(0, percent)) : -1,
            SecondsRemaining = value.TimeLeft is { } left ? (int)Math.Min(int.MaxValue, Math.Max(0, left.TotalSeconds)) : -1,
            RecordType = value.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        });
    }

    /// <summary>Takes away the bars of activities that did not say they had ended.</summary>
    public void Complete()
    {
        foreach (KeyValuePair<string, Bar> bar in _bars)
        {
            if (!bar.Value.IsCompleted)
            {
                _sink.WriteProgress(new ProgressRecord(bar.Value.Id, bar.Key, " ") { RecordType = ProgressRecordType.Completed });
            }
        }
    }

    private sealed class Bar
    {
        private readonly object _gate = new();
        private long? _shown;

        public Bar(int id)
        {
            Id = id;
        }

        public int Id { get; }

        public bool IsCompleted { get; private set; }

        public bool IsDue(TimeProvider time, bool completes)
        {
            lock (_gate)
            {
                if (!completes && (IsCompleted || (_shown is { } shown && time.GetElapsedTime(shown) < Interval)))
                {
                    return false;
                }

                IsCompleted = completes;
                _shown = time.GetTimestamp();
                return true;
            }
        }
    }
}
