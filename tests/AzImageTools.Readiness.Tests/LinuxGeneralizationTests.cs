using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

public sealed class LinuxGeneralizationTests
{
    private const string Conf = "etc/waagent.conf";
    private const string CloudInit = "usr/bin/cloud-init";

    [Fact]
    public void A_deprovisioned_guest_is_Generalized_and_Ready()
    {
        ReadinessReport report = Run(MemoryGuest.Linux());

        Assert.Equal(GeneralizationState.Generalized, report.Generalization);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.DoesNotContain(report.Findings, finding => finding.Result is FindingResult.Fail or FindingResult.Undetermined);
        Assert.Equal(RuleCatalog.Select(Sample.Options).Count(static rule => rule.Scope is RuleScope.Disk or RuleScope.Linux), report.Findings.Count);
        Assert.Equal(ReadinessPurpose.Deprovision | ReadinessPurpose.AzureUpload, report.Purpose);
    }

    [Fact]
    public void A_machine_in_use_is_NotGeneralized_and_told_what_of_it_is_left()
    {
        ReadinessReport report = Run(MemoryGuest.LinuxInUse());

        Assert.Equal(GeneralizationState.NotGeneralized, report.Generalization);
        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal("RootLocked", Assert.Single(report.Blockers).Id);
        Assert.Equal(["MachineId", "Users", "Hostname", "AgentState"], report.Warnings.Select(finding => finding.Id));
        string evidence = string.Join('\n', report.GeneralizationEvidence);
        Assert.Contains("/etc/ssh/ssh_host_rsa_key", evidence, StringComparison.Ordinal);
        Assert.Contains("web01", evidence, StringComparison.Ordinal);
        Assert.Contains("anna", evidence, StringComparison.Ordinal);
        Assert.Contains("/var/lib/cloud/instance", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void No_password_reaches_a_report()
    {
        ReadinessReport report = Run(MemoryGuest.LinuxInUse()
            .WithFile("etc/fstab", "//server/share /mnt cifs username=anna,password=hunter2 0 0\n/dev/sda1 / ext4 x-key=hunter2 0 1\n"));

        Assert.DoesNotContain(report.Findings.SelectMany(finding => finding.Evidence).Concat(report.GeneralizationEvidence), evidence
            => evidence.ToString().Contains("secret", StringComparison.Ordinal) || evidence.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("host name", GeneralizationState.PartlyGeneralized)]
    [InlineData("machine identifier", GeneralizationState.PartlyGeneralized)]
    [InlineData("root's password", GeneralizationState.PartlyGeneralized)]
    [InlineData("a user", GeneralizationState.PartlyGeneralized)]
    [InlineData("cloud-init's instance", GeneralizationState.PartlyGeneralized)]
    [InlineData("host keys that cloud-init replaces", GeneralizationState.Generalized)]
    [InlineData("host keys that nothing replaces", GeneralizationState.PartlyGeneralized)]
    [InlineData("host keys that the distribution's agent leaves, and nothing replaces", GeneralizationState.Undetermined)]
    [InlineData("root's password, which the distribution's agent leaves", GeneralizationState.Undetermined)]
    [InlineData("logs", GeneralizationState.Generalized)]
    [InlineData("no /etc/shadow to read", GeneralizationState.Undetermined)]
    [InlineData("no files to read", GeneralizationState.Undetermined)]
    public void What_is_left_decides(string left, GeneralizationState expected)
    {
        MemoryGuest guest = MemoryGuest.Linux();
        _ = left switch
        {
            "host name" => guest.WithFile("etc/hostname", "web01\n"),
            "machine identifier" => guest.WithFile("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
            "root's password" => guest.WithFile("etc/shadow", "root:$6$x:1::::::\n"),
            "a user" => guest.WithFile("etc/passwd", "anna:x:1000:1000::/home/anna:/bin/bash\n"),
            "cloud-init's instance" => guest.WithLink("var/lib/cloud/instance"),
            "host keys that cloud-init replaces" => guest.WithFile("etc/ssh/ssh_host_rsa_key", "x"),
            "host keys that nothing replaces" => guest.WithFile("etc/ssh/ssh_host_rsa_key", "x").WithoutFile(CloudInit),
            "host keys that the distribution's agent leaves, and nothing replaces" => guest.WithFile("etc/ssh/ssh_host_rsa_key", "x").WithoutFile(CloudInit).WithFile(Conf, "Provisioning.RegenerateSshHostKeyPair=n\n"),
            "root's password, which the distribution's agent leaves" => guest.WithFile("etc/shadow", "root:$6$x:1::::::\n").WithFile(Conf, "Provisioning.DeleteRootPassword=n\n"),
            "logs" => guest.WithFile("var/log/waagent.log", "x"),
            "no /etc/shadow to read" => guest.Lose("etc/shadow"),
            _ => guest.Lose("FILES"),
        };

        Assert.Equal(expected, Run(guest).Generalization);
    }

    [Fact]
    public void Sysprep_does_not_concern_Linux_nor_deprovisioning_Windows()
    {
        ReadinessReport linux = Run(MemoryGuest.Linux(), Sample.Options with { Purpose = ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload });
        ReadinessReport windows = Run(MemoryGuest.Ready(), Sample.Options with { Purpose = ReadinessPurpose.Deprovision | ReadinessPurpose.AzureUpload });

        Assert.All([linux, windows], report =>
        {
            Assert.Equal(ReadinessVerdict.Undetermined, report.Verdict);
            Assert.Equal(ReadinessPurpose.AzureUpload, report.Purpose);
            Assert.Single(report.Problems);
        });
    }

    [Fact]
    public void A_specialized_image_is_asked_nothing_of_deprovisioning()
    {
        ReadinessReport report = Run(MemoryGuest.LinuxInUse(), Sample.Options with { Purpose = ReadinessPurpose.AzureUpload });

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Equal(GeneralizationState.NotGeneralized, report.Generalization);
    }

    [Fact]
    public void A_running_machine_is_not_judged_as_a_disk()
    {
        ReadinessReport report = Run(MemoryGuest.Linux().WithoutDisk().WithoutVolumes().WithLive(new LiveFacts { SwapDevices = [] }).WithFile("boot/efi/EFI/BOOT/BOOTX64.EFI", "MZ"));

        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);
        Assert.Empty(report.NotChecked);
    }

    [Fact]
    public void Only_rules_of_the_guests_own_family_are_listed()
        => Assert.All(Run(MemoryGuest.Linux(), new ReadinessOptions()).Findings, finding => Assert.DoesNotContain(RuleCatalog.Windows, rule => rule.Id == finding.Id));

    private static ReadinessReport Run(MemoryGuest guest, ReadinessOptions? options = null)
        => ReadinessCheck.Run(guest, options ?? Sample.Options, TestContext.Current.CancellationToken);
}
