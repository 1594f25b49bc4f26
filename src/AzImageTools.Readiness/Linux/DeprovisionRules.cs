using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>What must not be left of the machine that an image was made on: what "waagent -deprovision+user" and "cloud-init clean" take away.</summary>
internal static class DeprovisionRules
{
    private const string Deprovision = "waagent -deprovision+user -force";

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("SshHostKeys", Warning, "No SSH host keys are left: all machines would share them",
            "rm -f /etc/ssh/ssh_host_*key*",
            References.AgentDeprovision, new RuleCheck(Warning, DeprovisionChecks.JudgeHostKeys) { Repair = DeprovisionRepairs.RemoveHostKeys }),
        Rule("MachineId", Warning, "The machine has no identifier yet",
            "truncate -s 0 /etc/machine-id; rm -f /var/lib/dbus/machine-id; ln -s /etc/machine-id /var/lib/dbus/machine-id",
            References.LinuxGeneric,
            new RuleCheck(Warning, DeprovisionChecks.JudgeMachineId) { Repair = static _ => DeprovisionRepairs.EmptyMachineId() },
            new RuleCheck(Warning, DeprovisionChecks.JudgeBusMachineId) { Repair = static _ => [FileEdit.Delete(DeprovisionChecks.BusMachineId)] }),
        Rule("RootLocked", Blocker, "root can't log in with a password",
            "passwd -l root   # or Provisioning.DeleteRootPassword=y in /etc/waagent.conf, and then " + Deprovision,
            References.AgentDeprovision, new RuleCheck(Blocker, DeprovisionChecks.JudgeRoot) { Repair = static _ => DeprovisionRepairs.LockRoot() }),
        Rule("Users", Warning, "No personal account is left",
            Deprovision + "   # or userdel -f -r NAME for each, then rm -f /etc/sudoers.d/waagent /etc/sudoers.d/90-cloud-init-users",
            References.LinuxGeneric,
            new RuleCheck(Warning, DeprovisionChecks.JudgeUsers) { Repair = DeprovisionRepairs.RemoveUsers },
            Rights("etc/sudoers.d/waagent"),
            Rights("etc/sudoers.d/90-cloud-init-users")),
        Rule("AuthorizedKeys", Warning, "No SSH key opens the machines made from the image",
            "rm -f /root/.ssh/authorized_keys* /home/*/.ssh/authorized_keys*   # Azure puts a new machine's own key there",
            References.Certification, new RuleCheck(Warning, DeprovisionChecks.JudgeAuthorizedKeys) { Repair = static context => DeprovisionChecks.FindAuthorizedKeys(context.Guest).Select(FileEdit.Delete) }),
        Rule("Hostname", Warning, "The machine has no name of its own",
            "hostnamectl set-hostname localhost.localdomain",
            References.AgentDeprovision, new RuleCheck(Warning, DeprovisionChecks.JudgeHostName) { Repair = static _ => DeprovisionRepairs.RemoveName() }),
        Rule("ResolvConf", Information, "No name servers of another network are left",
            "rm -f /etc/resolv.conf",
            References.AgentDeprovision, new RuleCheck(Information, DeprovisionChecks.JudgeResolver) { Repair = static context => DeprovisionChecks.FindResolvers(context.Guest).Select(FileEdit.Delete) }),
        Rule("DhcpLeases", Warning, "No DHCP leases of another network are left",
            "rm -f /var/lib/dhclient/* /var/lib/dhcpcd/* /var/lib/dhcp/* /var/lib/NetworkManager/*.lease",
            References.AgentDeprovision, new RuleCheck(Warning, DeprovisionChecks.JudgeLeases) { Repair = static context => DeprovisionChecks.FindLeases(context.Guest).Select(FileEdit.Delete) }),
        Rule("AgentState", Blocker, "The agent and cloud-init treat the next start as a new machine's first",
            Deprovision + "; cloud-init clean --logs --seed",
            References.AgentDeprovision,
            [.. AgentState, Stateless(LinuxFileCheck.NoneIn(Warning, "var/lib/cloud/sem", "*", static _ => true)), Stateless(LinuxFileCheck.Absent(Information, "var/log/waagent.log")), Stateless(LinuxFileCheck.NoneIn(Information, "var/log/azure", "*", static _ => true))]),
        Rule("BashHistory", Warning, "No command history is left",
            "rm -f /root/.bash_history /home/*/.bash_history; history -c",
            References.Certification, new RuleCheck(Warning, DeprovisionChecks.JudgeHistories) { Repair = static context => DeprovisionChecks.FindHistories(context.Guest).Select(FileEdit.Delete) }),
    ];

    /// <summary>What makes a new machine's first start be taken for a later one.</summary>
    public static RuleCheck[] AgentState =>
    [
        DeprovisionChecks.NotProvisioned(Blocker, isByAgent: true),
        DeprovisionChecks.NotProvisioned(Warning, isByAgent: false),
        Stateless(LinuxFileCheck.Absent(Warning, "var/lib/waagent/ovf-env.xml")),
        Stateless(LinuxFileCheck.Absent(Warning, "var/lib/cloud/instance")),
    ];

    private static RuleCheck Stateless(RuleCheck check) => check with { Repair = DeprovisionRepairs.RemoveState };

    private static RuleCheck Rights(string path) => LinuxFileCheck.Absent(Warning, path) with { Repair = context => DeprovisionRepairs.RemoveRights(context, path) };

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.Deprovision, RuleScope.Linux, title, remedy, source, checks);
}
