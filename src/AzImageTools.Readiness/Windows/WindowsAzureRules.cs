using AzImageTools.Disks.Registry;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;
using static AzImageTools.Readiness.Windows.RegistryCheck;

namespace AzImageTools.Readiness.Windows;

/// <summary>What stops machines made from the image from working in Azure. Mostly rows of registry values.</summary>
internal static class WindowsAzureRules
{
    private const int FirstBuild = 7600;
    private const uint Automatic = 2;
    private const uint Disabled = 4;

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("CdromEnabled", Blocker, "The CD-ROM driver starts: Azure hands its settings to Windows on a DVD",
            "Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\cdrom Start 1 -Type DWord",
            References.Generalize, new RuleCheck(Blocker, AzureChecks.JudgeCdrom) { Repair = static _ => [Edit(WindowsKeys.Services + @"\cdrom", "Start", 1, requiresKey: true)] }),
        Rule("Architecture", Blocker, "Windows is 64-bit",
            "systeminfo | findstr /C:\"System Type\"   # install a 64-bit edition",
            References.PrepareVhd, Text(Blocker, WindowsKeys.Environment, "PROCESSOR_ARCHITECTURE", "AMD64", "ARM64")),
        Rule("OsVersion", Blocker, "Windows is 7 or Server 2008 R2, or later",
            "winver   # upgrade to a version that Azure supports",
            References.PrepareVhd, new RuleCheck(Blocker, context => WindowsVersion.GetBuild(context.Guest) is var build && build >= FirstBuild
                ? RuleOutcome.Pass(new Observation("Build", FormattableString.Invariant($"{build}")))
                : RuleOutcome.Fail(new Observation("Build", FormattableString.Invariant($"{build}; expected at least {FirstBuild}"))))),
        Rule("RdpEnabled", Blocker, "Remote Desktop is allowed",
            "Set-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server' fDenyTSConnections 0 -Type DWord; Remove-ItemProperty 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services' fDenyTSConnections -ErrorAction Ignore",
            References.PrepareVhd,
            SetDword(Blocker, WindowsKeys.TerminalServer, "fDenyTSConnections", 0),
            RemovedUnless(Blocker, WindowsKeys.RdpPolicy, "fDenyTSConnections", 0)),
        Rule("RdpPort", Warning, "Remote Desktop listens on port 3389",
            Set(RdpTcp, "PortNumber", 3389), References.PrepareVhd, SetDword(Warning, WindowsKeys.RdpListener, "PortNumber", 3389)),
        Rule("RdpListener", Warning, "Remote Desktop listens on every network adapter",
            Set(RdpTcp, "LanAdapter", 0), References.PrepareVhd, SetDword(Warning, WindowsKeys.RdpListener, "LanAdapter", 0)),
        Rule("RdpNla", Warning, "Remote Desktop asks for network-level authentication",
            Set(RdpTcp, "UserAuthentication", 1), References.PrepareVhd, SetDword(Warning, WindowsKeys.RdpListener, "UserAuthentication", 1)),
        Rule("RdpTuning", Information, "Remote Desktop keeps connections alive and resumes them",
            string.Join("; ", Set(RdpTcp, "KeepAliveTimeout", 1), Set(RdpTcp, "fInheritReconnectSame", 1), Set(RdpTcp, "fReconnectSame", 0), Set(RdpTcp, "MaxInstanceCount", uint.MaxValue), Set(RdpPolicy, "KeepAliveEnable", 1), Set(RdpPolicy, "KeepAliveInterval", 1), Set(RdpPolicy, "fDisableAutoReconnect", 0)),
            References.PrepareVhd,
            SetDword(Information, WindowsKeys.RdpListener, "KeepAliveTimeout", 1),
            SetDword(Information, WindowsKeys.RdpListener, "fInheritReconnectSame", 1),
            SetDword(Information, WindowsKeys.RdpListener, "fReconnectSame", 0),
            SetDword(Information, WindowsKeys.RdpListener, "MaxInstanceCount", uint.MaxValue),
            SetDword(Information, WindowsKeys.RdpPolicy, "KeepAliveEnable", 1),
            SetDword(Information, WindowsKeys.RdpPolicy, "KeepAliveInterval", 1),
            SetDword(Information, WindowsKeys.RdpPolicy, "fDisableAutoReconnect", 0)),
        Rule("RdpCertificate", Warning, "Remote Desktop is not tied to a certificate of this machine",
            $"Remove-ItemProperty '{RdpTcp}' SSLCertificateSHA1Hash",
            References.PrepareVhd, RemovedUnless(Warning, WindowsKeys.RdpListener, "SSLCertificateSHA1Hash")),
        Rule("FirewallProfiles", Warning, "Windows Firewall is on for every profile",
            "Set-NetFirewallProfile -Profile Domain,Private,Public -Enabled True",
            References.PrepareVhd,
            SetDword(Warning, WindowsKeys.FirewallPolicy + @"\DomainProfile", "EnableFirewall", 1),
            SetDword(Warning, WindowsKeys.FirewallPolicy + @"\StandardProfile", "EnableFirewall", 1),
            SetDword(Warning, WindowsKeys.FirewallPolicy + @"\PublicProfile", "EnableFirewall", 1)),
        Rule("FirewallRules", Blocker, "Windows Firewall lets in Remote Desktop, remote management, ping and the Azure platform",
            "Enable-NetFirewallRule -DisplayGroup 'Remote Desktop'; Enable-NetFirewallRule -Name WINRM-HTTP-In-TCP,FPS-ICMP4-ERQ-In; New-NetFirewallRule -DisplayName AzurePlatform -Direction Inbound -RemoteAddress 168.63.129.16 -Profile Any -Action Allow -EdgeTraversalPolicy Allow",
            References.PrepareVhd, [.. FirewallChecks.All]),
        Rule("ServicesAuto", Warning, "The services that Azure relies on start automatically",
            "Get-Service BFE,Dhcp,Dnscache,IKEEXT,iphlpsvc,nsi,mpssvc,RemoteRegistry | Set-Service -StartupType Automatic",
            References.PrepareVhd, [.. new[] { "BFE", "Dhcp", "Dnscache", "IKEEXT", "iphlpsvc", "nsi", "mpssvc", "RemoteRegistry" }.Select(name => Start(Warning, name, Automatic))]),
        Rule("ServicesManual", Blocker, "The services behind Remote Desktop and the network can be started",
            "Get-Service Netlogon,Netman,TermService | Set-Service -StartupType Manual; Set-Service Dhcp -StartupType Automatic",
            References.PrepareVhd, [.. new[] { "Netlogon", "Netman", "TermService", "Dhcp" }.Select(AzureChecks.NotDisabled)]),
        Rule("HyperVDrivers", Blocker, "The drivers for Hyper-V's bus and disks start at boot",
            "'vmbus','storvsc','storflt','intelide','atapi' | ForEach-Object { Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\$_ Start 0 -Type DWord }",
            References.Migration, [.. AzureChecks.BootDrivers]),
        Rule("NvmeDrivers", Information, "Windows also starts on machines whose disks are NVMe, as those of many sizes from v6 on are",
            "Get-ChildItem HKLM:\\SYSTEM -Name | Where-Object { $_ -match '^ControlSet' } | ForEach-Object { foreach ($driver in 'stornvme', 'vpci') { $key = \"HKLM:\\SYSTEM\\$_\\Services\\$driver\"; Set-ItemProperty $key Start 0 -Type DWord; Remove-Item $key\\StartOverride -ErrorAction Ignore } }   # then shut down: the next start on SCSI brings StartOverride back. A gallery's definition needs the feature DiskControllerTypes=SCSI,NVMe",
            References.NvmeConversion, new RuleCheck(Information, BootDriverChecks.JudgeNvme) { Repair = static context => BootDriverChecks.RepairNvme(context.Guest) }),
        Rule("SignedBootDrivers", Warning, "Every driver that starts at boot is signed: with Secure Boot (Trusted Launch) Windows loads no other",
            "Get-AuthenticodeSignature C:\\Windows\\System32\\drivers\\NAME.sys   # update or uninstall the product that it belongs to",
            References.SecureBootKeys, BootDriverChecks.WithSecureBoot(BootDriverChecks.JudgeSignatures)),
        Rule("SecureBootStatus", Warning, "Windows has finished the change to Secure Boot's certificates of 2023",
            "Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot AvailableUpdates 0x5944 -Type DWord; Start-ScheduledTask '\\Microsoft\\Windows\\PI\\Secure-Boot-Update'   # on a machine with Secure Boot, and restart until UEFICA2023Status is Updated",
            References.SecureBootStatus, BootDriverChecks.WithSecureBoot(BootDriverChecks.JudgeSecureBootStatus)),
        Rule("ManaDriver", Information, "The driver of Microsoft's Azure Network Adapter (MANA) is installed",
            "pnputil /add-driver mana.inf /install   # without it accelerated networking falls back on such hosts: the newest update of Windows Server 2025 and Windows 11 has it, for others https://aka.ms/manawindowsdrivers",
            References.AzureNetworkAdapter, new RuleCheck(Information, BootDriverChecks.JudgeNetworkAdapter)),
        Rule("MetadataAgent", Information, "The agent of the Metadata Security Protocol, where it is installed, starts with Windows",
            "Set-Service GuestProxyAgent -StartupType Automatic",
            References.ProxyAgent, new RuleCheck(Information, BootDriverChecks.JudgeMetadataAgent) { Repair = static _ => [Edit(WindowsKeys.Services + @"\GuestProxyAgent", "Start", Automatic, requiresKey: true)] }),
        Rule("UtcClock", Warning, "Windows reads the hardware clock as UTC, and keeps it in time",
            Set("HKLM:\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation", "RealTimeIsUniversal", 1) + "; Set-Service w32time -StartupType Automatic",
            References.PrepareVhd,
            SetDword(Warning, WindowsKeys.Control + @"\TimeZoneInformation", "RealTimeIsUniversal", 1),
            Start(Warning, "W32Time", Automatic)),
        Rule("PowerScheme", Information, "The power scheme is High performance",
            "powercfg /setactive SCHEME_MIN",
            References.PrepareVhd, SetText(Information, WindowsKeys.Control + @"\Power\User\PowerSchemes", "ActivePowerScheme", "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c", RegistryValueType.String)),
        Rule("SanPolicy", Warning, "New disks come online automatically",
            "'san policy=onlineall' | diskpart",
            References.PrepareVhd, SetDword(Warning, WindowsKeys.Services + @"\partmgr\Parameters", "SanPolicy", 1)),
        Rule("TempVariables", Warning, "TEMP and TMP have their default places",
            "$key = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment'; Set-ItemProperty $key TEMP '%SystemRoot%\\TEMP' -Type ExpandString; Set-ItemProperty $key TMP '%SystemRoot%\\TEMP' -Type ExpandString",
            References.PrepareVhd,
            SetText(Warning, WindowsKeys.Environment, "TEMP", @"%SystemRoot%\TEMP"),
            SetText(Warning, WindowsKeys.Environment, "TMP", @"%SystemRoot%\TEMP")),
        Rule("WinHttpProxy", Warning, "No WinHTTP proxy stands between Windows and the Azure platform",
            "netsh winhttp reset proxy",
            References.PrepareVhd, Value(Warning, WindowsKeys.CurrentVersion + @"\Internet Settings\Connections", "WinHttpSettings", "direct access, or 168.63.129.16 in the bypass list", AzureChecks.IsDirectOrBypassed) with { Repair = static _ => [AzureChecks.DirectAccess] }),
        Rule("PersistentRoutes", Warning, "There are no persistent routes",
            "route print -4   # then: route delete ADDRESS",
            References.PrepareVhd, RemovedValues(Warning, WindowsKeys.Services + @"\Tcpip\Parameters\PersistentRoutes")),
        Rule("CrashDump", Information, "Windows writes a memory dump when it crashes",
            "$key = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\CrashControl'; Set-ItemProperty $key CrashDumpEnabled 2 -Type DWord; Set-ItemProperty $key NMICrashDump 1 -Type DWord; Set-ItemProperty $key DumpFile '%SystemRoot%\\MEMORY.DMP' -Type ExpandString; $dumps = New-Item 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps' -Force; $dumps | Set-ItemProperty -Name DumpFolder -Value 'C:\\CrashDumps' -Type ExpandString; $dumps | Set-ItemProperty -Name DumpType -Value 2 -Type DWord",
            References.PrepareVhd,
            SetDword(Information, WindowsKeys.Control + @"\CrashControl", "CrashDumpEnabled", 2),
            SetDword(Information, WindowsKeys.Control + @"\CrashControl", "NMICrashDump", 1),
            SetText(Information, WindowsKeys.Control + @"\CrashControl", "DumpFile", @"%SystemRoot%\MEMORY.DMP"),
            SetText(Information, LocalDumps, "DumpFolder", @"C:\CrashDumps"),
            SetDword(Information, LocalDumps, "DumpType", 2)),
        Rule("PageFile", Information, "Every paging file is on a drive that exists",
            "Set-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management' PagingFiles '?:\\pagefile.sys' -Type MultiString",
            References.PrepareVhd, new RuleCheck(Information, DriveLetters.JudgePageFiles) { Repair = static _ => [DriveLetters.PageFileAnywhere] }),
        Rule("BcdBoot", Warning, "The boot configuration finds Windows, and starts it even after a failure",
            "bcdedit /set '{bootmgr}' device partition=\\Device\\HarddiskVolume1; bcdedit /set '{default}' device partition=C:; bcdedit /set '{default}' osdevice partition=C:; bcdedit /set '{default}' bootstatuspolicy IgnoreAllFailures; bcdedit /set '{default}' recoveryenabled Off",
            References.PrepareVhd, [.. AzureChecks.BootConfiguration]),
        Rule("BcdEms", Information, "Azure's serial console reaches the boot menu and Windows",
            "bcdedit /set '{bootmgr}' displaybootmenu yes; bcdedit /set '{bootmgr}' timeout 5; bcdedit /set '{bootmgr}' bootems yes; bcdedit /ems '{default}' ON; bcdedit /emssettings EMSPORT:1 EMSBAUDRATE:115200",
            References.PrepareVhd,
            BootStore.SetNumber(Information, BootStore.BootManager, "16000020", 1),
            BootStore.SetNumber(Information, BootStore.BootManager, "26000020", 1),
            BootStore.SetNumber(Information, BootStore.BootManager, "25000004", 5),
            BootStore.SetNumber(Information, BootStore.DefaultLoader, "260000B0", 1),
            BootStore.SetNumber(Information, BootStore.EmsSettings, "15000022", 1),
            BootStore.SetNumber(Information, BootStore.EmsSettings, "15000023", 115_200),
            AzureChecks.KeyPresent(Information, WindowsKeys.Services + @"\sacsvr")),
        Rule("TdiFilters", Information, "No third-party network filter is installed",
            "Get-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\* | Where-Object Group -eq PNP_TDI   # uninstall what is not part of Windows",
            References.PrepareVhd, new RuleCheck(Information, AzureChecks.JudgeTdiFilters)),
        Rule("HypervisorTools", Warning, "No other hypervisor's tools are installed",
            "Get-Package 'VMware Tools' | Uninstall-Package",
            References.Migration, DwordOrAbsent(Warning, WindowsKeys.Services + @"\VMTools", "Start", Disabled) with { Repair = static _ => [Edit(WindowsKeys.Services + @"\VMTools", "Start", Disabled, requiresKey: true)] }),
        Rule("VmAgent", Warning, "The Azure VM agent is installed",
            "msiexec /i WindowsAzureVmAgent.msi /quiet   # from https://github.com/Azure/WindowsVMAgent/releases",
            References.AgentOffline,
            AzureChecks.ServicePresent(Warning, "WindowsAzureGuestAgent"),
            AzureChecks.ServicePresent(Warning, "RdAgent"),
            new RuleCheck(Warning, AzureChecks.JudgeAgentFolder)),
        Rule("VolumeDirty", Warning, "The system volume needs no repair",
            "chkdsk C: /f   # then restart",
            References.PrepareVhd, new RuleCheck(Warning, AzureChecks.JudgeDirtyVolume)),
        LiveRule("LiveHealth", "System files, the WMI repository, port 3389 and the integration services are healthy",
            "sfc /scannow; winmgmt /verifyrepository; netstat -anob | findstr 3389   # repair what they name: winmgmt /salvagerepository",
            LiveCheck.None(Information, "Problems", live => live.HealthProblems)),
        Rule("FileVersions", Information, "The files that Azure relies on are recent enough",
            "Install-Module PSWindowsUpdate; Install-WindowsUpdate -AcceptAll -AutoReboot",
            References.PrepareVhd, new RuleCheck(Information, FileVersions.Judge)),
        LiveRule("LocalAdmin", "The built-in Administrator can sign in",
            "Get-LocalUser | Where-Object SID -like '*-500' | Enable-LocalUser   # and make sure that you know its password",
            LiveCheck.Fact(Information, "The built-in Administrator is enabled", live => live.IsAdministratorEnabled, enabled => enabled)),
        new("CertifiedRoles", Warning, ReadinessPurpose.AzureUpload, RuleScope.WindowsServer, "No role or feature is installed that Azure's certification excludes",
            "Get-WindowsFeature | Where-Object Installed   # Uninstall-WindowsFeature NAME",
            References.Certification, new RuleCheck(Warning, CertifiedRoles.Judge)),
    ];

    private const string LocalDumps = @"SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps";
    private const string RdpTcp = @"HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
    private const string RdpPolicy = @"HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.AzureUpload, RuleScope.Windows, title, remedy, source, checks);

    private static ReadinessRule LiveRule(string id, string title, string remedy, RuleCheck check)
        => new(id, Information, ReadinessPurpose.AzureUpload, RuleScope.Windows, title, remedy, References.PrepareVhd, check) { IsLiveOnly = true };

    private static string Set(string key, string name, uint value)
        => FormattableString.Invariant($"Set-ItemProperty '{key}' {name} {value} -Type DWord");

    private static RuleCheck Start(FindingSeverity severity, string service, uint wanted)
        => SetDword(severity, $@"{WindowsKeys.Services}\{service}", "Start", wanted, requiresKey: true);
}
