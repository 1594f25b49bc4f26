using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class DeprovisionStates
{
    private const string Conf = "etc/waagent.conf";
    private const string CloudInit = "usr/bin/cloud-init";
    private const string Provisioned = "var/lib/waagent/provisioned";
    private const string Identifier = "0123456789abcdef0123456789abcdef";

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("SshHostKeys", "none", Pass, guest => guest),
        new("SshHostKeys", "left, replaced by cloud-init", Fail, guest => guest.WithFile("etc/ssh/ssh_host_ed25519_key", "x"), Information),
        new("SshHostKeys", "left, cloud-init told to keep them", Fail, guest => guest.WithFile("etc/ssh/ssh_host_ed25519_key.pub", "x").WithFile("etc/cloud/cloud.cfg", "ssh_deletekeys: false\n"), Warning),
        new("SshHostKeys", "left, no cloud-init", Fail, guest => guest.WithFile("etc/ssh/ssh_host_rsa_key", "x").WithoutFile(CloudInit), Warning),
        new("SshHostKeys", "unreadable", Undetermined, guest => guest.Lose("etc/ssh"), Warning),

        new("MachineId", "empty", Pass, guest => guest),
        new("MachineId", "absent", Pass, guest => guest.WithoutFile("etc/machine-id")),
        new("MachineId", "uninitialized", Pass, guest => guest.WithFile("etc/machine-id", "uninitialized\n")),
        new("MachineId", "set", Fail, guest => guest.WithFile("etc/machine-id", Identifier + "\n"), Warning),
        new("MachineId", "D-Bus' set", Fail, guest => guest.WithFile("var/lib/dbus/machine-id", Identifier + "\n"), Warning),
        new("MachineId", "D-Bus' linked", Pass, guest => guest.WithLink("var/lib/dbus/machine-id")),
        new("MachineId", "unreadable", Undetermined, guest => guest.Lose("etc/machine-id"), Warning),

        new("RootLocked", "by the agent", Pass, guest => guest),
        new("RootLocked", "never set", Pass, guest => guest.WithFile("etc/shadow", "root:*:20782:0:99999:7:::\n")),
        new("RootLocked", "locked", Pass, guest => guest.WithFile("etc/shadow", "root:!$y$j9T$secret:20782:0:99999:7:::\n")),
        new("RootLocked", "password", Fail, guest => guest.WithFile("etc/shadow", "root:$y$j9T$secret:20782:0:99999:7:::\n"), Blocker),
        new("RootLocked", "empty password", Fail, guest => guest.WithFile("etc/shadow", "root::20782:0:99999:7:::\n"), Blocker),
        new("RootLocked", "no root", Undetermined, guest => guest.WithFile("etc/shadow", "daemon:*:20782:0:99999:7:::\n"), Blocker),
        new("RootLocked", "unreadable", Undetermined, guest => guest.Lose("etc/shadow"), Blocker),

        new("Users", "none", Pass, guest => guest),
        new("Users", "one", Fail, guest => guest.WithFile("etc/passwd", "anna:x:1000:1000::/home/anna:/bin/bash\n"), Warning),
        new("Users", "one below the distribution's range", Pass, guest => guest.WithFile("etc/passwd", "anna:x:1000:1000::/home/anna:/bin/bash\n").WithFile("etc/login.defs", "UID_MIN\t\t 2000\n")),
        new("Users", "a service", Pass, guest => guest.WithFile("etc/passwd", "app:x:1001:1001::/srv/app:/usr/sbin/nologin\n")),
        new("Users", "the agent's sudo", Fail, guest => guest.WithFile("etc/sudoers.d/waagent", "x"), Warning),
        new("Users", "cloud-init's sudo", Fail, guest => guest.WithFile("etc/sudoers.d/90-cloud-init-users", "azureuser ALL=(ALL) NOPASSWD:ALL\n"), Warning),
        new("Users", "unreadable", Undetermined, guest => guest.Lose("etc/passwd"), Warning),

        new("AuthorizedKeys", "none", Pass, guest => guest),
        new("AuthorizedKeys", "an empty file", Pass, guest => guest.WithFile("root/.ssh/authorized_keys", [])),
        new("AuthorizedKeys", "root's", Fail, guest => guest.WithFile("root/.ssh/authorized_keys", "ssh-ed25519 AAAA me\n"), Warning),
        new("AuthorizedKeys", "of a home whose account is gone", Fail, guest => guest.WithFile("home/anna/.ssh/authorized_keys2", "ssh-rsa AAAA me\n"), Warning),
        new("AuthorizedKeys", "unreadable", Undetermined, guest => guest.Lose("home"), Warning),

        new("Hostname", "none", Pass, guest => guest),
        new("Hostname", "no file", Pass, guest => guest.WithoutFile("etc/hostname")),
        new("Hostname", "one", Fail, guest => guest.WithFile("etc/hostname", "web01\n"), Warning),
        new("Hostname", "Red Hat 6", Fail, guest => guest.WithoutFile("etc/hostname").WithFile("etc/sysconfig/network", "NETWORKING=yes\nHOSTNAME=\"web01\"\n"), Warning),
        new("Hostname", "SLES 11", Fail, guest => guest.WithoutFile("etc/hostname").WithFile("etc/HOSTNAME", "web01\n"), Warning),
        new("Hostname", "unreadable", Undetermined, guest => guest.Lose("etc/hostname"), Warning),

        new("ResolvConf", "removed", Pass, guest => guest),
        new("ResolvConf", "left", Fail, guest => guest.WithFile("etc/resolv.conf", "nameserver 10.0.0.1\n"), Information),
        new("ResolvConf", "a link to what runs", Pass, guest => guest.WithLink("etc/resolv.conf")),
        new("ResolvConf", "Ubuntu 24.04", NotApplicable, guest => guest.WithDistribution("ubuntu", "24.04").WithFile("etc/resolv.conf", "x")),
        new("ResolvConf", "Ubuntu 16.04, a link", Pass, guest => guest.WithDistribution("ubuntu", "16.04").WithLink("etc/resolv.conf")),
        new("ResolvConf", "Ubuntu 16.04, its tail", Fail, guest => guest.WithDistribution("ubuntu", "16.04").WithLink("etc/resolv.conf").WithFile("etc/resolvconf/resolv.conf.d/tail", "x"), Information),
        new("ResolvConf", "unreadable", Undetermined, guest => guest.Lose("etc/resolv.conf"), Information),

        new("DhcpLeases", "none", Pass, guest => guest),
        new("DhcpLeases", "dhclient's", Fail, guest => guest.WithFile("var/lib/dhcp/dhclient.eth0.leases", "x"), Warning),
        new("DhcpLeases", "NetworkManager's", Fail, guest => guest.WithFile("var/lib/NetworkManager/dhclient-1-eth0.lease", "x"), Warning),
        new("DhcpLeases", "NetworkManager's state", Pass, guest => guest.WithFile("var/lib/NetworkManager/NetworkManager.state", "x")),
        new("DhcpLeases", "unreadable", Undetermined, guest => guest.Lose("var/lib/dhcp"), Warning),

        new("AgentState", "none", Pass, guest => guest, Warning),
        new("AgentState", "provisioned, by the agent", Fail, guest => guest.WithFile(Provisioned, "1").WithFile(Conf, "Provisioning.Agent=waagent\n"), Blocker),
        new("AgentState", "provisioned, auto without cloud-init", Fail, guest => guest.WithFile(Provisioned, "1").WithoutFile(CloudInit).WithFile(Conf, "Provisioning.Agent=auto\n"), Blocker),
        new("AgentState", "provisioned, auto with cloud-init that does not start", Fail, guest => guest.WithFile(Provisioned, "1").WithoutFile("etc/systemd/system/cloud-init.target.wants/cloud-init-local.service").WithFile(Conf, "Provisioning.Agent=auto\n"), Blocker),
        new("AgentState", "provisioned, by cloud-init", Fail, guest => guest.WithFile(Provisioned, "1"), Warning),
        new("AgentState", "ovf-env.xml", Fail, guest => guest.WithFile("var/lib/waagent/ovf-env.xml", "x"), Warning),
        new("AgentState", "cloud-init's instance", Fail, guest => guest.WithLink("var/lib/cloud/instance"), Warning),
        new("AgentState", "what cloud-init did once and for all", Fail, guest => guest.WithFile("var/lib/cloud/sem/config_scripts_per_once.once", "x"), Warning),
        new("AgentState", "logs of extensions", Fail, guest => guest.WithFile("var/log/azure/run-command/handler.log", "x"), Information),
        new("AgentState", "logs", Fail, guest => guest.WithFile("var/log/waagent.log", "x"), Information),
        new("AgentState", "unreadable", Undetermined, guest => guest.Lose("var/lib/waagent"), Warning),
        new("AgentState", "unreadable, by the agent", Undetermined, guest => guest.Lose("var/lib/waagent").WithoutFile(CloudInit).WithFile(Conf, "Provisioning.Agent=auto\n"), Blocker),

        new("BashHistory", "none", Pass, guest => guest),
        new("BashHistory", "short", Pass, guest => guest.WithFile("root/.bash_history", new byte[1024])),
        new("BashHistory", "root's", Fail, guest => guest.WithFile("root/.bash_history", new byte[1025]), Warning),
        new("BashHistory", "a user's", Fail, guest => guest.WithFile("home/anna/.zsh_history", new byte[4000]), Warning),
        new("BashHistory", "unreadable", Undetermined, guest => guest.Lose("home"), Warning),
    ];
}
