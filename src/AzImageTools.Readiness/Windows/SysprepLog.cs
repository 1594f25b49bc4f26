namespace AzImageTools.Readiness.Windows;

/// <summary>Reads the log of Sysprep's errors.</summary>
internal static class SysprepLog
{
    private const string ErrorLog = @"Windows\System32\Sysprep\Panther\setuperr.log";
    private const string RunBegins = "Beginning of a new sysprep run";
    private const int MaxShownLines = 5;

    /// <summary>Errors of the last run. A line is date, time, level and text: <c>2026-03-20 15:23:14, Error [0x0f0082] SYSPRP text</c>.</summary>
    public static RuleOutcome JudgeErrors(RuleContext context)
    {
        string? log = context.Guest.ReadText(ErrorLog);
        if (log is null)
        {
            return RuleOutcome.Pass(new Evidence(ErrorLog, "absent"));
        }

        string[] lines = log.Split('\n');
        int lastRun = Array.FindLastIndex(lines, line => line.IndexOf(RunBegins, StringComparison.Ordinal) >= 0);
        Evidence[] errors = [.. lines
            .Skip(lastRun + 1)
            .Where(IsError)
            .Take(MaxShownLines)
            .Select(line => new Evidence(ErrorLog, line.Trim()))];
        return errors.Length > 0 ? RuleOutcome.Fail(errors) : RuleOutcome.Pass(new Evidence(ErrorLog, "no error of the last run"));
    }

    private static bool IsError(string line)
    {
        int comma = line.IndexOf(',');
        return comma >= 0 && line.Substring(comma + 1).TrimStart().StartsWith("Error", StringComparison.Ordinal);
    }
}
