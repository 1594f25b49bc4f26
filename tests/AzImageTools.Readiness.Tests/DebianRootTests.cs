using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Guests.Live;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Gathered;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>A real Debian, before and after the real agent and cloud-init have generalized it.</summary>
public sealed class DebianRootTests(DebianRoot root) : IClassFixture<DebianRoot>
{
    // Asked of the disk's partitions too, which a folder does not tell of.
    private const string PartlyDisk = "Lvm";
    private const string Mounts = "FstabMounts";

    private static readonly string[] DiskOnly = ["NoSwap", "Gen2Boot", Mounts];

    [Fact]
    [Trait("Libraries", "net8.0")]
    public async Task The_real_agent_and_cloud_init_make_a_Debian_Generalized_and_what_they_leave_is_named()
    {
        root.SkipUnlessMade();

        ReadinessReport used = await JudgeAlikeAsync("used.raw");
        Assert.Equal(GeneralizationState.NotGeneralized, Expect(used).Generalization);
        Assert.Equal("Debian GNU/Linux 12 (bookworm)", used.Guest?.Product);
        Assert.Equal(
            ["AgentState", "BashHistory", "DhcpLeases", "Hostname", "MachineId", "ResolvConf", "SshHostKeys", "Users"],
            Failing(used, ReadinessPurpose.Deprovision));
        Assert.Equal(["CloudInit", "KernelCmdline", "NvmeReady", "ResourceDisk", "SshServer"], Failing(used, ReadinessPurpose.AzureUpload));
        Assert.Equal(["HyperVInitramfs"], used.Findings.Where(static finding => TestRules.Ids.Contains(finding.Id) && finding.Severity == FindingSeverity.Blocker && finding.Result == FindingResult.Undetermined).Select(finding => finding.Id));

        await root.RunInsideAsync("waagent", "-deprovision+user", "-force");
        await root.RunInsideAsync("cloud-init", "clean", "--logs", "--seed");

        ReadinessReport deprovisioned = await JudgeAlikeAsync("deprovisioned.raw");
        Assert.Equal(GeneralizationState.PartlyGeneralized, Expect(deprovisioned).Generalization);
        Assert.Equal(["MachineId"], Failing(deprovisioned, ReadinessPurpose.Deprovision));

        await root.RunInsideAsync("cloud-init", "clean", "--machine-id");

        ReadinessReport clean = await JudgeAlikeAsync("clean.raw");
        Assert.Equal(GeneralizationState.Generalized, Expect(clean).Generalization);
        Assert.Empty(Failing(clean, ReadinessPurpose.Deprovision));
        Assert.DoesNotContain(clean.Findings, static finding => finding.Result == FindingResult.Undetermined && TestRules.Ids.Contains(finding.Id) && RuleCatalog.Linux.Any(rule => rule.Id == finding.Id && rule.Purpose == ReadinessPurpose.Deprovision));
    }

    /// <summary>Judges the folder, an ext4 volume of it, and evidence gathered in it by its own shell: all must tell the same.</summary>
    private async Task<ReadinessReport> JudgeAlikeAsync(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(await root.ToDiskAsync(name));
        using OfflineGuest offline = OfflineGuest.Open(new OpenedImage(disk));
        ReadinessReport fromDisk = ReadinessCheck.Run(offline, cancellationToken: TestContext.Current.CancellationToken);
        ReadinessReport fromFolder = ReadinessCheck.Run(LiveLinuxGuest.Open(root.Path), cancellationToken: TestContext.Current.CancellationToken);

        string output = await root.RunInsideAsync("sh", "-c", await File.ReadAllTextAsync(Collectors.Linux, TestContext.Current.CancellationToken), "collect-linux.sh");
        ReadinessReport fromEvidence = ReadinessCheck.Run(EvidenceGuest.Parse(output), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Describe(fromFolder), Describe(fromEvidence));
        Assert.Equal(fromFolder.GeneralizationEvidence, fromEvidence.GeneralizationEvidence);
        Assert.Equal(fromFolder.Guest?.ToString(), fromEvidence.Guest?.ToString());
        Assert.Empty(fromEvidence.Problems);
        Assert.All(EvidenceLines(output), static line => Assert.InRange(line.Length, 1, 79));

        Assert.Equal(DescribeKnown(fromDisk), DescribeKnown(fromFolder));
        Assert.Equal(fromDisk.GeneralizationEvidence, fromFolder.GeneralizationEvidence);
        Assert.Equal(fromDisk.Guest?.ToString(), fromFolder.Guest?.ToString());
        Assert.Empty(fromDisk.Problems);
        Assert.Empty(fromFolder.Problems);
        Assert.InRange(fromDisk.BytesRead, 1, 64L << 20);
        Assert.All(DiskOnly, id => Assert.Equal(id == Mounts ? FindingResult.NotApplicable : FindingResult.Undetermined, Assert.Single(fromFolder.Findings, finding => finding.Id == id).Result));
        return fromDisk;
    }

    private static string[] EvidenceLines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static ReadinessReport Expect(ReadinessReport report)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', report.Findings.Select(finding => finding.ToString())));
        return report;
    }

    private static string[] Describe(ReadinessReport report)
        => [.. report.Findings
            .Where(finding => RuleCatalog.Linux.Any(rule => rule.Id == finding.Id) && Array.IndexOf(DiskOnly, finding.Id) < 0)
            .Select(finding => finding.Id == PartlyDisk ? $"{finding.Id}: {finding.Result}" : finding.ToString())];

    /// <summary>A newer rule may ask the disk for what a folder does not show.</summary>
    private static string[] DescribeKnown(ReadinessReport report)
        => Describe(report with { Findings = [.. report.Findings.Where(static finding => TestRules.Ids.Contains(finding.Id))] });

    private static string[] Failing(ReadinessReport report, ReadinessPurpose purpose)
        => [.. report.Findings
            .Where(static finding => TestRules.Ids.Contains(finding.Id))
            .Where(finding => finding.Result == FindingResult.Fail && RuleCatalog.Linux.Any(rule => rule.Id == finding.Id && rule.Purpose == purpose) && finding.Id != "Gen2Boot")
            .Select(finding => finding.Id)
            .Order(StringComparer.Ordinal)];
}
