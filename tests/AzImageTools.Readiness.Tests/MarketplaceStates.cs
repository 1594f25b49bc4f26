using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class MarketplaceStates
{
    private const string Kernel = "boot/config-6.1.0-28-amd64";
    private const string Interface = "etc/sysconfig/network-scripts/ifcfg-eth0";
    private const string Grub = "boot/grub/grub.cfg";
    private const string Dhcp = "etc/sysconfig/network/dhcp";

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("SudoTargetPassword", "no file", Pass, guest => guest),
        new("SudoTargetPassword", "not set", Pass, guest => guest.WithFile("etc/sudoers", "Defaults env_reset, !targetpw\n# Defaults targetpw\nDefaults:anna targetpw\n")),
        new("SudoTargetPassword", "set", Fail, guest => guest.WithFile("etc/sudoers", "Defaults env_reset\nDefaults targetpw   # ask for the password of the target user\n"), Warning),
        new("SudoTargetPassword", "set among others, in the folder", Fail, guest => guest.WithFile("etc/sudoers.d/50-own", "Defaults\tenv_reset,targetpw\n"), Warning),
        new("SudoTargetPassword", "set in a file that does not count", Pass, guest => guest.WithFile("etc/sudoers.d/own.bak", "Defaults targetpw\n")),
        new("SudoTargetPassword", "unreadable", Undetermined, guest => guest.Lose("etc/sudoers.d"), Warning),

        new("AtapiParameters", "none", Pass, guest => guest),
        new("AtapiParameters", "no ATAPI", Fail, guest => WithParameters(guest, "libata.atapi_enabled=0"), Warning),
        new("AtapiParameters", "ports kept", Fail, guest => WithParameters(guest, "reserve=0x1f0,0x8"), Warning),
        new("AtapiParameters", "ATAPI", Pass, guest => WithParameters(guest, "libata.atapi_enabled=1 reserve=0x300,32")),
        new("AtapiParameters", "no entries", Undetermined, guest => guest.WithoutFile(Grub), Warning),

        new("RedHat6", "Debian", NotApplicable, guest => guest),
        new("RedHat6", "8", NotApplicable, guest => guest.WithDistribution("rhel", "8.10")),
        new("RedHat6", "Fedora 5", NotApplicable, guest => guest.WithDistribution("fedora", "5")),
        new("RedHat6", "6.5", Fail, guest => guest.WithDistribution("rhel", "6.5"), Information),
        new("RedHat6", "6.5, set up", Pass, guest => WithParameters(guest.WithDistribution("rhel", "6.5"), "numa=off").WithFile("etc/yum.conf", "[main]\nhttp_caching=packages\n")),
        new("RedHat6", "6.10", Pass, guest => guest.WithDistribution("centos", "6.10")),
        new("RedHat6", "6.10, with NetworkManager", Fail, guest => guest.WithDistribution("centos", "6.10").WithFile("usr/sbin/NetworkManager", "ELF"), Information),
        new("RedHat6", "unreadable", Undetermined, guest => guest.WithDistribution("centos", "6.10").Lose("usr"), Information),

        new("InterfaceSettings", "Debian", NotApplicable, guest => guest.WithFile(Interface, "ONBOOT=no\n")),
        new("InterfaceSettings", "other ways", NotApplicable, guest => guest.WithDistribution("rhel", "9.4")),
        new("InterfaceSettings", "as Azure asks", Pass, guest => guest.WithDistribution("rhel", "7.9").WithFile(Interface, "DEVICE=\"eth0\"\nONBOOT=yes\nBOOTPROTO=dhcp\n").WithFile("etc/sysconfig/network", "NETWORKING=yes\n")),
        new("InterfaceSettings", "not started", Fail, guest => guest.WithDistribution("rhel", "7.9").WithFile(Interface, "DEVICE=eth0\nONBOOT=no\nBOOTPROTO=dhcp\n"), Warning),
        new("InterfaceSettings", "a fixed address", Fail, guest => guest.WithDistribution("ol", "7.9").WithFile(Interface, "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=static\n"), Warning),
        new("InterfaceSettings", "another device", Fail, guest => guest.WithDistribution("rhel", "7.9").WithFile(Interface, "DEVICE=ens192\nONBOOT=yes\nBOOTPROTO=dhcp\n"), Warning),
        new("InterfaceSettings", "no network", Fail, guest => guest.WithDistribution("rhel", "7.9").WithFile("etc/sysconfig/network", "NETWORKING=no\n"), Warning),
        new("InterfaceSettings", "says nothing", Pass, guest => guest.WithDistribution("rhel", "7.9").WithFile("etc/sysconfig/network", "# Created by anaconda\n")),
        new("InterfaceSettings", "unreadable", Undetermined, guest => guest.WithDistribution("rhel", "7.9").Lose("etc/sysconfig"), Warning),

        new("DhcpHostName", "Debian", NotApplicable, guest => guest),
        new("DhcpHostName", "SUSE", Pass, guest => guest.WithDistribution("sles", "15.5").WithFile(Dhcp, "DHCLIENT_SET_HOSTNAME=\"no\"\n")),
        new("DhcpHostName", "SUSE, from DHCP", Fail, guest => guest.WithDistribution("sles", "15.5").WithFile(Dhcp, "DHCLIENT_SET_HOSTNAME=\"yes\"\n"), Warning),
        new("DhcpHostName", "SUSE, not told", Fail, guest => guest.WithDistribution("sles", "15.5").WithFile(Dhcp, "x=y\n"), Warning),
        new("DhcpHostName", "SUSE, by NetworkManager", NotApplicable, guest => guest.WithDistribution("sles", "16.0")),
        new("DhcpHostName", "Azure Linux", Pass, guest => guest.WithDistribution("azurelinux", "3.0").WithFile("etc/dhcpcd.conf", "option host_name\n")),
        new("DhcpHostName", "Azure Linux, not told", Fail, guest => guest.WithDistribution("azurelinux", "3.0").WithFile("etc/dhcpcd.conf", "option ntp_servers\n"), Warning),
        new("DhcpHostName", "unreadable", Undetermined, guest => guest.WithDistribution("sles", "15.5").Lose("etc/sysconfig"), Warning),

        new("KvpDaemon", "Debian", NotApplicable, guest => guest),
        new("KvpDaemon", "there", Pass, guest => guest.WithDistribution("azurelinux", "3.0").WithFile("usr/sbin/hypervkvpd", "ELF")),
        new("KvpDaemon", "absent", Fail, guest => guest.WithDistribution("azurelinux", "3.0"), Information),
        new("KvpDaemon", "unreadable", Undetermined, guest => guest.WithDistribution("azurelinux", "3.0").Lose("usr"), Information),

        new("PackageSources", "APT", Pass, guest => guest.WithFile("etc/apt/sources.list", "# deb cdrom:[x]/ x\ndeb http://anna:secret@deb.debian.org/debian bookworm main\n")),
        new("PackageSources", "APT, by fields", Pass, guest => guest.WithFile("etc/apt/sources.list.d/debian.sources", "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\n")),
        new("PackageSources", "APT, commented out", Fail, guest => guest.WithFile("etc/apt/sources.list", "# deb cdrom:[x]/ x\n"), Information),
        new("PackageSources", "yum", Pass, guest => guest.WithDistribution("rhel", "9.4").WithFile("etc/yum.repos.d/a.repo", "[off]\nname=x\nenabled=0\n[base]\nbaseurl=x\nenabled=1\n")),
        new("PackageSources", "yum, by default", Pass, guest => guest.WithDistribution("rhel", "9.4").WithFile("etc/yum.repos.d/a.repo", "[base]\nbaseurl=x\n").WithFile("etc/yum.repos.d/b.repo", "[off]\nenabled=0\n")),
        new("PackageSources", "yum, all disabled", Fail, guest => guest.WithDistribution("rhel", "9.4").WithFile("etc/yum.repos.d/a.repo", "[one]\nenabled=0\n\n[two]\nenabled=0\n"), Information),
        new("PackageSources", "zypper", Pass, guest => guest.WithDistribution("sles", "15.5").WithFile("etc/zypp/repos.d/a.repo", "[pool]\nenabled=1\n")),
        new("PackageSources", "none are known", NotApplicable, guest => guest),
        new("PackageSources", "unreadable", Undetermined, guest => guest.Lose("etc/apt"), Information),

        new("PythonVersion", "3.11", Pass, guest => guest.WithFile("usr/lib/python3.11/os.py", "x").WithFile("usr/lib/python2.7/os.py", "x")),
        new("PythonVersion", "3.6", Fail, guest => guest.WithFile("usr/lib64/python3.6/os.py", "x").WithFile("usr/lib/python2.7/os.py", "x"), Information),
        new("PythonVersion", "none", NotApplicable, guest => guest.WithoutFile("usr/lib/python3/dist-packages/WALinuxAgent-2.7.3.0.egg-info").WithoutFile("usr/lib/python3/dist-packages/cloud_init-22.4.2.egg-info")),
        new("PythonVersion", "unreadable", Undetermined, guest => guest.Lose("usr/lib"), Information),

        new("OpenSslVersion", "3", Pass, guest => guest.WithFile("usr/lib/x86_64-linux-gnu/libssl.so.3", "ELF")),
        new("OpenSslVersion", "1.1.1", Pass, guest => guest.WithFile("usr/lib64/libssl.so.1.1.1k", "ELF").WithFile("usr/lib64/libssl.so.1.1", "ELF")),
        new("OpenSslVersion", "1.0.2", Pass, guest => guest.WithFile("usr/lib64/libssl.so.1.0.2k", "ELF").WithFile("usr/lib64/libssl.so.10", "ELF")),
        new("OpenSslVersion", "1.0.1", Fail, guest => guest.WithFile("usr/lib64/libssl.so.1.0.1e", "ELF"), Information),
        new("OpenSslVersion", "not told", NotApplicable, guest => guest.WithFile("usr/lib64/libssl.so.10", "ELF").WithFile("usr/lib64/libssl.so.x", "ELF")),
        new("OpenSslVersion", "unreadable", Undetermined, guest => guest.Lose("usr/lib"), Information),

        new("OmiVersion", "absent", Pass, guest => guest),
        new("OmiVersion", "as new as it must be", Pass, guest => WithOmi(guest, "1.6.8.1")),
        new("OmiVersion", "1.9.1-0", Pass, guest => WithOmi(guest, "1.9.1-0")),
        new("OmiVersion", "1.6.8-0", Fail, guest => WithOmi(guest, "1.6.8-0"), Warning),
        new("OmiVersion", "of an RPM", Undetermined, guest => guest.WithFile("opt/omi/bin/omiserver", "ELF"), Warning),

        new("KernelOptions", "both", Pass, guest => guest.WithFile(Kernel, "CONFIG_WATCHDOG=y\nCONFIG_CIFS=m\n")),
        new("KernelOptions", "beside the drivers", Pass, guest => guest.WithFile("lib/modules/6.1.0-28-amd64/config", "CONFIG_WATCHDOG=y\nCONFIG_CIFS=m\n")),
        new("KernelOptions", "no CIFS", Fail, guest => guest.WithFile(Kernel, "CONFIG_WATCHDOG=y\n# CONFIG_CIFS is not set\n"), Information),
        new("KernelOptions", "not kept", NotApplicable, guest => guest),
        new("KernelOptions", "unreadable", Undetermined, guest => guest.Lose("boot"), Information),

        new("AccountPasswords", "none", Pass, guest => guest.WithFile("etc/shadow", "root:$y$j9T$x:1::::::\ndaemon:*:1::::::\nsshd:!*:1::::::\napp:!:1::::::\nold:x:1::::::\nnone::1::::::\n")),
        new("AccountPasswords", "one", Fail, guest => guest.WithFile("etc/shadow", "root:*:1::::::\nanna:$y$j9T$secret:1::::::\n"), Warning),
        new("AccountPasswords", "no file", Undetermined, guest => guest.WithoutFile("etc/shadow"), Warning),
    ];

    /// <summary>A single boot entry, with these parameters.</summary>
    public static MemoryGuest WithParameters(MemoryGuest guest, string parameters)
        => guest.WithFile(Grub, $"menuentry 'x' {{\n\tlinux /vmlinuz root=UUID=1 {parameters}\n}}\n");

    private static MemoryGuest WithOmi(MemoryGuest guest, string version)
        => guest.WithFile("opt/omi/bin/omiserver", "ELF").WithFile("var/lib/dpkg/status", $"Package: adduser\nVersion: 3.134\n\nPackage: omi\nStatus: install ok installed\nVersion: {version}\nDescription: x\n\nPackage: zlib1g\nVersion: 1.2\n");
}
