using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>What Microsoft's tests of images in the Marketplace ask for beyond the other rules, as far as a disk can answer it.</summary>
internal static class MarketplaceRules
{
    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("SudoTargetPassword", Warning, "sudo asks for the caller's password, not for that of the user that it acts as",
            "sed -i '/^Defaults.*targetpw/d' /etc/sudoers   # and in /etc/sudoers.d: the account of a new machine does not know root's",
            new RuleCheck(Warning, MarketplaceChecks.JudgeSudo)),
        Rule("AtapiParameters", Warning, "No kernel parameter hides the DVD on which Azure hands over its settings",
            "grubby --update-kernel=ALL --remove-args='libata.atapi_enabled=0 reserve=0x1f0,0x8'   # without grubby: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub",
            BootChecks.Forbidden("libata.atapi_enabled=0"), BootChecks.Forbidden("reserve=0x1f0,0x8")),
        Rule("RedHat6", Information, "A Red Hat of version 6 is set up as Azure asks of it: no NetworkManager; before 6.6 numa=off, and http_caching=packages for yum",
            "yum remove NetworkManager; echo 'http_caching=packages' >> /etc/yum.conf; grubby --update-kernel=ALL --args=numa=off",
            MarketplaceChecks.OfRedHatBefore(new Version(6, 6), BootChecks.Parameter("numa=off")),
            MarketplaceChecks.OfRedHatBefore(new Version(6, 6), new RuleCheck(Information, MarketplaceChecks.JudgeYum)),
            MarketplaceChecks.OfRedHatBefore(new Version(7, 0), LinuxFileCheck.Absent(Information, "usr/sbin/NetworkManager"))),
        Rule("InterfaceSettings", Warning, "The first network interface starts with the system and asks for an address",
            "printf 'DEVICE=eth0\\nONBOOT=yes\\nBOOTPROTO=dhcp\\nTYPE=Ethernet\\n' > /etc/sysconfig/network-scripts/ifcfg-eth0; sed -i 's/^NETWORKING=.*/NETWORKING=yes/' /etc/sysconfig/network",
            MarketplaceChecks.Setting("etc/sysconfig/network", "NETWORKING", "yes"),
            MarketplaceChecks.Setting(MarketplaceChecks.FirstInterface, "DEVICE", "eth0"),
            MarketplaceChecks.Setting(MarketplaceChecks.FirstInterface, "ONBOOT", "yes"),
            MarketplaceChecks.Setting(MarketplaceChecks.FirstInterface, "BOOTPROTO", "dhcp")),
        Rule("DhcpHostName", Warning, "DHCP leaves a SUSE's host name to the agent, and tells it on Azure Linux",
            "sed -i 's/^DHCLIENT_SET_HOSTNAME=.*/DHCLIENT_SET_HOSTNAME=\"no\"/' /etc/sysconfig/network/dhcp   # Azure Linux: option host_name in /etc/dhcpcd.conf",
            new RuleCheck(Warning, MarketplaceChecks.JudgeDhcp)),
        Rule("KvpDaemon", Information, "Azure Linux has the daemon that exchanges values with Hyper-V",
            "tdnf install -y hyperv-daemons",
            new RuleCheck(Information, MarketplaceChecks.JudgeKvp)),
        Rule("PackageSources", Information, "At least one source of packages is set up, so that the system can be updated",
            "ls /etc/apt/sources.list.d /etc/yum.repos.d /etc/zypp/repos.d   # enable the distribution's own",
            new RuleCheck(Information, MarketplaceChecks.JudgeSources)),
        Rule("PythonVersion", Information, "Python is of a version that is still maintained: 3.9 or later",
            "python3 --version   # install the distribution's newer one",
            new RuleCheck(Information, LibraryChecks.JudgePython)),
        Rule("OpenSslVersion", Information, "OpenSSL is of a version that is still maintained: 3, 1.1.1 or 1.0.2",
            "openssl version   # update the package",
            new RuleCheck(Information, LibraryChecks.JudgeOpenSsl)),
        Rule("OmiVersion", Warning, "No Open Management Infrastructure before 1.6.8.1 is installed (CVE-2021-38647)",
            "dpkg -l omi || rpm -q omi   # remove it where nothing needs it, or update it",
            new RuleCheck(Warning, LibraryChecks.JudgeOmi)),
        Rule("KernelOptions", Information, "The kernel has watchdogs and the file system of Azure Files (CIFS)",
            "grep -E 'CONFIG_(WATCHDOG|CIFS)=' /boot/config-$(uname -r)   # install the distribution's own kernel",
            new RuleCheck(Information, MarketplaceChecks.JudgeKernel)),
        new("AccountPasswords", Warning, ReadinessPurpose.Deprovision, RuleScope.Linux, "No account but root's, which has a rule of its own, has a password",
            "passwd -l NAME   # or userdel -r NAME",
            References.ImageStandard, new RuleCheck(Warning, MarketplaceChecks.JudgePasswords)),
    ];

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.AzureUpload, RuleScope.Linux, title, remedy, References.ImageStandard, [.. checks.Select(check => check with { Severity = severity })]);
}
