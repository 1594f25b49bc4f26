using System.Collections.Concurrent;
using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Shows a service's progress: one bar an activity, drawn at most five times a second.</summary>
internal sealed class SinkProgress(IStreamSink sink, TimeProvider time) : IProgress<OperationProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static int _lastActivityId;

    private readonly ConcurrentDictionary<string, Bar> _bars = new(StringComparer.Ordinal);

    public void Report(OperationProgress value)
    {
        Bar bar = _bars.GetOrAdd(value.Activity, _ => new Bar(Interlocked.Increment(ref _lastActivityId)));
        foreach (OperationProgress due in bar.Next(value, time))
        {
            Write(bar.Id, due);
        }
    }

    /// <summary>Takes away the bars of activities that did not say they had ended.</summary>
    public void Complete()
    {
        foreach (string activity in _bars.Keys)
        {
            Report(new OperationProgress { Activity = activity, Status = string.Empty, IsCompleted = true });
        }
    }

    private void Write(int id, OperationProgress value)
        => sink.WriteProgress(new ProgressRecord(id, PrintableText.Of(value.Activity), value.Status.Length == 0 ? " " : PrintableText.Of(value.Status))
        {
            PercentComplete = value.PercentComplete is { } percent ? (int)Math.Min(100, Math.Max(0, percent)) : -1,
            SecondsRemaining = value.TimeLeft is { } left ? (int)Math.Min(int.MaxValue, Math.Max(0, left.TotalSeconds)) : -1,
            RecordType = value.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        });

    private sealed class Bar(int id)
    {
        private readonly object _gate = new();
        private long? _shown;
        private OperationProgress? _heldBack;
        private bool _isCompleted;

        public int Id { get; } = id;

        /// <summary>What is to be shown now: nothing too soon after the last, and before the end what was held back.</summary>
        public IReadOnlyList<OperationProgress> Next(OperationProgress value, TimeProvider time)
        {
            lock (_gate)
            {
                if (_isCompleted)
                {
                    return [];
                }

                if (value.IsCompleted)
                {
                    _isCompleted = true;
                    return _heldBack is { } last ? [last, value] : [value];
                }

                if (_shown is { } shown && time.GetElapsedTime(shown) < Interval)
                {
                    _heldBack = value;
                    return [];
                }

                _heldBack = null;
                _shown = time.GetTimestamp();
                return [value];
            }
        }
    }
}

/// <summary>Carries a service's messages to the cmdlet's streams.</summary>
internal sealed class SinkLog(IStreamSink sink) : IOperationLog
{
    public bool WantsVerbose => sink.Wishes.Verbose;

    public bool WantsDebug => sink.Wishes.Debug;

    public void Warning(string message) => sink.WriteWarning(message);

    public void Verbose(string message) => sink.WriteVerbose(message);

    public void Debug(string message) => sink.WriteDebug(message);
}
