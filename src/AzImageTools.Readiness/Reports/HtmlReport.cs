using System.Security.Cryptography;
using System.Text;
using AzImageTools.Readiness.Repair;

namespace AzImageTools.Readiness.Reports;

/// <summary>
/// The page for people. It needs nothing but itself: a policy in its head forbids scripts, requests and every style but its own,
/// so that even markup that slipped through would do nothing.
/// </summary>
internal static class HtmlReport
{
    private static readonly string Css = ReadStyleSheet();

    public static string Render(IReadOnlyList<ReadinessReport> reports, IReadOnlyList<RepairResult> repairs)
    {
        string title = reports.Count == 1 ? "Image readiness" : $"Image readiness of {ReadinessSummary.Count(reports.Count, "disk")}";
        string tab = reports.Count == 1 ? $"{HtmlFinding.FileName(reports[0])}: {title.ToLowerInvariant()}" : title;
        string time = reports.Count == 0 ? string.Empty : FormattableString.Invariant($"Checked on {reports.Max(report => report.StartTime).UtcDateTime:d MMMM yyyy, HH:mm} UTC. ");
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Policy()}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>{tab}</title>
            {Html.StyleSheet(Css)}
            </head>
            <body>
            <header class="page">
            <p class="eyebrow">AzImageTools</p>
            <h1>{title}</h1>
            <p class="muted">{time}Nothing was started, mounted or changed.</p>
            </header>
            <main>
            {Overview(reports)}
            {reports.Select((report, index) => HtmlReportSection.Render(report, index, [.. repairs.Where(repair => repair.Path == report.Target)]))}
            </main>
            <footer class="page muted"><p>Each rule follows a public page, to which its finding links. The verdict covers only what was checked.</p></footer>
            </body>
            </html>

            """).ToString();
    }

    /// <summary>A table of contents, where there are several.</summary>
    private static Html Overview(IReadOnlyList<ReadinessReport> reports) => reports.Count < 2 ? Html.Empty : Html.Of($"""
        <nav aria-label="Disks"><div class="scroll" tabindex="0" role="region" aria-label="Overview"><table class="overview">
        <thead><tr><th scope="col">Disk</th><th scope="col">Verdict</th><th scope="col" class="number">Blockers</th><th scope="col" class="number wide">Warnings</th><th scope="col" class="wide">Generalized</th></tr></thead>
        <tbody>
        {reports.Select((report, index) => Html.Of($"""
            <tr><th scope="row"><a href="#report-{index + 1}">{HtmlFinding.FileName(report)}</a></th><td><span class="tag {HtmlReportSection.ToneOf(report.Verdict)}">{HtmlReportSection.NameOf(report.Verdict)}</span></td><td class="number">{report.Blockers.Count}</td><td class="number wide">{report.Warnings.Count}</td><td class="wide">{HtmlReportSection.NameOf(report.Generalization)}</td></tr>

            """))}</tbody></table></div></nav>
        """);

    private static string Policy()
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(Css));
        string hash = Convert.ToBase64String(sha.GetHashAndReset());
        return $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'";
    }

    /// <summary>Line ends as a browser has them when it compares the sheet with the policy's hash.</summary>
    private static string ReadStyleSheet()
    {
        using Stream resource = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("The report's style sheet is not in the assembly.");
        using StreamReader reader = new(resource, Encoding.UTF8);
        return reader.ReadToEnd().Replace("\r\n", "\n");
    }
}
