using System.Management.Automation;

namespace AzImageTools.Shell.Progress;

/// <summary>
/// Progress for logs: a line when an activity starts, one for the state it ended in, and between at most one every
/// few seconds or percent.
/// </summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider time) : IProgressDisplay
{
    private const int PercentStep = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(long Source, int Activity), State> _active = [];

    public void Show(long sourceId, ProgressRecord record)
    {
        (long, int) key = (sourceId, record.ActivityId);
        bool isKnown = _active.TryGetValue(key, out State state);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            WriteIfAny(state.Pending);
            _active.Remove(key);
            return;
        }

        string line = ProgressText.Line(record, withBar: false);
        if (!isKnown || record.PercentComplete >= state.Percent + PercentStep || time.GetElapsedTime(state.WrittenAt) >= Interval)
        {
            WriteIfAny(line);
            _active[key] = new State(time.GetTimestamp(), record.PercentComplete, Pending: null);
        }
        else
        {
            _active[key] = state with { Pending = line };
        }
    }

    public void Hide()
    {
        // Lines that stand need not make room.
    }

    public void Clear()
    {
        foreach (State state in _active.Values)
        {
            WriteIfAny(state.Pending);
        }

        _active.Clear();
    }

    private void WriteIfAny(string? line)
    {
        if (line is not null)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private readonly record struct State(long WrittenAt, int Percent, string? Pending);
}
