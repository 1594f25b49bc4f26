using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Reports;

/// <summary>One report on the page: both answers, what to put right, what nobody looked at, the disk, the machine.</summary>
internal static class HtmlReportSection
{
    public static Html Render(ReadinessReport report, int index, IReadOnlyList<RepairResult> repairs)
    {
        string id = "report-" + (index + 1).ToString(CultureInfo.InvariantCulture);
        Finding[] failed = [.. report.Findings.Where(finding => finding.Result == Fail)];
        Finding[] unknown = [.. report.Findings.Where(finding => finding.Result == Undetermined).OrderByDescending(finding => finding.Severity)];
        Finding[] passed = [.. report.Findings.Where(finding => finding.Result == Pass)];
        Finding[] unasked = [.. report.NotChecked.Where(finding => finding.Result == NotApplicable)];
        Finding[] unconcerned = [.. report.Findings.Where(finding => finding.Result == NotApplicable && !unasked.Contains(finding))];
        return Html.Of($"""
            <section class="report" id="{id}" aria-labelledby="{id}-name">
            <h2 id="{id}-name">{HtmlFinding.FileName(report)}</h2>
            <p class="muted path">{report.Guest?.ToString() ?? "No operating system was recognised."}</p>
            <div class="answers">
            {Answer($"Ready for {ReadinessSummary.DescribePurpose(report.Purpose)}?", NameOf(report.Verdict), ToneOf(report.Verdict), ReadinessSummary.Explain(report))}
            {Answer("Generalized?", NameOf(report.Generalization), ToneOf(report.Generalization), Explain(report.Generalization))}
            </div>
            {Notice("Why the result is in doubt", report.Problems)}
            {Notice("Rules that were excluded: the verdict says nothing about them", report.ExcludedRules)}
            {Group("Blockers", "Each of these should be true and is not. Fix them all.", failed.Where(finding => finding.Severity == Blocker))}
            {Unknown(report, unknown)}
            {Group("Warnings", "Each of these should be true and is not. The verdict stays the same, but something may not work as it should.", failed.Where(finding => finding.Severity == Warning))}
            {Group("Notes", "Each of these is recommended and is not true. Nothing fails because of it.", failed.Where(finding => finding.Severity == Information))}
            {HtmlRepairs.Render(repairs)}
            {HtmlDisk.Render(report, id)}
            {Machine(report)}
            <h3>Not checked</h3>
            {HtmlFinding.Lines(unasked, unknown.Length > 0 ? "Only what is undetermined, above." : "Everything that applies here was checked.")}
            <h3>Passed</h3>
            {HtmlFinding.Fold(ReadinessSummary.Count(passed.Length, "rule") + " passed", passed)}
            {HtmlFinding.Fold(ReadinessSummary.Count(unconcerned.Length, "rule does not apply", "rules do not apply"), unconcerned)}
            <h3>Evidence of generalization</h3>
            {HtmlFinding.Evidence(report.GeneralizationEvidence)}
            </section>
            """);
    }

    public static string NameOf(ReadinessVerdict verdict) => verdict == ReadinessVerdict.NotReady ? "Not ready" : verdict.ToString();

    public static string NameOf(GeneralizationState state) => state switch
    {
        GeneralizationState.Generalized => "Yes",
        GeneralizationState.NotGeneralized => "No",
        GeneralizationState.PartlyGeneralized => "In part",
        _ => "Undetermined",
    };

    /// <summary>The class that gives a verdict its colour; the words tell it too.</summary>
    public static string ToneOf(ReadinessVerdict verdict) => verdict switch
    {
        ReadinessVerdict.Ready => "good",
        ReadinessVerdict.NotReady => "bad",
        _ => "doubtful",
    };

    private static string ToneOf(GeneralizationState state) => state switch
    {
        GeneralizationState.PartlyGeneralized => "bad",
        GeneralizationState.Undetermined => "doubtful",
        _ => "plain",
    };

    private static string Explain(GeneralizationState state) => state switch
    {
        GeneralizationState.Generalized => "It has no identity of its own: many machines can be made from it.",
        GeneralizationState.NotGeneralized => "It is an ordinary installation, with an identity of its own.",
        GeneralizationState.PartlyGeneralized => "Some marks of a generalized image are there, others are not.",
        _ => "The evidence is missing.",
    };

    private static string NameOf(VmGenerations generations) => generations switch
    {
        VmGenerations.V1 => "1 (BIOS)",
        VmGenerations.V2 => "2 (UEFI)",
        VmGenerations.None => "neither 1 nor 2",
        _ => "1 (BIOS) and 2 (UEFI)",
    };

    private static string NameOf(PartitionStyle style) => style switch
    {
        PartitionStyle.Mbr => "MBR",
        PartitionStyle.Gpt => "GPT",
        _ => "none",
    };

    private static Html Answer(string question, string answer, string tone, string explanation) => Html.Of($"""
        <div class="answer {tone}"><p class="question">{question}</p><p class="verdict">{answer}</p><p>{explanation}</p></div>

        """);

    private static Html Notice(string title, IReadOnlyList<string> lines) => lines.Count == 0 ? Html.Empty : Html.Of($"""
        <div class="notice"><h3>{title}</h3><ul>{lines.Select(line => Html.Of($"<li>{line}</li>"))}</ul></div>

        """);

    private static Html Group(string title, string meaning, IEnumerable<Finding> findings)
    {
        Finding[] group = [.. findings];
        return group.Length == 0 ? Html.Empty : Html.Of($"""
            <div class="group"><h3>{title} <span class="count">{group.Length}</span></h3>
            <p class="muted">{meaning}</p>
            {group.Select(HtmlFinding.Card)}</div>

            """);
    }

    /// <summary>A card each; where no operating system was recognised, that is so for every rule about one, and a list will do.</summary>
    private static Html Unknown(ReadinessReport report, Finding[] unknown) => report.Guest is not null || unknown.Length == 0
        ? Group("Undetermined", "Each of these should be true. Whether it is can't be said: the evidence is missing or can't be read.", unknown)
        : Html.Of($"""
            <div class="group"><h3>Undetermined <span class="count">{unknown.Length}</span></h3>
            <p class="muted">No operating system was recognised that these rules could be checked on.</p>
            {HtmlFinding.Fold(ReadinessSummary.Count(unknown.Length, "rule") + " could not be checked", unknown)}</div>

            """);

    private static Html Machine(ReadinessReport report)
    {
        GuestIdentity? guest = report.Guest;
        DiskInfo? disk = report.Disk;
        (string Name, string? Value)[] facts =
        [
            ("Operating system", guest?.Product ?? guest?.Family.ToString()),
            ("Edition", guest?.Edition),
            ("Distribution", guest?.Distribution),
            ("Version", guest?.Version),
            ("Installation", guest?.InstallationType),
            ("Architecture", guest?.Architecture),
            ("Host name", guest?.HostName),
            ("Image", disk is null ? report.Target : disk.Path),
            ("Format", disk is null ? null : $"{disk.Format}, {disk.SubFormat}"),
            ("Virtual machine generations", disk is null ? null : NameOf(disk.SupportedGenerations)),
            ("Partition table", disk is null ? null : NameOf(disk.PartitionStyle)),
            ("Uploadable", disk is null ? null : disk.IsUploadable ? "Yes" : string.Join(" ", disk.UploadBlockers)),
            ("Read for this report", FormattableString.Invariant($"{ByteSize.Format(report.BytesRead)} in {report.Duration.TotalSeconds:0.00} s")),
        ];
        return Html.Of($"""
            <h3>The machine</h3>
            <dl class="facts">{facts.Where(fact => !string.IsNullOrEmpty(fact.Value)).Select(fact => Html.Of($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"))}</dl>
            """);
    }
}
