using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Readiness.Reports;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Reports;

public sealed partial class ReportFormatTests
{
    [Fact]
    public void The_page_tells_both_answers_every_failure_with_remedy_and_source_and_what_was_not_checked()
    {
        List<ReadinessReport> reports = ReportSamples.OfDisks();
        string page = ReadinessReportFile.Format(reports, ReadinessReportFormat.Html);

        foreach (ReadinessReport report in reports)
        {
            foreach (Finding finding in report.Findings.Where(finding => finding.Result == FindingResult.Fail))
            {
                Assert.Contains(System.Net.WebUtility.HtmlEncode(finding.Remedy), page, StringComparison.Ordinal);
                Assert.Contains($"href=\"{finding.Source}\"", page, StringComparison.Ordinal);
            }

            Assert.All(report.Findings, finding => Assert.Contains(System.Net.WebUtility.HtmlEncode(finding.Title), page, StringComparison.Ordinal));
            Assert.All(report.ExcludedRules, rule => Assert.Contains(rule, page, StringComparison.Ordinal));
        }

        Assert.Contains("Not ready", page, StringComparison.Ordinal);
        Assert.Contains("Ready for Sysprep and Azure upload?", page, StringComparison.Ordinal);
        Assert.Contains("Generalized?", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VmGenerations.None, PartitionStyle.None, "neither 1 nor 2", "none")]
    [InlineData(VmGenerations.V1, PartitionStyle.Mbr, "1 (BIOS)", "MBR")]
    [InlineData(VmGenerations.V2, PartitionStyle.Gpt, "2 (UEFI)", "GPT")]
    [InlineData(VmGenerations.V1 | VmGenerations.V2, PartitionStyle.Gpt, "1 (BIOS) and 2 (UEFI)", "GPT")]
    public void The_page_says_in_plain_words_what_the_disk_starts_as_and_how_it_is_divided(VmGenerations generations, PartitionStyle style, string starts, string table)
    {
        ReadinessReport report = ReadinessCheck.Run(
            MemoryGuest.Ready().WithDisk(disk => disk with { SupportedGenerations = generations, PartitionStyle = style }), cancellationToken: TestContext.Current.CancellationToken);

        string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);

        Assert.Contains($"<dt>Virtual machine generations</dt><dd>{starts}</dd>", page, StringComparison.Ordinal);
        Assert.Contains($"<dt>Partition table</dt><dd>{table}</dd>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReadinessPurpose.AzureUpload | ReadinessPurpose.Deprovision, "Ready for Azure upload and deprovisioning?")]
    [InlineData(ReadinessPurpose.AzureUpload, "Ready for Azure upload?")]
    [InlineData(ReadinessPurpose.Deprovision, "Ready for deprovisioning?")]
    public void The_page_of_a_Linux_says_nothing_of_Sysprep(ReadinessPurpose purpose, string question)
    {
        foreach (MemoryGuest guest in new[] { MemoryGuest.Linux(), MemoryGuest.LinuxInUse() })
        {
            ReadinessReport report = ReadinessCheck.Run(guest, new ReadinessOptions { Purpose = purpose }, TestContext.Current.CancellationToken);

            string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);

            Assert.Contains(question, page, StringComparison.Ordinal);
            Assert.DoesNotContain("Sysprep", page, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void What_was_not_looked_at_because_no_system_was_recognised_is_a_list_and_no_card_each()
    {
        ReadinessReport report = ReportSamples.OfDisks()[2];
        string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);

        Assert.Null(report.Guest);
        Assert.Equal(report.Findings.Count(finding => finding.Result == FindingResult.Fail), CardElement().Count(page));
        Assert.All(report.Findings, finding => Assert.Contains(System.Net.WebUtility.HtmlEncode(finding.Title), page, StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_puts_no_markup_into_the_page()
    {
        string page = ReadinessReportFile.Format([ReportSamples.OfHostileGuest()], ReadinessReportFormat.Html);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("javascript:", page, StringComparison.OrdinalIgnoreCase);
        Assert.Single(StyleElement().Matches(page));
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("default-src &#39;none&#39;; style-src &#39;sha256-", page, StringComparison.Ordinal);
        Assert.DoesNotContain(page, character => (char.IsControl(character) && character != '\n') || character is '\u202e' or '\ufffe');
    }

    [Theory]
    [InlineData("https://learn.microsoft.com/azure/virtual-machines/generalize", true)]
    [InlineData("http://rules.example.org/rdp", false)]
    [InlineData("file:///C:/rules/own.json", false)]
    [InlineData("javascript:alert(document.domain)", false)]
    [InlineData("data:text/html,hello", false)]
    [InlineData("ms-settings:windowsupdate", false)]
    public void Only_a_source_that_is_a_page_of_https_is_a_link(string source, bool isLink)
    {
        ReadinessReport report = ReadinessCheck.Run(MemoryGuest.Ready().WithDisk(disk => disk with { Capacity = 1 }), cancellationToken: TestContext.Current.CancellationToken);
        Assert.NotEmpty(report.Blockers);
        report = report with { Findings = [.. report.Blockers.Select(finding => finding with { Source = new Uri(source) })] };

        string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);

        Assert.Equal(isLink ? report.Findings.Count : 0, page.Split($"href=\"{source}\"").Length - 1);
        Assert.Equal(isLink ? report.Findings.Count : 0, LinkElement().Count(page));
        Assert.Contains("Source: ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_format_is_well_formed_whatever_a_guest_says()
    {
        ReadinessReport[] reports = [ReportSamples.OfHostileGuest(), .. ReportSamples.OfOddDisks(), .. ReportSamples.OfDisks()];

        using JsonDocument json = JsonDocument.Parse(ReadinessReportFile.Format(reports, ReadinessReportFormat.Json));
        Assert.Equal(reports.Length, json.RootElement.GetArrayLength());
        XDocument junit = XDocument.Parse(ReadinessReportFile.Format(reports, ReadinessReportFormat.JUnit));
        Assert.Equal(reports.Length, junit.Root?.Elements("testsuite").Count());
        Assert.Equal(reports.Length, SectionElement().Count(ReadinessReportFile.Format(reports, ReadinessReportFormat.Html)));
    }

    [Fact]
    public void The_picture_of_a_disk_stays_within_its_frame_whatever_the_numbers_are()
    {
        foreach (ReadinessReport report in ReportSamples.OfOddDisks())
        {
            string page = ReadinessReportFile.Format([report], ReadinessReportFormat.Html);
            foreach (Match bar in BarElement().Matches(page))
            {
                double left = double.Parse(bar.Groups["x"].Value, System.Globalization.CultureInfo.InvariantCulture);
                double width = double.Parse(bar.Groups["width"].Value, System.Globalization.CultureInfo.InvariantCulture);
                Assert.InRange(left, 0, 1000);
                Assert.InRange(left + width, 0, 1000.1);
            }
        }
    }

    [Fact]
    public void JSON_holds_the_findings_as_the_objects_have_them()
    {
        ReadinessReport report = ReportSamples.OfDisks()[0];
        using JsonDocument json = JsonDocument.Parse(ReadinessReportFile.Format([report], ReadinessReportFormat.Json));
        JsonElement first = json.RootElement[0];

        Assert.Equal("NotReady", first.GetProperty("Verdict").GetString());
        Assert.Equal(report.Findings.Select(finding => finding.Id), first.GetProperty("Findings").EnumerateArray().Select(finding => finding.GetProperty("Id").GetString()));
        Assert.Equal(report.ExcludedRules, first.GetProperty("ExcludedRules").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal(report.Disk?.Capacity, first.GetProperty("Disk").GetProperty("Capacity").GetInt64());
    }

    [Fact]
    public void JUnit_fails_for_blockers_and_for_a_verdict_that_is_not_Ready_alone()
    {
        List<ReadinessReport> reports = ReportSamples.OfDisks();
        XElement[] suites = [.. XDocument.Parse(ReadinessReportFile.Format(reports, ReadinessReportFormat.JUnit)).Root!.Elements("testsuite")];
        for (int index = 0; index < reports.Count; index++)
        {
            string[] red = [.. suites[index].Elements("testcase").Where(test => test.Element("failure") is not null || test.Element("error") is not null).Select(test => (string)test.Attribute("name")!)];
            Assert.Equal(reports[index].Verdict != ReadinessVerdict.Ready, red.Contains("Verdict"));
            Assert.True(reports[index].Blockers.All(blocker => red.Contains(blocker.Id)));
            Assert.True(reports[index].Warnings.All(warning => !red.Contains(warning.Id)));
            Assert.Equal((int)suites[index].Attribute("tests")!, suites[index].Elements("testcase").Count());
            Assert.Equal((int)suites[index].Attribute("failures")!, suites[index].Descendants("failure").Count());
            Assert.Equal((int)suites[index].Attribute("errors")!, suites[index].Descendants("error").Count());
            Assert.Equal((int)suites[index].Attribute("skipped")!, suites[index].Descendants("skipped").Count());
        }
    }

    [Fact]
    public void A_file_that_is_there_stays_unless_it_may_be_replaced()
    {
        using TempFolder folder = new();
        string path = folder.File("report.html");
        ReadinessReport report = ReadinessCheck.Run(MemoryGuest.Ready(), cancellationToken: TestContext.Current.CancellationToken);
        File.WriteAllText(path, "mine");

        Assert.Throws<IOException>(() => ReadinessReportFile.Write(path, [report], ReadinessReportFormat.Html, replaces: false));
        Assert.Equal("mine", File.ReadAllText(path));
        Assert.Equal(path, ReadinessReportFile.Write(path, [report], ReadinessReportFormat.Html, replaces: true).FullName);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.html", ReadinessReportFormat.Html)]
    [InlineData("a.JSON", ReadinessReportFormat.Json)]
    [InlineData("results.xml", ReadinessReportFormat.JUnit)]
    [InlineData("a", ReadinessReportFormat.Html)]
    public void A_file_s_name_tells_the_format(string name, ReadinessReportFormat format) => Assert.Equal(format, ReadinessReportFile.FormatOf(name));

    [GeneratedRegex("<style")]
    private static partial Regex StyleElement();

    [GeneratedRegex("<a href=\"[a-z-]+:")]
    private static partial Regex LinkElement();

    [GeneratedRegex("<section class=\"report\"")]
    private static partial Regex SectionElement();

    [GeneratedRegex("<article class=\"card")]
    private static partial Regex CardElement();

    [GeneratedRegex("<rect class=\"[a-z]+\" x=\"(?<x>[^\"]*)\" y=\"\\d+\" width=\"(?<width>[^\"]*)\"")]
    private static partial Regex BarElement();
}
