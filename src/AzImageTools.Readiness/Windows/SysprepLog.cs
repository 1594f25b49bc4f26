using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Reads Sysprep's logs: what the last run failed of. A line is date, time, level, perhaps a number, and text:
/// <c>2026-03-20 15:23:14, Error [0x0f0082] SYSPRP text</c>. setupact.log tells everything of the last run, and is begun anew
/// by each; setuperr.log has the errors of all runs alone.
/// </summary>
internal static class SysprepLog
{
    private const string Folder = @"Windows\System32\Sysprep\Panther\";
    private const string ActionLog = Folder + "setupact.log";
    private const string ErrorLog = Folder + "setuperr.log";
    private const string RunBegins = "Beginning of a new sysprep run";
    private const int TimeLength = 19;
    private const int MaxShownLines = 5;
    private const int MaxErrors = 200;
    private const int MaxLineLength = 1000;
    private const string CausePlace = "Known cause";

    public static RuleOutcome JudgeErrors(RuleContext context)
    {
        string[]? actions = ReadLines(context.Guest, ActionLog);
        string[]? errors = ReadLines(context.Guest, ErrorLog);
        if (actions is null && errors is null)
        {
            return RuleOutcome.Pass(new Observation(ErrorLog, "absent"));
        }

        string[] found = [.. FindErrors(actions ?? [], errors ?? [], InstalledAt(context.Guest))];
        if (found.Length == 0)
        {
            return RuleOutcome.Pass(new Observation(actions is null ? ErrorLog : ActionLog, "no error of the last run"));
        }

        string log = actions is null ? ErrorLog : ActionLog;
        Observation[] seen = [.. found.Take(MaxShownLines).Select(line => new Observation(log, line))];
        List<(SysprepFailure Failure, string Name)> causes = FindCauses(found);
        if (causes.Count == 0)
        {
            return RuleOutcome.Fail(seen);
        }

        return RuleOutcome.Fail([.. causes.Select(cause => new Observation(CausePlace, cause.Failure.DescribeCause(cause.Name))), .. seen]) with
        {
            Remedy = string.Join("\n", causes.Select(cause => cause.Failure.DescribeRemedy(PrintableText.Of(cause.Name))).Distinct(StringComparer.Ordinal)),
            Source = new Uri(causes[0].Failure.Source),
        };
    }

    /// <summary>
    /// The errors of the last run, in the order of the action log, then those that the error log alone has. Where no run's
    /// beginning is seen, all are taken for the last one's. What is older than the machine comes from the image that it was installed
    /// from, where spbcd.dll logs errors as it is made: no run of this machine.
    /// </summary>
    private static IEnumerable<string> FindErrors(string[] actions, string[] errors, string? installed)
    {
        int run = LastRun(actions);
        string? start = run < 0 ? null : TimeOf(actions[run]);
        return actions.Skip(run + 1)
            .Concat(errors.Skip(LastRun(errors) + 1).Where(line => start is null || TimeOf(line) is not { } time || string.CompareOrdinal(time, start) >= 0))
            .Where(IsError)
            .Where(line => installed is null || TimeOf(line) is not { } time || string.CompareOrdinal(time, installed) >= 0)
            .Select(line => line.Trim())
            .Distinct(StringComparer.Ordinal)
            .Take(MaxErrors);
    }

    private static List<(SysprepFailure Failure, string Name)> FindCauses(string[] errors)
    {
        const int maxCauses = 10;
        List<(SysprepFailure Failure, string Name)> causes = [];
        foreach (SysprepFailure failure in SysprepFailures.Table.Where(failure => !failure.IsGeneral || causes.Count == 0))
        {
            causes.AddRange(errors
                .Select(failure.FindName)
                .OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Take(maxCauses - causes.Count)
                .Select(name => (failure, name)));
        }

        return causes;
    }

    /// <summary>A day before Windows was installed, since the log's times are local ones; null where that is not told.</summary>
    private static string? InstalledAt(Guest guest)
        => guest.GetValue(WindowsKeys.WindowsNT, "InstallDate") is uint and not 0 and var seconds
            ? DateTimeOffset.FromUnixTimeSeconds((uint)seconds).AddDays(-1).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : null;

    private static int LastRun(string[] lines) => Array.FindLastIndex(lines, line => line.IndexOf(RunBegins, StringComparison.Ordinal) >= 0);

    private static string? TimeOf(string line)
        => line.Length > TimeLength && line[TimeLength] == ',' && char.IsDigit(line[0]) ? line.Substring(0, TimeLength) : null;

    private static bool IsError(string line)
    {
        string level = line.Substring(line.IndexOf(',') + 1).TrimStart();
        return level.Length < line.Length && (level.StartsWith("Error", StringComparison.Ordinal) || level.StartsWith("Fatal Error", StringComparison.Ordinal));
    }

    private static string[]? ReadLines(Guest guest, string path)
        => guest.ReadTextEnd(path)?.Split('\r', '\n').Select(line => line.Length > MaxLineLength ? line.Substring(0, MaxLineLength) : line).Where(line => line.Length > 0).ToArray();
}
