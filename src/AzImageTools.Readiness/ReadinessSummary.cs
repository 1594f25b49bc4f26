using System.Globalization;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness;

/// <summary>Puts a report's two answers into words.</summary>
internal static class ReadinessSummary
{
    private static readonly (ReadinessPurpose Purpose, string Name)[] Purposes =
    [
        (ReadinessPurpose.Sysprep, "Sysprep"),
        (ReadinessPurpose.AzureUpload, "Azure upload"),
        (ReadinessPurpose.Deprovision, "deprovisioning"),
    ];

    /// <summary>Verdict, purpose, counts, what was left out, and whether it is generalized, such as "NotReady for Sysprep and Azure upload: 2 blockers, 1 warning. NotGeneralized."</summary>
    public static string Describe(ReadinessReport report)
    {
        List<string> counts = IsUnanswered(report) ? ["no blocker looked at"] : [];
        Add(counts, report.Blockers.Count, "blocker");
        Add(counts, report.Findings.Count(finding => finding is { Result: FindingResult.Undetermined, Severity: FindingSeverity.Blocker }), "blocker without evidence", "blockers without evidence");
        Add(counts, report.Warnings.Count, "warning");
        Add(counts, report.Problems.Count, "doubt");
        Add(counts, report.ExcludedRules.Count, "rule excluded", "rules excluded");
        string tail = counts.Count == 0 ? string.Empty : ": " + string.Join(", ", counts);
        return $"{report.Verdict} for {DescribePurpose(report.Purpose)}{tail}. {report.Generalization}.";
    }

    /// <summary>What the verdict rests on, as a sentence for people.</summary>
    public static string Explain(ReadinessReport report)
    {
        int blockers = report.Blockers.Count;
        int missing = report.Findings.Count(finding => finding is { Result: FindingResult.Undetermined, Severity: FindingSeverity.Blocker });
        string warnings = report.Warnings.Count == 0 ? string.Empty : $" {Count(report.Warnings.Count, "warning is", "warnings are")} worth a look.";
        string excluded = report.ExcludedRules.Count == 0 ? string.Empty : $" {Count(report.ExcludedRules.Count, "rule was", "rules were")} excluded, and not checked.";
        return report.Verdict switch
        {
            ReadinessVerdict.Ready => "No blocker failed." + warnings + excluded,
            ReadinessVerdict.NotReady => $"{Count(blockers, "blocker")} must be fixed first." + warnings + excluded,
            _ when missing > 0 => $"No blocker failed, but for {Count(missing, "blocker")} the evidence is missing." + warnings + excluded,
            _ when IsUnanswered(report) => "No blocker was looked at, so nothing can be said." + warnings + excluded,
            _ when report.Problems.Count > 0 => "No blocker failed, but the evidence is doubtful." + warnings + excluded,
            _ => "No blocker failed, but no rule knows the operating system." + warnings + excluded,
        };
    }

    /// <summary>The purposes, in words, such as "Sysprep and Azure upload".</summary>
    public static string DescribePurpose(ReadinessPurpose purpose)
    {
        string[] names = [.. Purposes.Where(known => purpose.HasFlag(known.Purpose)).Select(known => known.Name)];
        return names.Length switch
        {
            0 => "nothing",
            1 => names[0],
            _ => $"{string.Join(", ", names.Take(names.Length - 1))} and {names[names.Length - 1]}",
        };
    }

    /// <summary>A number of things, in words.</summary>
    public static string Count(int count, string one, string? many = null)
        => count.ToString(CultureInfo.InvariantCulture) + " " + (count == 1 ? one : many ?? one + "s");

    /// <summary>Whether no blocker that concerns the guest was asked for: the report rests on nothing.</summary>
    private static bool IsUnanswered(ReadinessReport report)
        => report.Verdict == ReadinessVerdict.Undetermined
            && !report.Findings.Any(finding => finding.Severity == FindingSeverity.Blocker && finding.Result != FindingResult.NotApplicable);

    private static void Add(List<string> counts, int count, string one, string? many = null)
    {
        if (count > 0)
        {
            counts.Add(Count(count, one, many));
        }
    }
}
