using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>What the collector for Windows asks for, against what rules ask for.</summary>
public sealed class WindowsEvidenceTests
{
    /// <summary>Not gathered, or by a search that only the script makes.</summary>
    private static readonly string[] NotGathered = ["RunContext", "LiveHealth", "EfsFiles"];

    /// <summary>A running machine shows its file systems alone.</summary>
    private static readonly string[] DiskOnly = ["BitLockerOff", "VolumeDirty"];

    [Fact]
    public void Evidence_is_judged_as_the_machine_is_in_every_state_of_every_rule()
    {
        List<string> differences = [];
        RuleState[] states = [.. SysprepStates.All, .. IdentityStates.All, .. AzureStates.All];
        foreach (RuleState state in states.Where(static state => state.Guest.Identity?.Family == Disks.Inspection.GuestFamily.Windows))
        {
            MemoryGuest guest = state.Guest.WithoutDisk();
            guest = guest.WithLive(guest.Live ?? new LiveFacts());
            EvidenceGuest evidence = WindowsRequests.Gather(guest);

            // An identity of its own: the guest's in memory is not read from its registry.
            ReadinessReport expected = ReadinessCheck.Run(guest, state.Options, TestContext.Current.CancellationToken);
            ReadinessReport report = ReadinessCheck.Run(evidence, state.Options, TestContext.Current.CancellationToken);

            Assert.True(expected.Generalization == report.Generalization, state.ToString());
            differences.AddRange(expected.Findings.Zip(report.Findings)
                .Where(pair => !NotGathered.Contains(pair.First.Id) && Tell(pair.First) != Tell(pair.Second))
                .Select(pair => $"{state}\n  {pair.First}\n  {pair.Second}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(states.Length > 200, $"{states.Length} states");
    }

    [Fact]
    public void Evidence_of_a_server_that_tells_no_facts_leaves_open_only_those()
    {
        MemoryGuest guest = MemoryGuest.Ready().WithoutDisk().WithLive(new LiveFacts());

        ReadinessReport report = ReadinessCheck.Run(WindowsRequests.Gather(guest), Sample.Options, TestContext.Current.CancellationToken);

        Assert.Equal(
            ["AppxUserOnly", "DomainJoined", "EfsFiles", "LiveHealth", "LocalAdmin", "RearmLeft"],
            report.Findings.Where(static finding => finding.Result == FindingResult.Undetermined).Select(static finding => finding.Id).Order(StringComparer.Ordinal));
        Assert.Contains("RunContext", report.NotChecked.Select(static finding => finding.Id));
    }

    [Fact]
    public void A_rule_of_an_organisation_that_asks_for_more_is_undetermined()
    {
        EvidenceGuest evidence = WindowsRequests.Gather(MemoryGuest.Ready());

        Assert.Throws<EvidenceUnavailableException>(() => evidence.GetValue(@"SOFTWARE\Contoso", "Level"));
        Assert.Throws<EvidenceUnavailableException>(() => evidence.KeyExists(@"SYSTEM\CurrentControlSet\Services\ContosoAgent"));
        Assert.Throws<EvidenceUnavailableException>(() => evidence.GetValue(@"SYSTEM\CurrentControlSet\Services\cdrom", "Type"));
        Assert.Throws<EvidenceUnavailableException>(() => evidence.GetValue(@"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules", "Other"));
        Assert.Throws<EvidenceUnavailableException>(() => evidence.GetFile(@"Contoso\agent.exe"));
        Assert.Null(evidence.GetValue(@"SYSTEM\MountedDevices", @"\DosDevices\Q:"));
        Assert.Null(evidence.GetValue(@"SYSTEM\Setup\Upgrade", "x"));
        Assert.False(evidence.KeyExists(@"SYSTEM\Setup\Upgrade"));
        Assert.True(evidence.KeyExists(@"SYSTEM\Setup\Status"));
    }

    [Fact]
    public void What_a_search_for_encrypted_files_found_is_judged()
    {
        const string search = """{"system":"windows","facts":{"encryptedFiles":{"seen":7,"complete":COMPLETE,"found":[FOUND]}}}""";

        Assert.Equal("EfsFiles: Pass (Warning) Outside Windows and Program Files: none of 7 files and folders is encrypted", Judge("true", string.Empty));
        Assert.Equal("EfsFiles: Undetermined (Warning) None of the 7 files and folders checked is encrypted, but there are more.", Judge("false", string.Empty));
        Assert.Equal(@"EfsFiles: Fail (Warning) Users\x.txt: encrypted; Users\y: a folder that encrypts what is put into it", Judge("false", """{"path":"Users\\x.txt"},{"path":"Users\\y","folder":true}"""));

        static string Judge(string complete, string found)
        {
            string json = search.Replace("COMPLETE", complete, StringComparison.Ordinal).Replace("FOUND", found, StringComparison.Ordinal);
            ReadinessReport report = ReadinessCheck.Run(EvidenceGuest.Parse(EvidenceOutput.Print(json)), cancellationToken: TestContext.Current.CancellationToken);
            return Assert.Single(report.Findings, static finding => finding.Id == "EfsFiles").ToString();
        }
    }

    private static string Tell(Finding finding) => DiskOnly.Contains(finding.Id) ? $"{finding.Id} {finding.Result} {finding.Severity}" : finding.ToString();
}
