using System.Management.Automation;

namespace AzImageTools.Shell.Progress;

/// <summary>Progress on a terminal: one line at the bottom that is rewritten, a few times a second at most.</summary>
internal sealed class TerminalProgress(TextWriter output, Func<int> width, TimeProvider time) : IProgressDisplay
{
    private const string EraseLine = "\r\u001b[K";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly List<(long Source, int Activity, string Line)> _active = [];
    private long? _drawnAt;
    private bool _isDrawn;

    public void Show(long sourceId, ProgressRecord record)
    {
        _active.RemoveAll(entry => entry.Source == sourceId && entry.Activity == record.ActivityId);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            Hide();
            _drawnAt = null;
        }
        else
        {
            _active.Add((sourceId, record.ActivityId, ProgressText.Line(record, withBar: true)));
        }

        if (_active.Count > 0 && (_drawnAt is not { } last || time.GetElapsedTime(last) >= Interval))
        {
            Draw(_active[^1].Line);
        }
    }

    public void Hide()
    {
        if (_isDrawn)
        {
            output.Write(EraseLine);
            output.Flush();
            _isDrawn = false;
        }
    }

    public void Clear()
    {
        Hide();
        _active.Clear();
        _drawnAt = null;
    }

    private void Draw(string line)
    {
        int room = Math.Max(width() - 1, 10);
        output.Write(EraseLine + (line.Length > room ? string.Concat(line.AsSpan(0, room - 1), "…") : line));
        output.Flush();
        _isDrawn = true;
        _drawnAt = time.GetTimestamp();
    }
}
