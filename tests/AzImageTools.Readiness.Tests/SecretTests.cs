using AzImageTools.Readiness.Reports;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Gathered;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

/// <summary>A secret in every place that rules look at, and every report of it.</summary>
public sealed class SecretTests
{
    private const string Secret = "S3CRET-c0ffee";

    [Fact]
    public void No_report_of_a_Windows_tells_a_secret_that_a_rule_found()
    {
        MemoryGuest guest = Plant(MemoryGuest.Generalized());

        ReadinessReport report = ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);
        ReadinessReport gathered = ReadinessCheck.Run(WindowsRequests.Gather(Plant(MemoryGuest.Generalized()).WithoutDisk()), cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(Ids, id => Assert.Equal(FindingResult.Fail, Assert.Single(report.Findings, finding => finding.Id == id).Result));
        Assert.All(Ids, id => Assert.Equal(FindingResult.Fail, Assert.Single(gathered.Findings, finding => finding.Id == id).Result));
        AssertTellsNothing([report, gathered]);
    }

    [Fact]
    public void No_report_of_a_Linux_tells_a_secret_that_a_rule_found()
    {
        MemoryGuest guest = LinuxIdentityStates.Secrets.Aggregate(MemoryGuest.Linux(), static (changed, path) => changed.WithFile(path, $"{{\"auth\":\"{Secret}\"}}"));

        ReadinessReport report = ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(LinuxIdentityStates.All.Select(static state => state.Id), id => Assert.Equal(FindingResult.Fail, Assert.Single(report.Findings, finding => finding.Id == id).Result));
        AssertTellsNothing([report]);
    }

    [Fact]
    public void What_the_collector_for_Windows_asks_for_holds_no_secret()
    {
        string text = WindowsRequests.GatherText(Plant(MemoryGuest.Ready()));

        Assert.DoesNotContain(Secret, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Secret)).TrimEnd('=')[..12], text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids => IdentityStates.SecretValues.Select(static value => value.Id).Concat(IdentityStates.SecretFiles.Select(static file => file.Id)).Distinct(StringComparer.Ordinal);

    private static MemoryGuest Plant(MemoryGuest guest)
    {
        foreach ((_, string key, string name, Func<string, object> data) in IdentityStates.SecretValues)
        {
            guest = guest.With(key, name, data(Secret));
        }

        return IdentityStates.SecretFiles.Aggregate(guest, static (changed, file) => changed.WithFile(file.Path, $"{{\"auth\":\"{Secret}\"}}"));
    }

    private static void AssertTellsNothing(IReadOnlyList<ReadinessReport> reports)
    {
        string hexadecimal = BitConverter.ToString(System.Text.Encoding.UTF8.GetBytes(Secret));
        foreach (string text in Enum.GetValues<ReadinessReportFormat>().Select(format => ReadinessReportFile.Format(reports, format)).Concat(reports.SelectMany(static report => report.Findings).Select(static finding => finding.ToString())))
        {
            Assert.DoesNotContain(Secret, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(hexadecimal, text, StringComparison.OrdinalIgnoreCase);
        }
    }
}
