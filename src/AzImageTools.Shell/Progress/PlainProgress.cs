using System.Management.Automation;

namespace AzImageTools.Shell.Progress;

/// <summary>Progress for logs: a line when an activity starts and ends, and between at most one every few seconds or percent.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider time) : IProgressDisplay
{
    private const int PercentStep = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(long Source, int Activity), (long At, int Percent, string Line)> _shown = [];

    public void Show(long sourceId, ProgressRecord record)
    {
        (long, int) key = (sourceId, record.ActivityId);
        bool isKnown = _shown.TryGetValue(key, out (long At, int Percent, string Line) last);
        bool isDone = record.RecordType == ProgressRecordType.Completed;
        if (isDone && !_shown.Remove(key))
        {
            return;
        }

        bool isDue = !isKnown || isDone
            || record.PercentComplete >= last.Percent + PercentStep
            || time.GetElapsedTime(last.At) >= Interval;
        string line = ProgressText.Line(record, withBar: false);
        if (!isDue || string.Equals(line, last.Line, StringComparison.Ordinal))
        {
            return;
        }

        output.WriteLine(line);
        output.Flush();
        if (!isDone)
        {
            _shown[key] = (time.GetTimestamp(), record.PercentComplete, line);
        }
    }

    public void Hide()
    {
        // Lines that stand need not make room.
    }

    public void Clear() => _shown.Clear();
}
