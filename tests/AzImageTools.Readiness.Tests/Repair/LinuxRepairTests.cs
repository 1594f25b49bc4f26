using System.Text;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests.Repair;

/// <summary>What a Linux rule's repair makes of the guest's files is what its check asks for, in every failing state of the rule.</summary>
public sealed class LinuxRepairTests
{
    private const string Unit = "options of mount units stay";

    private static readonly RuleState[] States = [.. LinuxAzureStates.All.Concat(DeprovisionStates.All).Concat(MarketplaceStates.All).Where(static state => state.Expected == FindingResult.Fail && RuleCatalog.Linux.SingleOrDefault(rule => rule.Id == state.Id)?.IsRepairable == true)];

    /// <summary>The states that stay, and why.</summary>
    private static readonly Dictionary<string, string> Unrepaired = new(StringComparer.Ordinal)
    {
        ["NoExecMounts, a drop-in of a mount unit: Fail"] = Unit,
        ["NoExecMounts, a drop-in of fstab's line: Fail"] = Unit,
        ["NoExecMounts, a mount unit: Fail"] = Unit,
        ["NoExecMounts, a mount unit that another target starts: Fail"] = Unit,
        ["NoExecMounts, the administrator's mount unit, which stands before fstab: Fail"] = Unit,
        ["NoExecMounts, the distribution's mount unit: Fail"] = Unit,
        ["NoSwap, a GPT partition: Fail"] = "a partition is not removed by files",
        ["NoSwap, a running machine's: Fail"] = "a running machine is not repaired",
        ["NoSwap, an MBR partition: Fail"] = "a partition is not removed by files",
        ["NvmeReady, no driver: Fail"] = "an initramfs is made in the running system",
        ["ProvisioningAgent, cloud-init does not start with the system: Fail"] = "services are enabled in the running system",
        ["ProvisioningAgent, cloud-init is not there: Fail"] = "packages are installed in the running system",
        ["ProvisioningAgent, no configuration: Fail"] = "the agent's package brings it",
        ["RedHat6, 6.10, with NetworkManager: Fail"] = "packages are removed in the running system",
        ["RedHat6, 6.5: Fail"] = "a setting of the package manager is not the machine's",
        ["RootDevice, a unified kernel image's: Fail"] = "a unified kernel image is signed as a whole",
        ["SshHostKeys, left, cloud-init told to keep them: Fail"] = "nothing would make new ones",
        ["SshHostKeys, left, no cloud-init: Fail"] = "nothing would make new ones",
        ["SshServer, not enabled: Fail"] = "services are enabled in the running system",
        ["SshServer, not installed: Fail"] = "packages are installed in the running system",
    };

    public static TheoryData<string> Failing => [.. States.Select(static state => state.ToString())];

    [Fact]
    public void The_rules_that_can_be_repaired_are_those_that_the_documentation_names()
        => Assert.Equal(
            ["AgentState", "AtapiParameters", "AuthorizedKeys", "BashHistory", "CloudInit", "DhcpLeases", "FstabMounts", "FstabStable", "Hostname", "HyperVBlocked", "KernelCmdline", "MachineId", "MachineNetwork", "Netplan", "NoExecMounts", "NoSwap", "NvmeReady", "ProvisioningAgent", "RedHat6", "ResolvConf", "ResourceDisk", "RootDevice", "RootLocked", "SELinuxLabels", "SshHostKeys", "SshServer", "UdevPersistentNet", "UdfVfat", "Users"],
            RuleCatalog.Linux.Where(static rule => rule.IsRepairable).Select(static rule => rule.Id).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_repair_turns_what_fails_to_pass_unless_that_takes_more_than_files(string name)
    {
        RuleState state = Assert.Single(States, state => state.ToString() == name);
        MemoryGuest guest = state.Guest;
        ReadinessRule rule = RuleCatalog.Linux.Single(rule => rule.Id == state.Id);
        ReadinessOptions options = (state.Options ?? new ReadinessOptions()) with { RemovedUsers = ["anna"] };
        RuleContext context = new(guest, options, ReadinessCheck.Run(guest, options, TestContext.Current.CancellationToken).Generalization);
        foreach (DiskEdit edit in rule.FindRepairs(context))
        {
            Apply(guest, Assert.IsType<FileEdit>(edit));
        }

        RuleOutcome outcome = rule.Evaluate(new RuleContext(guest, options, context.Generalization));
        Assert.True((outcome.Result != FindingResult.Fail) == !Unrepaired.ContainsKey(name), $"{name}: {outcome.Result}\n{string.Join('\n', outcome.Evidence)}\n{string.Join('\n', rule.FindRepairs(context).OfType<FileEdit>().Select(static edit => $"{edit.Action} {edit.File}"))}");
    }

    internal static void Apply(MemoryGuest guest, FileEdit edit)
    {
        if (edit.Action == FileAction.Delete)
        {
            guest.WithoutFileOrFolder(edit.File);
            return;
        }

        string? before = guest.Files.TryGetValue(edit.File, out byte[]? content) ? Encoding.UTF8.GetString(content ?? []) : null;
        if (before is null && edit.Action == FileAction.Rewrite)
        {
            return;
        }

        if (edit.Change(before ?? string.Empty) is { } text)
        {
            guest.WithFile(edit.File, text);
            if (edit.File == FstabEntry.Path && guest.AbsentMounts is { Count: > 0 } absent)
            {
                guest.WithAbsentMounts(string.Join('\n', text.Split('\n').Where(line => FstabEntry.Parse(line) is [var entry] && absent.Any(other => other.Source == entry.Source))));
            }
        }
    }
}
