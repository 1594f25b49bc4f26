using System.Globalization;
using System.Text;
using System.Xml;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Reports;

/// <summary>
/// Reports as test results: a suite a report, a case a rule. A blocker that failed is a failure, one without its evidence an
/// error; a warning that failed is skipped with its text, since it leaves the verdict; the case "Verdict" is red unless it is Ready.
/// </summary>
internal static class JUnitReport
{
    private const string VerdictCase = "Verdict";
    private const int MaxTextLength = 4000;

    public static string Render(IReadOnlyList<ReadinessReport> reports)
    {
        StringBuilder text = new();
        using StringWriter target = new Utf8Writer(text);
        using (XmlWriter xml = XmlWriter.Create(target, new XmlWriterSettings { Indent = true }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "AzImageTools readiness");
            foreach (ReadinessReport report in reports)
            {
                Write(xml, report);
            }

            xml.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    private static void Write(XmlWriter xml, ReadinessReport report)
    {
        int failures = report.Blockers.Count + (report.Verdict == ReadinessVerdict.NotReady ? 1 : 0);
        int errors = report.Findings.Count(IsError) + (report.Verdict == ReadinessVerdict.Undetermined ? 1 : 0);
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", GuestText.Clean(report.Target));
        xml.WriteAttributeString("timestamp", report.StartTime.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        xml.WriteAttributeString("time", report.Duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
        WriteCount(xml, "tests", report.Findings.Count + 1);
        WriteCount(xml, "failures", failures);
        WriteCount(xml, "errors", errors);
        WriteCount(xml, "skipped", report.Findings.Count(finding => finding.Result != FindingResult.Pass && !IsFailure(finding) && !IsError(finding)));

        StartCase(xml, VerdictCase);
        if (report.Verdict != ReadinessVerdict.Ready)
        {
            WriteOutcome(xml, report.Verdict == ReadinessVerdict.NotReady ? "failure" : "error", report.Summary, string.Join("\n", report.Problems));
        }

        xml.WriteEndElement();
        foreach (Finding finding in report.Findings)
        {
            StartCase(xml, finding.Id);
            if (finding.Result != FindingResult.Pass)
            {
                string kind = IsFailure(finding) ? "failure" : IsError(finding) ? "error" : "skipped";
                string message = finding.Result == FindingResult.NotApplicable ? string.Join("; ", finding.Evidence) : $"{finding.Severity}, {finding.Result}: {finding.Title}";
                WriteOutcome(xml, kind, message, kind == "skipped" ? string.Empty : $"{string.Join("\n", finding.Evidence)}\n{finding.Remedy}\n{finding.Source}");
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static bool IsFailure(Finding finding) => finding is { Result: FindingResult.Fail, Severity: FindingSeverity.Blocker };

    private static bool IsError(Finding finding) => finding is { Result: FindingResult.Undetermined, Severity: FindingSeverity.Blocker };

    private static void StartCase(XmlWriter xml, string name)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", "AzImageTools.Readiness");
        xml.WriteAttributeString("name", name);
    }

    private static void WriteOutcome(XmlWriter xml, string kind, string message, string details)
    {
        xml.WriteStartElement(kind);
        xml.WriteAttributeString("message", GuestText.Clean(message, MaxTextLength));
        xml.WriteString(GuestText.Clean(details, MaxTextLength, keepsLines: true));
        xml.WriteEndElement();
    }

    private static void WriteCount(XmlWriter xml, string name, int count) => xml.WriteAttributeString(name, count.ToString(CultureInfo.InvariantCulture));

    private sealed class Utf8Writer(StringBuilder text) : StringWriter(text, CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
