using System.Text;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class AzureStates
{
    private const string Services = WindowsKeys.Services;
    private const string Rdp = WindowsKeys.RdpListener;
    private const string Firewall = WindowsKeys.FirewallPolicy;
    private const string Rules = Firewall + @"\FirewallRules";
    private const string Connections = WindowsKeys.CurrentVersion + @"\Internet Settings\Connections";
    private const string SecureBoot = WindowsKeys.Control + @"\SecureBoot\Servicing";
    private const string CrashControl = WindowsKeys.Control + @"\CrashControl";

    private const string BootManager = WindowsKeys.BootStore + @"\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements";
    private const string Loader = WindowsKeys.BootStore + @"\Objects\{b3a7c4d2-5e16-4f08-8a9b-1c2d3e4f5a6b}\Elements";

    private static readonly ReadinessOptions Generation1 = new() { Generation = 1 };

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("CdromEnabled", "starts", Pass, guest => guest),
        new("CdromEnabled", "disabled", Fail, guest => guest.With(Services + @"\cdrom", "Start", 4u), Blocker),
        new("CdromEnabled", "on demand", Fail, guest => guest.With(Services + @"\cdrom", "Start", 3u), Warning),
        new("CdromEnabled", "absent", Fail, guest => guest.WithoutKey(Services + @"\cdrom"), Warning),
        new("CdromEnabled", "a text", Fail, guest => guest.With(Services + @"\cdrom", "Start", "1"), Warning),
        new("CdromEnabled", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Blocker),
        new("CdromEnabled", "damaged hive", Undetermined, guest => guest.Damage("SYSTEM"), Blocker),

        .. ValueStates("Architecture", WindowsKeys.Environment, "PROCESSOR_ARCHITECTURE", "x86", Blocker),
        new("Architecture", "ARM64", Pass, guest => guest.With(WindowsKeys.Environment, "PROCESSOR_ARCHITECTURE", "ARM64")),

        new("OsVersion", "2022", Pass, guest => guest),
        new("OsVersion", "2008", Fail, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "6003"), Blocker),
        new("OsVersion", "no number", Undetermined, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "x"), Blocker),
        new("OsVersion", "no hive", Undetermined, guest => guest.Lose("SOFTWARE"), Blocker),

        .. ValueStates("RdpEnabled", WindowsKeys.TerminalServer, "fDenyTSConnections", 1u, Blocker),
        new("RdpEnabled", "denied by policy", Fail, guest => guest.With(WindowsKeys.RdpPolicy, "fDenyTSConnections", 1u), Blocker),
        .. ValueStates("RdpPort", Rdp, "PortNumber", 3390u, Warning),
        .. ValueStates("RdpListener", Rdp, "LanAdapter", 1u, Warning),
        .. ValueStates("RdpNla", Rdp, "UserAuthentication", 0u, Warning),
        .. ValueStates("RdpTuning", Rdp, "MaxInstanceCount", 2u, Information),
        new("RdpTuning", "policy", Fail, guest => guest.With(WindowsKeys.RdpPolicy, "fDisableAutoReconnect", 1u), Information),
        .. ValueStates("RdpCertificate", Rdp, "SSLCertificateSHA1Hash", new byte[20], Warning),
        .. ValueStates("FirewallProfiles", Firewall + @"\PublicProfile", "EnableFirewall", 0u, Warning),

        .. ValueStates("FirewallRules", Rules, "RemoteDesktop-UserMode-In-TCP", "v2.31|Action=Allow|Active=FALSE|Dir=In|", Blocker),
        new("FirewallRules", "blocks", Fail, guest => guest.With(Rules, "RemoteDesktop-UserMode-In-TCP", "v2.31|Action=Block|Active=TRUE|Dir=In|"), Blocker),
        new("FirewallRules", "the platform is let out and not in", Fail, guest => guest.With(Rules, "{7D2A1B5C-0F63-4E8A-9B17-52C4D86E3F01}", "v2.31|Action=Allow|Active=TRUE|Dir=Out|RA4=168.63.129.16|Name=AzurePlatform|"), Warning),
        new("FirewallRules", "the platform is blocked", Fail, guest => guest.With(Rules, "{7D2A1B5C-0F63-4E8A-9B17-52C4D86E3F01}", "v2.31|Action=Block|Active=TRUE|Dir=In|RA4=168.63.129.16|Name=AzurePlatform|"), Warning),
        new("FirewallRules", "of 2008 R2", Fail, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "7601").Without(Rules, "RemoteDesktop-UserMode-In-TCP"), Blocker),
        new("FirewallRules", "of 2008 R2, by its own name", Pass, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "7601").Without(Rules, "RemoteDesktop-UserMode-In-TCP").Without(Rules, "RemoteDesktop-UserMode-In-UDP").Without(Rules, "RemoteDesktop-Shadow-In-TCP").With(Rules, "RemoteDesktop-In-TCP", "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=System|")),
        new("FirewallRules", "none, but the firewall is off", Fail, guest => new[] { "DomainProfile", "StandardProfile", "PublicProfile" }.Aggregate(guest, static (changed, profile) => changed.With(Firewall + @"\" + profile, "EnableFirewall", 0u)).Without(Rules, "RemoteDesktop-UserMode-In-TCP"), Warning),
        new("FirewallRules", "no remote management", Fail, guest => guest.Without(Rules, "WINRM-HTTP-In-TCP"), Warning),
        new("FirewallRules", "no platform rule", Fail, guest => guest.Without(Rules, "{7D2A1B5C-0F63-4E8A-9B17-52C4D86E3F01}"), Warning),

        .. ValueStates("ServicesAuto", Services + @"\RemoteRegistry", "Start", 4u, Warning),
        .. ValueStates("ServicesManual", Services + @"\TermService", "Start", 4u, Blocker),
        new("ServicesManual", "DHCP is disabled, so that there is no address", Fail, guest => guest.With(Services + @"\Dhcp", "Start", 4u), Blocker),
        new("ServicesManual", "automatic", Pass, guest => guest.With(Services + @"\TermService", "Start", 2u)),
        new("ServicesManual", "absent", Fail, guest => guest.WithoutKey(Services + @"\Netman"), Warning),

        .. ValueStates("HyperVDrivers", Services + @"\storvsc", "Start", 3u, Blocker),
        new("HyperVDrivers", "an override beside it", Pass, guest => guest.With(Services + @"\storvsc\StartOverride", "0", 3u)),
        new("HyperVDrivers", "IDE on generation 2", Pass, guest => guest.WithoutKey(Services + @"\intelide")),
        new("HyperVDrivers", "IDE on generation 1", Fail, guest => guest.WithoutKey(Services + @"\intelide"), Blocker, Generation1),
        new("HyperVDrivers", "IDE on either", Fail, guest => guest.WithDisk(disk => disk with { SupportedGenerations = VmGenerations.V1 | VmGenerations.V2 }).With(Services + @"\atapi", "Start", 3u), Warning),

        .. ValueStates("UtcClock", WindowsKeys.Control + @"\TimeZoneInformation", "RealTimeIsUniversal", 0u, Warning),
        .. ValueStates("PowerScheme", WindowsKeys.Control + @"\Power\User\PowerSchemes", "ActivePowerScheme", "381b4222-f694-41f0-9685-ff5bb260df2e", Information),
        .. ValueStates("SanPolicy", Services + @"\partmgr\Parameters", "SanPolicy", 2u, Warning),
        .. ValueStates("TempVariables", WindowsKeys.Environment, "TMP", @"D:\TEMP", Warning),

        .. ValueStates("WinHttpProxy", Connections, "WinHttpSettings", Proxy("10.0.0.1:3128", "*.example.com"), Warning),
        new("WinHttpProxy", "never set", Pass, guest => guest.Without(Connections, "WinHttpSettings")),
        new("WinHttpProxy", "bypassed", Pass, guest => guest.With(Connections, "WinHttpSettings", Proxy("10.0.0.1:3128", "<local>;168.63.129.16"))),
        new("WinHttpProxy", "cut off", Fail, guest => guest.With(Connections, "WinHttpSettings", new byte[] { 24, 0, 0, 0 }), Warning),
        new("WinHttpProxy", "lengths beyond the end", Fail, guest => guest.With(Connections, "WinHttpSettings", new byte[] { 24, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 255, 255, 255, 127, 0 }), Warning),

        .. ValueStates("PersistentRoutes", Services + @"\Tcpip\Parameters\PersistentRoutes", "10.0.0.0,255.0.0.0,10.1.1.1,1", string.Empty, Warning),
        .. ValueStates("CrashDump", CrashControl, "CrashDumpEnabled", 7u, Information),
        new("CrashDump", "no dumps of services", Fail, guest => guest.WithoutKey(@"SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps"), Information),
        .. ValueStates("PageFile", WindowsKeys.SessionManager + @"\Memory Management", "PagingFiles", new[] { @"E:\pagefile.sys 0 0" }, Information),
        new("PageFile", "on C:", Pass, guest => guest.With(WindowsKeys.SessionManager + @"\Memory Management", "PagingFiles", new[] { @"c:\pagefile.sys 0 0" })),
        .. ValueStates("BcdBoot", Loader + @"\250000E0", "Element", new byte[] { 0 }, Warning),
        new("BcdBoot", "no device", Fail, guest => guest.Without(Loader + @"\21000001", "Element"), Warning),
        new("BcdBoot", "no device's data", Fail, guest => guest.With(Loader + @"\21000001", "Element", new byte[] { 6 }), Warning),
        new("BcdBoot", "recovery on", Fail, guest => guest.With(Loader + @"\16000009", "Element", new byte[] { 1 }), Warning),
        new("BcdBoot", "no default", Undetermined, guest => guest.WithoutKey(BootManager + @"\23000003"), Warning),
        .. ValueStates("BcdEms", BootManager + @"\25000004", "Element", new byte[] { 30, 0, 0, 0, 0, 0, 0, 0 }, Information),
        new("BcdEms", "one byte is enough", Pass, guest => guest.With(BootManager + @"\25000004", "Element", new byte[] { 5 })),
        new("BcdEms", "too long for a number", Fail, guest => guest.With(BootManager + @"\25000004", "Element", new byte[9]), Information),
        .. ValueStates("TdiFilters", Services + @"\vendorfilter", "Group", "PNP_TDI", Information),
        .. ValueStates("HypervisorTools", Services + @"\VMTools", "Start", 2u, Warning),
        new("HypervisorTools", "disabled", Pass, guest => guest.With(Services + @"\VMTools", "Start", 4u)),

        new("VmAgent", "installed", Pass, guest => guest),
        new("VmAgent", "absent", Fail, guest => guest.WithoutKey(Services + @"\RdAgent"), Warning),
        new("VmAgent", "its service is disabled", Fail, guest => guest.With(Services + @"\WindowsAzureGuestAgent", "Start", 4u), Warning),
        new("VmAgent", "no program", Fail, guest => guest.WithoutFile(@"WindowsAzure\GuestAgent_2.7.41491.1095\WaAppAgent.exe"), Warning),
        new("NvmeDrivers", "at boot", Pass, guest => WithNvme(guest, "CurrentControlSet")),
        new("NvmeDrivers", "at boot, in each control set", Pass, guest => WithNvme(WithNvme(WithNvme(guest, "CurrentControlSet"), "ControlSet001"), "ControlSet002")),
        new("NvmeDrivers", "an override that changes nothing", Pass, guest => WithNvme(guest, "CurrentControlSet").With(Services + @"\stornvme\StartOverride", "0", 0u)),
        new("NvmeDrivers", "absent", Fail, guest => guest, Information),
        new("NvmeDrivers", "on demand", Fail, guest => WithNvme(guest, "CurrentControlSet").With(Services + @"\stornvme", "Start", 3u), Information),
        new("NvmeDrivers", "overridden", Fail, guest => WithNvme(guest, "CurrentControlSet").With(Services + @"\stornvme\StartOverride", "0", 3u), Information),
        new("NvmeDrivers", "the bus overridden", Fail, guest => WithNvme(guest, "CurrentControlSet").With(Services + @"\vpci\StartOverride", "0", 3u), Information),
        new("NvmeDrivers", "overridden in another control set", Fail, guest => WithNvme(WithNvme(WithNvme(guest, "CurrentControlSet"), "ControlSet001"), "ControlSet002").With(@"SYSTEM\ControlSet002\Services\stornvme\StartOverride", "0", 3u), Information),
        new("NvmeDrivers", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Information),

        new("SignedBootDrivers", "files that are elsewhere", Pass, guest => guest),
        new("SignedBootDrivers", "signed", Pass, guest => WithBootDriver(guest, @"\SystemRoot\System32\drivers\contoso.sys", SignedProgram.Signed)),
        new("SignedBootDrivers", "unsigned", Fail, guest => WithBootDriver(guest, @"System32\drivers\contoso.sys", SignedProgram.Unsigned), Warning),
        new("SignedBootDrivers", "unsigned, under its own name", Fail, guest => WithBootDriver(guest, null, SignedProgram.Unsigned), Warning),
        new("SignedBootDrivers", "unsigned, and on demand", Pass, guest => WithBootDriver(guest, null, SignedProgram.Unsigned).With(Services + @"\contoso", "Start", 3u)),
        new("SignedBootDrivers", "no program", Pass, guest => WithBootDriver(guest, null, [1, 2, 3])),
        new("SignedBootDrivers", "unsigned, generation 1 wanted", NotApplicable, guest => WithBootDriver(guest, null, SignedProgram.Unsigned), Options: Generation1),
        new("SignedBootDrivers", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Warning),

        new("SecureBootStatus", "never met", NotApplicable, guest => guest),
        new("SecureBootStatus", "done", Pass, guest => guest.With(SecureBoot, "UEFICA2023Status", "Updated")),
        new("SecureBootStatus", "not begun", Fail, guest => guest.With(SecureBoot, "UEFICA2023Status", "NotStarted"), Warning),
        new("SecureBootStatus", "not begun, generation 1 alone", NotApplicable, guest => guest.WithDisk(static disk => disk with { SupportedGenerations = VmGenerations.V1 }).With(SecureBoot, "UEFICA2023Status", "NotStarted")),
        new("SecureBootStatus", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Warning),

        new("ManaDriver", "a service", Pass, guest => guest.WithKey(Services + @"\mana")),
        new("ManaDriver", "in the database", Pass, guest => guest.WithKey(@"SYSTEM\DriverDatabase\DeviceIds\PCI\VEN_1414&DEV_00BA")),
        new("ManaDriver", "in the database's own hive", Pass, guest => guest.WithKey(@"DRIVERS\DriverDatabase\DeviceIds\PCI\VEN_1414&DEV_00BA")),
        new("ManaDriver", "another device", Fail, guest => guest.WithKey(@"DRIVERS\DriverDatabase\DeviceIds\PCI\VEN_15B3&DEV_1016"), Information),
        new("ManaDriver", "no database", Undetermined, guest => guest.Lose("DRIVERS"), Information),
        new("ManaDriver", "absent", Fail, guest => guest, Information),
        new("ManaDriver", "of Server 2016", NotApplicable, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "14393")),
        new("ManaDriver", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Information),

        new("MetadataAgent", "there", Pass, guest => guest.With(Services + @"\GuestProxyAgent", "Start", 2u)),
        new("MetadataAgent", "disabled", Fail, guest => guest.With(Services + @"\GuestProxyAgent", "Start", 4u), Information),
        new("MetadataAgent", "absent", NotApplicable, guest => guest),
        new("MetadataAgent", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Information),

        new("VmAgent", "no hive", Undetermined, guest => guest.Lose("SYSTEM")),

        new("VolumeDirty", "clean", Pass, guest => guest),
        new("VolumeDirty", "dirty", Fail, guest => guest.WithVolume(volume => volume with { IsDirty = true }), Warning),
        new("VolumeDirty", "not told", Undetermined, guest => guest.WithVolume(volume => volume with { IsDirty = null }), Warning),

        new("LiveHealth", "offline", NotApplicable, guest => guest),
        new("LiveHealth", "well", Pass, guest => guest.WithLive(new LiveFacts { HealthProblems = [] })),
        new("LiveHealth", "broken", Fail, guest => guest.WithLive(new LiveFacts { HealthProblems = ["The WMI repository is inconsistent."] }), Information),
        new("LiveHealth", "not gathered", Undetermined, guest => guest.WithLive(new LiveFacts()), Information),

        new("LocalAdmin", "offline", NotApplicable, guest => guest),
        new("LocalAdmin", "enabled", Pass, guest => guest.WithLive(new LiveFacts { IsAdministratorEnabled = true })),
        new("LocalAdmin", "disabled", Fail, guest => guest.WithLive(new LiveFacts { IsAdministratorEnabled = false }), Information),
        new("LocalAdmin", "not gathered", Undetermined, guest => guest.WithLive(new LiveFacts()), Information),

        new("FileVersions", "no versions are named for Server 2022", NotApplicable, guest => guest),
        new("FileVersions", "2012 R2, as new as named", Pass, guest => WithDriver(guest, "9600", "disk.sys", "6.3.9600.18203")),
        new("FileVersions", "2012 R2, older", Fail, guest => WithDriver(guest, "9600", "disk.sys", "6.3.9600.18202"), Information),
        new("FileVersions", "2012 R2, srv.sys", Fail, guest => WithDriver(guest, "9600", "srv.sys", "6.3.9600.18603"), Information),
        new("FileVersions", "2012, general branch", Pass, guest => WithDriver(guest, "9200", "disk.sys", "6.2.9200.17638")),
        new("FileVersions", "2012, hotfix branch", Fail, guest => WithDriver(guest, "9200", "disk.sys", "6.2.9200.21756"), Information),
        new("FileVersions", "2016, not named", Pass, guest => WithDriver(guest, "14393", "disk.sys", "10.0.14393.0")),
        new("FileVersions", "1709", Fail, guest => WithDriver(guest, "16299", "vmstorfl.sys", "10.0.16299.15"), Information),
        new("FileVersions", "a file without a version", Undetermined, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "9600").WithFile(@"Windows\System32\drivers\ntfs.sys", "MZ"), Information),
        new("FileVersions", "no files", Undetermined, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "9600").Lose("FILES"), Information),

        new("CertifiedRoles", "file services and IIS", Pass, guest => guest),
        new("CertifiedRoles", "failover clustering", Fail, guest => guest.With(WindowsKeys.RoleCache + @"\Failover-Clustering", "InstallState", 1u), Warning),
        new("CertifiedRoles", "no cache", Undetermined, guest => guest.WithoutKey(WindowsKeys.RoleCache), Warning),
        new("CertifiedRoles", "client", NotApplicable, guest => guest.With(WindowsKeys.WindowsNT, "InstallationType", "Client")),
    ];

    /// <summary>The three states of a rule that rests on a value: as it is on a ready guest, another one, no hive.</summary>
    private static IEnumerable<RuleState> ValueStates(string id, string key, string name, object wrong, FindingSeverity severity)
    {
        yield return new RuleState(id, "ready", Pass, guest => guest);
        yield return new RuleState(id, $"{name} is wrong", Fail, guest => guest.With(key, name, wrong), severity);
        yield return new RuleState(id, "no hive", Undetermined, guest => guest.Lose(key.Split('\\')[0]), severity);
    }

    private static MemoryGuest WithNvme(MemoryGuest guest, string set)
        => guest.With($@"SYSTEM\{set}\Services\stornvme", "Start", 0u).With($@"SYSTEM\{set}\Services\vpci", "Start", 0u);

    private static MemoryGuest WithBootDriver(MemoryGuest guest, string? image, byte[] content)
    {
        guest = guest.With(Services + @"\contoso", "Start", 0u).With(Services + @"\contoso", "Type", 1u).WithFile(@"Windows\System32\drivers\contoso.sys", content);
        return image is null ? guest : guest.With(Services + @"\contoso", "ImagePath", image);
    }

    private static MemoryGuest WithDriver(MemoryGuest guest, string build, string name, string version)
        => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", build).WithFile(@"Windows\System32\drivers\" + name, ProgramFile.WithVersion(version));

    private static byte[] Proxy(string proxy, string bypass)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(24);
        writer.Write(0);
        writer.Write(3);
        foreach (string text in new[] { proxy, bypass })
        {
            writer.Write(text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }

        return stream.ToArray();
    }
}
