using System.Management.Automation;
using AzImageTools.Shell.Progress;

namespace AzImageTools.Shell.Tests;

public sealed class ProgressTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly ManualTime _time = new();

    [Fact]
    public void Plain_progress_writes_when_percent_or_time_have_gone_on_and_at_the_end()
    {
        PlainProgress progress = new(_output, _time);

        progress.Show(1, Record("begins", 0));
        progress.Show(1, Record("too soon", 5));
        progress.Show(1, Record("a tenth", 10));
        _time.Advance(TimeSpan.FromSeconds(6));
        progress.Show(1, Record("six seconds later", 11));
        progress.Show(1, Record("not quite", 12));
        progress.Show(1, Record("the last", 13));
        progress.Show(1, new ProgressRecord(7, "Sending", "done") { RecordType = ProgressRecordType.Completed });

        Assert.Equal(
            "Sending: begins 0 %\nSending: a tenth 10 %\nSending: six seconds later 11 %\nSending: the last 13 %\n", _output.ToString());
    }

    [Fact]
    public void Terminal_progress_draws_ten_times_a_second_at_most_and_makes_room()
    {
        TerminalProgress progress = new(_output, () => 40, _time);

        progress.Show(1, Record("one", 0));
        progress.Show(1, Record("two", 1));
        _time.Advance(TimeSpan.FromMilliseconds(150));
        progress.Show(1, Record("three", 2));
        progress.Hide();
        progress.Hide();

        string[] drawn = _output.ToString().Split("\r\u001b[K");
        Assert.Equal(["", "Sending: one [                    ] 0 %", "Sending: three [                    ] …", ""], drawn);
    }

    [Theory]
    [InlineData("a\nb\u001b[2J", "Sending: a b [2J 50 %")]
    [InlineData("", "Sending 50 %")]
    public void Text_stays_one_line_without_control_characters(string status, string expected)
    {
        ProgressRecord record = new(7) { Activity = "Sending", PercentComplete = 50 };
        if (status.Length > 0)
        {
            record.StatusDescription = status;
        }

        Assert.Equal(expected, ProgressText.Line(record, withBar: false));
    }

    [Fact]
    public void The_time_left_is_shown_in_minutes_and_hours()
    {
        ProgressRecord record = Record("x", -1);
        record.SecondsRemaining = 75;
        Assert.EndsWith(" 1:15 left", ProgressText.Line(record, withBar: true), StringComparison.Ordinal);
        record.SecondsRemaining = 3675;
        Assert.EndsWith(" 1:01:15 left", ProgressText.Line(record, withBar: true), StringComparison.Ordinal);
    }

    public void Dispose() => _output.Dispose();

    private static ProgressRecord Record(string status, int percent) => new(7, "Sending", status) { PercentComplete = percent };
}
