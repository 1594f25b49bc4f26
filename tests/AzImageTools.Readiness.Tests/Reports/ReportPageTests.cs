using AzImageTools.Readiness.Reports;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Reports;

/// <summary>The page in a real browser.</summary>
public sealed class ReportPageTests
{
    [Theory]
    [InlineData("several disks")]
    [InlineData("a hostile guest")]
    public async Task The_page_runs_nothing_asks_for_nothing_and_is_accessible_in_light_and_dark_on_desk_and_phone(string what)
    {
        ExternalTool.SkipUnlessInstalled("chromium", "node");
        string modules = await NpmPackages.InstallAsync("page-1.65.1-4.14.1", "playwright-core@1.65.1", "axe-core@4.14.1");
        using TempFolder folder = new();
        string page = folder.File("report.html");
        ReadinessReportFile.Write(page, what == "several disks" ? ReportSamples.OfDisks() : [ReportSamples.OfHostileGuest()], ReadinessReportFormat.Html, replaces: false);

        string output = await ExternalTool.RunAsync(
            "node", Path.Combine(RepositoryPaths.Root, "tests", "AzImageTools.Readiness.Tests", "Reports", "check-page.cjs"), modules, ExternalTool.Find("chromium")!, page);

        Assert.Equal("checked 4", output.Trim());
    }
}
