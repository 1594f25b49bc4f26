using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

public sealed class GenerationRemedyTests
{
    [Fact]
    public void A_Windows_that_does_not_start_is_told_to_write_its_boot_files()
        => Assert.StartsWith("bcdboot", RemedyFor(MemoryGuest.Ready()), StringComparison.Ordinal);

    [Fact]
    public void A_Linux_that_does_not_start_is_told_of_its_own_boot_loader()
    {
        string remedy = RemedyFor(MemoryGuest.Linux());
        Assert.StartsWith("grub-install", remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("Windows", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_system_is_recognised_the_remedy_presumes_none()
    {
        string remedy = RemedyFor(MemoryGuest.Ready().WithIdentity(null));
        Assert.StartsWith("Get-AzVhdInfo", remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("bcdboot", remedy, StringComparison.Ordinal);
    }

    private static string RemedyFor(MemoryGuest guest)
    {
        ReadinessReport report = ReadinessCheck.Run(
            guest.WithDisk(disk => disk with { SupportedGenerations = VmGenerations.None }), cancellationToken: TestContext.Current.CancellationToken);
        return report.Findings.Single(finding => finding is { Id: "Generation", Result: FindingResult.Fail }).Remedy;
    }
}
