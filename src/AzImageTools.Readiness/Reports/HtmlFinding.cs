
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Reports;

/// <summary>Findings on the page: as cards where something is to be done, as lines where nothing is.</summary>
internal static class HtmlFinding
{
    /// <summary>The name of the image's file, whatever system its path is of.</summary>
    public static string FileName(ReadinessReport report) => report.Target.Substring(report.Target.LastIndexOfAny(['/', '\\']) + 1);

    public static Html Card(Finding finding) => Html.Of($"""
        <article class="card {Tone(finding)}">
        <h4>{finding.Title}</h4>
        <p class="rule"><code>{finding.Id}</code> · {finding.Severity.ToString()}</p>
        {Evidence(finding.Evidence)}
        <p class="label">{(finding.Result == FindingResult.Fail ? "How to fix it" : "How to check or fix it")}</p>
        <pre tabindex="0"><code>{finding.Remedy}</code></pre>
        <p class="source">Source: {Link(finding.Source)}</p>
        </article>

        """);

    public static Html Evidence(IReadOnlyList<Observation> evidence) => evidence.Count == 0 ? Html.Empty : Html.Of($"""
        <ul class="evidence">{evidence.Select(one => one.Place.Length == 0
            ? Html.Of($"<li>{one.Seen}</li>")
            : Html.Of($"""<li><span class="place">{one.Place}</span> {one.Seen}</li>"""))}</ul>
        """);

    public static Html Lines(IReadOnlyList<Finding> findings, string none) => findings.Count == 0 ? Html.Of($"""<p class="muted">{none}</p>""") : Html.Of($"""
        <ul class="lines">{findings.Select(finding => Html.Of($"""<li><strong>{finding.Title}</strong> <code>{finding.Id}</code>{Evidence(finding.Evidence)}</li>"""))}</ul>
        """);

    public static Html Fold(string summary, IReadOnlyList<Finding> findings) => findings.Count == 0 ? Html.Empty : Html.Of($"""
        <details><summary>{summary}</summary>{Lines(findings, string.Empty)}</details>

        """);

    /// <summary>Only pages of https are linked to.</summary>
    private static Html Link(Uri source) => source.Scheme == "https"
        ? Html.Of($"""<a href="{source.AbsoluteUri}" rel="noreferrer noopener">{source.Host + source.AbsolutePath}</a>""")
        : Html.Of($"{(source.IsFile ? source.LocalPath : source.ToString())}");

    private static string Tone(Finding finding) => (finding.Result, finding.Severity) switch
    {
        (FindingResult.Fail, FindingSeverity.Blocker) => "bad",
        (FindingResult.Fail, FindingSeverity.Information) => "plain",
        _ => "doubtful",
    };
}
