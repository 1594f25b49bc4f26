using AzImageTools.Readiness.Tests.Guests;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class HostileGuestTests
{
    [Fact]
    public void Whatever_a_guest_answers_it_gets_a_report()
        => Gen.Select(Gen.Int, Gen.Bool).Sample(
            (seed, isLive) =>
            {
                ReadinessReport report = ReadinessCheck.Run(new HostileGuest(seed, isLive));
                Assert.Equal(RuleCatalog.All.Count, report.Findings.Count);
                Assert.All(report.Findings, finding => Assert.DoesNotContain(finding.ToString(), character => char.IsControl(character) || character == '\u202e'));
            },
            iter: 300);
}
