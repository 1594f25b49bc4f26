using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Tests.Guests;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class HostileGuestTests
{
    [Theory]
    [InlineData(GuestFamily.Windows)]
    [InlineData(GuestFamily.Linux)]
    public void Whatever_a_guest_answers_it_gets_a_report(GuestFamily family)
        => Gen.Select(Gen.Int, Gen.Bool).Sample(
            (seed, isLive) =>
            {
                ReadinessReport report = ReadinessCheck.Run(new HostileGuest(seed, isLive, family));
                Assert.Equal(RuleCatalog.Disk.Count + (family == GuestFamily.Linux ? RuleCatalog.Linux : RuleCatalog.Windows).Count, report.Findings.Count);
                Assert.All(report.Findings, finding => Assert.DoesNotContain(finding.ToString(), character => char.IsControl(character) || character == '\u202e'));
            },
            iter: 300);
}
