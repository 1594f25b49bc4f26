using System.Text;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Reports;

/// <summary>Reports as a table (RFC 4180, with a header line): a row for each finding, the words of its report before it.</summary>
internal static class CsvReport
{
    private const string LineBreak = "\r\n";

    /// <summary>What a spreadsheet takes for the begin of a formula (OWASP, CSV Injection).</summary>
    private const string FormulaStarts = "=+-@\t\r";

    private static readonly (string Name, Func<ReadinessReport, Finding, string> Read)[] Columns =
    [
        ("Target", static (report, _) => report.Target),
        ("Guest", static (report, _) => report.Guest?.ToString() ?? string.Empty),
        ("Purpose", static (report, _) => report.Purpose.ToString()),
        ("Verdict", static (report, _) => report.Verdict.ToString()),
        ("Generalization", static (report, _) => report.Generalization.ToString()),
        ("Id", static (_, finding) => finding.Id),
        ("Severity", static (_, finding) => finding.Severity.ToString()),
        ("Result", static (_, finding) => finding.Result.ToString()),
        ("Title", static (_, finding) => finding.Title),
        ("Evidence", static (_, finding) => string.Join("; ", finding.Evidence)),
        ("Remedy", static (_, finding) => finding.Remedy),
        ("Source", static (_, finding) => finding.Source.ToString()),
    ];

    public static string Render(IReadOnlyList<ReadinessReport> reports)
    {
        StringBuilder text = new();
        Append(text, Columns.Select(static column => column.Name));
        foreach (ReadinessReport report in reports)
        {
            foreach (Finding finding in report.Findings)
            {
                Append(text, Columns.Select(column => column.Read(report, finding)));
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<string> cells) => text.Append(string.Join(",", cells.Select(Quote))).Append(LineBreak);

    // A guest's text is an attacker's: a cell of it is never a formula.
    private static string Quote(string cell)
    {
        string harmless = cell.Length > 0 && FormulaStarts.Contains(cell[0]) ? "'" + cell : cell;
        return "\"" + harmless.Replace("\"", "\"\"") + "\"";
    }
}
