using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class SysprepStates
{
    private const string Setup = WindowsKeys.Setup;
    private const string Status = @"SYSTEM\Setup\Status\SysprepStatus";
    private const string Cache = WindowsKeys.RoleCache;
    private const string MountedDevices = @"SYSTEM\MountedDevices";
    private const string ErrorLog = @"Windows\System32\Sysprep\Panther\setuperr.log";
    private const string Services = WindowsKeys.Services;

    private static readonly ReadinessOptions AzureAlone = new() { Purpose = ReadinessPurpose.AzureUpload };
    private static readonly byte[] DomainSid = [1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("AppxUserOnly", "offline, no hint", NotApplicable, guest => guest),
        new("AppxUserOnly", "offline, no apps at all", NotApplicable, guest => guest.WithoutKey(WindowsKeys.AppStore)),
        new("AppxUserOnly", "live, provisioned", Pass, guest => guest.WithLive(new LiveFacts { UserOnlyAppPackages = [] })),
        new("AppxUserOnly", "live, one user's", Fail, guest => guest.WithLive(new LiveFacts { UserOnlyAppPackages = ["Microsoft.Any_1.0.0.0_neutral__8wekyb3d8bbwe"] }), Blocker),
        new("AppxUserOnly", "not gathered", Undetermined, guest => guest.WithLive(new LiveFacts()), Blocker),
        new("AppxUserOnly", "one user's", Fail, guest => guest.WithKey(WindowsKeys.AppStore + @"\S-1-5-21-1-2-3-1001\Microsoft.Winget.Source_2024.1128.1102.50_neutral__8wekyb3d8bbwe"), Warning),
        new("AppxUserOnly", "the system's", NotApplicable, guest => guest.WithKey(WindowsKeys.AppStore + @"\S-1-5-18\Microsoft.Any_1.0.0.0_neutral__8wekyb3d8bbwe")),
        new("AppxUserOnly", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("BitLockerOff", "NTFS", Pass, guest => guest),
        new("BitLockerOff", "encrypted", Fail, guest => guest.WithVolume(volume => volume with { FileSystem = FileSystemKind.BitLocker }), Blocker),
        new("BitLockerOff", "encrypted, so that no system is seen", Fail, guest => guest.WithIdentity(null).WithVolume(volume => volume with { FileSystem = FileSystemKind.BitLocker, HoldsOperatingSystem = false }), Blocker),
        new("BitLockerOff", "encrypted and unlocked", Fail, guest => guest.WithVolume(volume => volume with { IsUnlocked = true }), Blocker),
        new("BitLockerOff", "a running system does not tell", Undetermined, guest => guest.WithVolume(volume => volume with { IsUnlocked = null }), Blocker),
        new("BitLockerOff", "a running server does not tell, and lacks the feature", Pass, guest => guest.WithVolume(volume => volume with { IsUnlocked = null }).With(Cache + @"\BitLocker", "InstallState", 0u)),
        new("BitLockerOff", "a running server with the feature does not tell", Undetermined, guest => guest.WithVolume(volume => volume with { IsUnlocked = null }).With(Cache + @"\BitLocker", "InstallState", 1u), Blocker),
        new("BitLockerOff", "the disk of a running system may not be read", Undetermined, guest => guest.WithVolume(volume => volume with { IsUnlocked = null, BitLockerProblem = "Run this as an administrator." }), Blocker),
        new("BitLockerOff", "encrypted, for Azure alone", Fail, guest => guest.WithVolume(volume => volume with { FileSystem = FileSystemKind.BitLocker }), Blocker, AzureAlone),
        new("BitLockerOff", "no volume", Undetermined, guest => guest.WithoutVolumes()),

        new("PendingServicing", "idle", Pass, guest => guest),
        new("PendingServicing", "a restart is pending", Fail, guest => guest.WithKey(WindowsKeys.Servicing + @"\RebootPending"), Blocker),
        new("PendingServicing", "packages are pending", Fail, guest => guest.WithKey(WindowsKeys.Servicing + @"\PackagesPending"), Blocker),
        new("PendingServicing", "Windows Update wants a restart", Fail, guest => guest.WithKey(WindowsKeys.CurrentVersion + @"\WindowsUpdate\Auto Update\RebootRequired"), Blocker),
        new("PendingServicing", "pending.xml", Fail, guest => guest.WithFile(@"Windows\WinSxS\pending.xml", "<x/>"), Blocker),
        new("PendingServicing", "pending.xml and no SOFTWARE hive", Fail, guest => guest.WithFile(@"Windows\WinSxS\pending.xml", "<x/>").Lose("SOFTWARE"), Blocker),
        new("PendingServicing", "no SOFTWARE hive", Undetermined, guest => guest.Lose("SOFTWARE"), Blocker),
        new("PendingServicing", "no files", Undetermined, guest => guest.Lose("FILES"), Blocker),

        new("PendingFileRename", "none", Pass, guest => guest),
        new("PendingFileRename", "one", Fail, guest => guest.With(WindowsKeys.SessionManager, "PendingFileRenameOperations", new[] { @"\??\C:\a", string.Empty }), Warning),
        new("PendingFileRename", "empty list", Pass, guest => guest.With(WindowsKeys.SessionManager, "PendingFileRenameOperations", Array.Empty<string>())),
        new("PendingFileRename", "no hive", Undetermined, guest => guest.Lose("SYSTEM"), Warning),

        new("ReservedStorageIdle", "idle", Pass, guest => guest),
        new("ReservedStorageIdle", "never used", Pass, guest => guest.WithoutKey(WindowsKeys.CurrentVersion + @"\ReserveManager")),
        new("ReservedStorageIdle", "in use", Fail, guest => guest.With(WindowsKeys.CurrentVersion + @"\ReserveManager", "ActiveScenario", 2u), Blocker),
        new("ReservedStorageIdle", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("ImageState", "complete", Pass, guest => guest),
        new("ImageState", "complete, no State.ini", Pass, guest => guest.WithoutFile(@"Windows\Setup\State\State.ini")),
        new("ImageState", "audit", Pass, guest => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT").WithFile(@"Windows\Setup\State\State.ini", "[State]\nImageState=IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT\n")),
        new("ImageState", "complete, for Azure alone", Pass, guest => guest, Options: AzureAlone),
        new("ImageState", "undeployable, for Azure alone", Fail, guest => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_UNDEPLOYABLE"), Blocker, AzureAlone),
        new("ImageState", "audit, for Azure alone", Fail, guest => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT").WithFile(@"Windows\Setup\State\State.ini", "[State]\nImageState=IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT\n"), Blocker, AzureAlone),
        new("ImageState", "resealed to audit, for Azure alone", Fail, guest => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT").WithoutFile(@"Windows\Setup\State\State.ini"), Blocker, AzureAlone),
        new("ImageState", "undeployable", Fail, guest => guest.With(WindowsKeys.SetupState, "ImageState", "IMAGE_STATE_UNDEPLOYABLE"), Blocker),
        new("ImageState", "absent", Fail, guest => guest.Without(WindowsKeys.SetupState, "ImageState"), Blocker),
        new("ImageState", "State.ini disagrees", Fail, guest => guest.WithFile(@"Windows\Setup\State\State.ini", "[State]\nImageState=IMAGE_STATE_UNDEPLOYABLE"), Blocker),
        new("ImageState", "State.ini in UTF-16", Pass, guest => guest.WithFile(@"Windows\Setup\State\State.ini", [.. System.Text.Encoding.Unicode.GetPreamble(), .. System.Text.Encoding.Unicode.GetBytes("[State]\r\nImageState = IMAGE_STATE_COMPLETE\r\n")])),
        new("ImageState", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),
        new("ImageState", "no files", Undetermined, guest => guest.Lose("FILES")),

        new("SysprepStatus", "never run", Pass, guest => guest),
        new("SysprepStatus", "no trace", Pass, guest => guest.WithoutKey(Status)),
        new("SysprepStatus", "stuck midway", Fail, guest => guest.With(Status, "GeneralizationState", 3u), Blocker),
        new("SysprepStatus", "cleanup is not done", Fail, guest => guest.With(Status, "CleanupState", 1u), Blocker),
        new("SysprepStatus", "no hive", Undetermined, guest => guest.Lose("SYSTEM")),

        new("SetupIdle", "idle", Pass, guest => guest),
        new("SetupIdle", "setup comes next", Fail, guest => guest.With(Setup, "SetupType", 2u), Blocker),
        new("SetupIdle", "setup runs", Fail, guest => guest.With(Setup, "SystemSetupInProgress", 1u), Blocker),
        new("SetupIdle", "first run", Fail, guest => guest.With(Setup, "OOBEInProgress", 1u), Blocker),
        new("SetupIdle", "a command waits", Fail, guest => guest.With(Setup, "CmdLine", @"oobe\windeploy.exe"), Blocker),
        new("SetupIdle", "no hive", Undetermined, guest => guest.Lose("SYSTEM")),

        new("RearmLeft", "some", Pass, guest => guest.WithLive(new LiveFacts { RemainingRearmCount = 1001 })),
        new("RearmLeft", "none", Fail, guest => guest.WithLive(new LiveFacts { RemainingRearmCount = 0 }), Blocker),
        new("RearmLeft", "not gathered", Undetermined, guest => guest.WithLive(new LiveFacts()), Blocker),
        new("RearmLeft", "offline", NotApplicable, guest => guest),

        new("SkipRearm", "off", Pass, guest => guest),
        new("SkipRearm", "on", Fail, guest => guest.With(WindowsKeys.WindowsNT + @"\SoftwareProtectionPlatform", "SkipRearm", 1u), Information),
        new("SkipRearm", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("UpgradedOs", "clean", Pass, guest => guest),
        new("UpgradedOs", "upgraded", Fail, guest => guest.WithKey(@"SYSTEM\Setup\Source OS (Updated on 3/4/2024 10:11:12)"), Warning),
        new("UpgradedOs", "upgraded, 1511", Fail, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "10586").WithKey(@"SYSTEM\Setup\Upgrade"), Blocker),
        new("UpgradedOs", "no SYSTEM hive", Undetermined, guest => guest.Lose("SYSTEM")),

        new("DomainJoined", "workgroup", Pass, guest => guest),
        new("DomainJoined", "member", Fail, guest => guest.With(WindowsKeys.DomainMembership, string.Empty, DomainSid), Warning),
        new("DomainJoined", "controller by its product type alone", Fail, guest => guest.With(WindowsKeys.Control + @"\ProductOptions", "ProductType", "LanmanNT"), Warning),
        new("DomainJoined", "controller", Fail, guest => guest.With(WindowsKeys.Control + @"\ProductOptions", "ProductType", "LanmanNT").With(Services + @"\NTDS\Parameters", "DSA Database file", @"C:\Windows\NTDS\ntds.dit"), Blocker),
        new("DomainJoined", "no SECURITY hive", Undetermined, guest => guest.Lose("SECURITY"), Warning),
        new("DomainJoined", "no SYSTEM hive", Undetermined, guest => guest.Lose("SYSTEM"), Blocker),
        new("DomainJoined", "member, and no SYSTEM hive", Undetermined, guest => guest.With(WindowsKeys.DomainMembership, string.Empty, DomainSid).Lose("SYSTEM"), Blocker),
        new("DomainJoined", "live member", Fail, guest => guest.Lose("SECURITY").WithLive(new LiveFacts { IsDomainJoined = true }), Warning),

        new("LeftoverAnswerFile", "none", Pass, guest => guest),
        new("LeftoverAnswerFile", "Panther", Fail, guest => guest.WithFile(@"Windows\Panther\unattend.xml", "<unattend/>"), Warning),
        new("LeftoverAnswerFile", "Panther's folder", Fail, guest => guest.WithFile(@"Windows\Panther\Unattend\unattend.xml", "<unattend/>"), Warning),
        new("LeftoverAnswerFile", "Sysprep", Fail, guest => guest.WithFile(@"Windows\System32\Sysprep\unattend.xml", "<unattend/>"), Warning),
        new("LeftoverAnswerFile", "root", Fail, guest => guest.WithFile("autounattend.xml", "<unattend/>"), Warning),
        new("LeftoverAnswerFile", "registry", Fail, guest => guest.With(Setup, "UnattendFile", @"C:\answers.xml"), Warning),
        new("LeftoverAnswerFile", "another provisioner's, in a generalized Windows", Fail, _ => MemoryGuest.Generalized().WithFile(@"Windows\Panther\unattend.xml", "<unattend/>"), Warning),
        new("LeftoverAnswerFile", "no files", Undetermined, guest => guest.Lose("FILES")),
        new("LeftoverAnswerFile", "damaged files", Undetermined, guest => guest.Damage("FILES")),

        new("EfsFiles", "none", Pass, guest => guest),
        new("EfsFiles", "a user's", Fail, guest => guest.WithEncryptedFile(@"Users\alice\Documents\payroll.xlsx"), Warning),
        new("EfsFiles", "beside the system", Fail, guest => guest.WithEncryptedFile(@"Data\db.mdf"), Warning),
        new("EfsFiles", "more folders than are looked at", Undetermined, guest => Enumerable.Range(0, 3000).Aggregate(guest, (many, index) => many.WithFile(FormattableString.Invariant($@"Data\{index}\x"), "x")), Warning),
        new("EfsFiles", "no files", Undetermined, guest => guest.Lose("FILES"), Warning),

        new("PantherFolder", "removed", Pass, guest => guest),
        new("PantherFolder", "there", Fail, guest => guest.WithFile(@"Windows\Panther\setupact.log", "x"), Information),
        new("PantherFolder", "no files", Undetermined, guest => guest.Lose("FILES"), Information),

        new("LastSysprepError", "no log", Pass, guest => guest),
        new("LastSysprepError", "errors of an earlier run", Pass, guest => guest.WithFile(ErrorLog, "2026-03-19 10:00:00, Error [0x0f0082] SYSPRP x\r\n2026-03-20 15:23:14, Info SYSPRP === Beginning of a new sysprep run ===\r\n2026-03-20 15:23:15, Info SYSPRP Error is a word here\r\n")),
        new("LastSysprepError", "an error", Fail, guest => guest.WithFile(ErrorLog, "2026-03-20 15:23:14, Info SYSPRP === Beginning of a new sysprep run ===\r\n2026-03-20 15:23:14, Error      [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred\r\n"), Warning),
        new("LastSysprepError", "no files", Undetermined, guest => guest.Lose("FILES")),

        new("SysprepProviders", "there", Pass, guest => guest),
        new("SysprepProviders", "none", Pass, guest => guest.WithoutKey(WindowsKeys.SysprepProviders)),
        new("SysprepProviders", "gone", Fail, guest => guest.With(WindowsKeys.SysprepProviders, "{1}", @"%SystemRoot%\System32\gone.dll,Generalize"), Warning),
        new("SysprepProviders", "gone, by name", Fail, guest => guest.With(WindowsKeys.SysprepProviders, "{1}", "gone.dll,Generalize"), Warning),
        new("SysprepProviders", "by name", Pass, guest => guest.With(WindowsKeys.SysprepProviders, "{1}", "sppnp.dll,Generalize")),
        new("SysprepProviders", "no files", Undetermined, guest => guest.Lose("FILES")),

        new("DriveLetterD", "free", Pass, guest => guest),
        new("DriveLetterD", "an optical drive", Pass, guest => guest.With(MountedDevices, @"\DosDevices\D:", System.Text.Encoding.Unicode.GetBytes(@"\??\SCSI#CdRom&Ven_Msft"))),
        new("DriveLetterD", "a GPT volume", Fail, guest => guest.With(MountedDevices, @"\DosDevices\D:", (byte[])[.. "DMIO:ID:"u8, .. new byte[16]]), Warning),
        new("DriveLetterD", "an MBR volume", Fail, guest => guest.With(MountedDevices, @"\DosDevices\D:", new byte[12]), Warning),
        new("DriveLetterD", "no hive", Undetermined, guest => guest.Lose("SYSTEM")),

        new("SqlInstance", "none", Pass, guest => guest),
        new("SqlInstance", "one", Fail, guest => guest.With(@"SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL", "MSSQLSERVER", "MSSQL16.MSSQLSERVER"), Warning),
        new("SqlInstance", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("UserProfiles", "Administrator only", Pass, guest => guest),
        new("UserProfiles", "a user", Fail, guest => guest.WithKey(WindowsKeys.WindowsNT + @"\ProfileList\S-1-5-21-1004336348-1177238915-682003330-1001"), Information),
        new("UserProfiles", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("RunContext", "user", Pass, guest => guest.WithLive(new LiveFacts { RunsAsLocalSystem = false })),
        new("RunContext", "SYSTEM on Server 2022", Fail, guest => guest.WithLive(new LiveFacts { RunsAsLocalSystem = true }), Information),
        new("RunContext", "SYSTEM on Server 2025", Fail, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "26100").WithLive(new LiveFacts { RunsAsLocalSystem = true }), Blocker),
        new("RunContext", "not gathered", Undetermined, guest => guest.WithLive(new LiveFacts())),

        new("Hibernated", "no file", Pass, guest => guest),
        new("Hibernated", "resumed", Pass, guest => guest.WithFile("hiberfil.sys", "WAKE....")),
        new("Hibernated", "zeros", Pass, guest => guest.WithFile("hiberfil.sys", new byte[4096])),
        new("Hibernated", "asleep, for Azure alone", Fail, guest => guest.WithFile("hiberfil.sys", "HIBR...."), Blocker, AzureAlone),
        new("Hibernated", "empty", Pass, guest => guest.WithFile("hiberfil.sys", string.Empty)),
        new("Hibernated", "asleep", Fail, guest => guest.WithFile("hiberfil.sys", "HIBR...."), Blocker),
        new("Hibernated", "asleep, older signature", Fail, guest => guest.WithFile("hiberfil.sys", "hibr...."), Blocker),
        new("Hibernated", "no files", Undetermined, guest => guest.Lose("FILES")),

        new("EvaluationEdition", "Datacenter", Pass, guest => guest),
        new("EvaluationEdition", "evaluation", Fail, guest => guest.With(WindowsKeys.WindowsNT, "EditionID", "ServerDatacenterEval"), Warning),
        new("EvaluationEdition", "no hive", Undetermined, guest => guest.Lose("SOFTWARE")),

        new("ServerRoles", "file services and IIS", Pass, guest => guest),
        new("ServerRoles", "DHCP by both marks", Fail, guest => guest.With(Cache + @"\DHCP", "InstallState", 1u).WithKey(Services + @"\DHCPServer"), Blocker),
        new("ServerRoles", "DHCP by the cache", Fail, guest => guest.With(Cache + @"\DHCP", "InstallState", 1u), Warning),
        new("ServerRoles", "DHCP by its service", Fail, guest => guest.WithoutKey(Cache + @"\DHCP").WithKey(Services + @"\DHCPServer"), Warning),
        new("ServerRoles", "DHCP's service while the cache denies it", Pass, guest => guest.WithKey(Services + @"\DHCPServer")),
        new("ServerRoles", "DHCP on 2008", Pass, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "6003").With(Cache + @"\DHCP", "InstallState", 1u).With(Cache + @"\FileAndStorage-Services", "InstallState", 0u)),
        new("ServerRoles", "DHCP on 2008 R2", Fail, guest => guest.With(WindowsKeys.WindowsNT, "CurrentBuildNumber", "7601").With(Cache + @"\DHCP", "InstallState", 1u)),
        new("ServerRoles", "directory instance", Fail, guest => guest.WithoutKey(Cache + @"\ADLDS").WithKey(Services + @"\ADAM_instance1"), Warning),
        new("ServerRoles", "Hyper-V", Fail, guest => guest.With(Cache + @"\Hyper-V", "InstallState", 1u).WithKey(Services + @"\vmms"), Warning),
        new("ServerRoles", "DNS, unstated", Fail, guest => guest.With(Cache + @"\DNS", "InstallState", 1u).WithKey(Services + @"\DNS"), Warning),
        new("ServerRoles", "IIS with an encrypted credential", Fail, guest => guest.WithFile(@"Windows\System32\inetsrv\config\applicationHost.config", "<add password=\"[enc:AesProvider:c2VjcmV0:enc]\" />"), Warning),
        new("ServerRoles", "IIS, and no files", Undetermined, guest => guest.Lose("FILES")),
        new("ServerRoles", "no cache", Undetermined, guest => guest.WithoutKey(Cache).WithoutKey(Services + @"\W3SVC"), Warning),
        new("ServerRoles", "no SOFTWARE hive", Undetermined, guest => guest.Lose("SOFTWARE"), Blocker),
        new("ServerRoles", "client", NotApplicable, guest => guest.With(WindowsKeys.WindowsNT, "InstallationType", "Client")),
    ];
}
