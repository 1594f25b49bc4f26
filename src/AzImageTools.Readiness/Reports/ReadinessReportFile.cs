using System.Text;
using AzImageTools.Readiness.Repair;

namespace AzImageTools.Readiness.Reports;

/// <summary>Writes readiness reports to files.</summary>
public static class ReadinessReportFile
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The format that a file's name asks for: .json, .csv, .xml (JUnit), else HTML.</summary>
    /// <param name="path">The file.</param>
    public static ReadinessReportFormat FormatOf(string path)
        => (path is null ? throw new ArgumentNullException(nameof(path)) : Path.GetExtension(path)).ToUpperInvariant() switch
        {
            ".JSON" => ReadinessReportFormat.Json,
            ".CSV" => ReadinessReportFormat.Csv,
            ".XML" => ReadinessReportFormat.JUnit,
            _ => ReadinessReportFormat.Html,
        };

    /// <summary>Writes reports, one after the other, to one file in UTF-8.</summary>
    /// <param name="path">The file's full path; its folder exists.</param>
    /// <param name="reports">The reports.</param>
    /// <param name="format">What to write them as.</param>
    /// <param name="replaces">Whether a file that is there is replaced.</param>
    /// <param name="repairs">What was repaired within the disks, for the page; null for nothing.</param>
    /// <exception cref="IOException">The file is there already, or can't be written.</exception>
    public static FileInfo Write(string path, IReadOnlyList<ReadinessReport> reports, ReadinessReportFormat format, bool replaces, IReadOnlyList<RepairResult>? repairs = null)
    {
        byte[] content = Utf8.GetBytes(Format(reports, format, repairs));
        using (FileStream file = new(path, replaces ? FileMode.Create : FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            file.Write(content, 0, content.Length);
        }

        return new FileInfo(path);
    }

    /// <summary>Reports as text.</summary>
    /// <param name="reports">The reports.</param>
    /// <param name="format">What to write them as.</param>
    /// <param name="repairs">What was repaired within the disks, for the page; null for nothing.</param>
    public static string Format(IReadOnlyList<ReadinessReport> reports, ReadinessReportFormat format, IReadOnlyList<RepairResult>? repairs = null)
    {
        if (reports is null)
        {
            throw new ArgumentNullException(nameof(reports));
        }

        return format switch
        {
            ReadinessReportFormat.Html => HtmlReport.Render(reports, repairs ?? []),
            ReadinessReportFormat.Json => JsonReport.Render(reports),
            ReadinessReportFormat.Csv => CsvReport.Render(reports),
            ReadinessReportFormat.JUnit => JUnitReport.Render(reports),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }
}

/// <summary>What reports are written as.</summary>
public enum ReadinessReportFormat
{
    /// <summary>One page for people, which needs nothing else: no network, no script.</summary>
    Html,

    /// <summary>An array of reports, for programs.</summary>
    Json,

    /// <summary>A table for spreadsheets, a row for each finding of each report.</summary>
    Csv,

    /// <summary>A test result for pipelines, a suite for each report: it fails where the verdict is not Ready.</summary>
    JUnit,
}
