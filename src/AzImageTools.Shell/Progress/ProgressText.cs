using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace AzImageTools.Shell.Progress;

/// <summary>A progress record in words.</summary>
internal static class ProgressText
{
    private const int BarLength = 20;

    /// <summary><c>Sending disk.vhdx: 3 of 8 GiB [#######             ] 37 % 0:12 left</c>.</summary>
    public static string Line(ProgressRecord record, bool withBar)
    {
        StringBuilder line = new(Clean(record.Activity));
        AppendIfAny(line, ": ", record.StatusDescription);
        AppendIfAny(line, ", ", record.CurrentOperation);
        if (record.PercentComplete is >= 0 and <= 100 and int percent)
        {
            if (withBar)
            {
                int full = percent * BarLength / 100;
                line.Append(" [").Append('#', full).Append(' ', BarLength - full).Append(']');
            }

            line.Append(' ').Append(percent).Append(" %");
        }

        if (record.SecondsRemaining > 0)
        {
            TimeSpan left = TimeSpan.FromSeconds(record.SecondsRemaining);
            line.Append(' ').Append(left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture)).Append(" left");
        }

        return line.ToString();
    }

    private static void AppendIfAny(StringBuilder line, string separator, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            line.Append(separator).Append(Clean(text));
        }
    }

    /// <summary>One line stays one line: control characters become spaces.</summary>
    private static string Clean(string text)
        => text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)) : text;
}
