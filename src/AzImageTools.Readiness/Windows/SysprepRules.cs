using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;
using static AzImageTools.Readiness.Windows.RegistryCheck;

namespace AzImageTools.Readiness.Windows;

/// <summary>What stops Sysprep, or spoils what it makes. None concerns a guest that is generalized already.</summary>
internal static class SysprepRules
{
    private const uint NeverSysprepped = 7;
    private const uint CleanupDone = 2;

    /// <summary>What spoils what Sysprep makes, and a disk that is uploaded as it is too.</summary>
    private const ReadinessPurpose Both = ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload;

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("AppxUserOnly", Blocker, "No app package is installed for a user without being provisioned for all",
            "Get-AppxPackage -AllUsers | Where-Object PackageFullName -eq 'NAME' | Remove-AppxPackage -AllUsers   # or provision it: Sysprep refuses it (0x80073cf2)",
            References.StoreApps, new RuleCheck(Blocker, SysprepChecks.JudgeAppPackages)),
        new("BitLockerOff", Blocker, Both, RuleScope.Windows, "The operating system's volume is not encrypted with BitLocker",
            "manage-bde -off C:   # then wait until 'manage-bde -status C:' says Fully Decrypted; suspended protection still stops Sysprep",
            References.StoreApps, new RuleCheck(Blocker, SysprepChecks.JudgeBitLocker)) { JudgesUnknownSystems = true },
        Rule("PendingServicing", Blocker, "No update waits for a restart",
            "Restart-Computer   # and again until Windows Update has nothing left to install",
            References.PrepareVhd,
            KeyAbsent(Blocker, WindowsKeys.Servicing + @"\RebootPending"),
            KeyAbsent(Blocker, WindowsKeys.Servicing + @"\PackagesPending"),
            KeyAbsent(Blocker, WindowsKeys.CurrentVersion + @"\WindowsUpdate\Auto Update\RebootRequired"),
            FileCheck.Absent(Blocker, @"Windows\WinSxS\pending.xml")),
        Rule("PendingFileRename", Warning, "No file waits to be renamed at the next start",
            "Restart-Computer",
            References.PrepareVhd, Empty(Warning, WindowsKeys.SessionManager, "PendingFileRenameOperations")),
        Rule("ReservedStorageIdle", Blocker, "No update uses reserved storage",
            "Install-Module PSWindowsUpdate; Install-WindowsUpdate -AcceptAll -AutoReboot   # until nothing is left: else Sysprep ends with 0x800F0975",
            References.CaptureWindows11, DwordOrAbsent(Blocker, WindowsKeys.CurrentVersion + @"\ReserveManager", "ActiveScenario", 0)),
        new("ImageState", Blocker, Both, RuleScope.Windows, "Windows Setup has finished, or the image is in audit mode, ready for Sysprep",
            "Get-Content C:\\Windows\\Panther\\setuperr.log   # an image that can't be deployed must be rebuilt",
            References.SetupStates, new RuleCheck(Blocker, SysprepChecks.JudgeImageState)),
        Rule("SysprepStatus", Blocker, "No earlier run of Sysprep was interrupted",
            "Get-Content C:\\Windows\\System32\\Sysprep\\Panther\\setuperr.log   # then restore a backup from before that run",
            References.FatalError,
            DwordOrAbsent(Blocker, WindowsKeys.Setup + @"\Status\SysprepStatus", "GeneralizationState", NeverSysprepped),
            DwordOrAbsent(Blocker, WindowsKeys.Setup + @"\Status\SysprepStatus", "CleanupState", CleanupDone)),
        Rule("SetupIdle", Blocker, "Windows Setup is not under way",
            "C:\\Windows\\System32\\oobe\\msoobe.exe   # finish the first-run setup, then restart",
            References.SysprepProcess,
            Dword(Blocker, WindowsKeys.Setup, "SetupType", 0),
            Dword(Blocker, WindowsKeys.Setup, "SystemSetupInProgress", 0),
            DwordOrAbsent(Blocker, WindowsKeys.Setup, "OOBEInProgress", 0),
            Empty(Blocker, WindowsKeys.Setup, "CmdLine")),
        LiveRule("RearmLeft", Blocker, "Windows can still be rearmed",
            "reg add \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\" /v SkipRearm /t REG_DWORD /d 1 /f   # while building; reset it before release",
            References.Rearm, LiveCheck.Fact(Blocker, "Remaining rearm count", live => live.RemainingRearmCount, count => count > 0)),
        Rule("SkipRearm", Information, "The next run of Sysprep resets Windows' activation",
            "reg add \"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SoftwareProtectionPlatform\" /v SkipRearm /t REG_DWORD /d 0 /f",
            References.SysprepGeneralize, DwordOrAbsent(Information, WindowsKeys.WindowsNT + @"\SoftwareProtectionPlatform", "SkipRearm", 0) with { Repair = static _ => [Edit(WindowsKeys.WindowsNT + @"\SoftwareProtectionPlatform", "SkipRearm", 0)] }),
        Rule("UpgradedOs", Blocker, "Windows is a clean installation, not an upgrade from an earlier version",
            "Get-ChildItem HKLM:\\SYSTEM\\Setup   # install from scratch: an upgraded Windows can't be generalized before Windows 10 1607 and Windows Server 2016",
            References.SysprepOverview, new RuleCheck(Blocker, SysprepChecks.JudgeUpgrade)),
        Rule("DomainJoined", Blocker, "The machine is in a workgroup, not a domain member or controller",
            "Remove-Computer -UnjoinDomainCredential (Get-Credential) -WorkgroupName WORKGROUP -Restart",
            References.SysprepOverview, new RuleCheck(Warning, SysprepChecks.JudgeMembership), new RuleCheck(Blocker, SysprepChecks.JudgeController)),
        Rule("EfsFiles", Warning, "No file is encrypted with EFS: Sysprep throws the keys away",
            "cipher /u /n   # lists the encrypted files; then: cipher /d /s:FOLDER",
            References.SysprepOverview, new RuleCheck(Warning, EncryptedFiles.Judge)),
        new("LeftoverAnswerFile", Warning, Both, RuleScope.Windows, "No answer file is left that Setup would read at the next start",
            "Remove-Item C:\\Windows\\Panther\\unattend.xml, C:\\Windows\\Panther\\Unattend\\unattend.xml, C:\\Windows\\System32\\Sysprep\\unattend.xml, C:\\unattend.xml, C:\\autounattend.xml -ErrorAction Ignore; Remove-ItemProperty HKLM:\\SYSTEM\\Setup UnattendFile -ErrorAction Ignore",
            References.ImageBuilder,
            FileCheck.Deleted(Warning, @"Windows\Panther\unattend.xml"),
            FileCheck.Deleted(Warning, @"Windows\Panther\Unattend\unattend.xml"),
            FileCheck.Deleted(Warning, @"Windows\System32\Sysprep\unattend.xml"),
            FileCheck.Deleted(Warning, "unattend.xml"),
            FileCheck.Deleted(Warning, "autounattend.xml"),
            Empty(Warning, WindowsKeys.Setup, "UnattendFile") with { Repair = static _ => [Remove(WindowsKeys.Setup, "UnattendFile")] }),
        Rule("PantherFolder", Information, "What Windows Setup logged about this machine is removed",
            "Remove-Item C:\\Windows\\Panther -Recurse -Force",
            References.PrepareVhd, FileCheck.Deleted(Information, @"Windows\Panther")),
        Rule("LastSysprepError", Warning, "The last run of Sysprep reported no error",
            "Get-Content C:\\Windows\\System32\\Sysprep\\Panther\\setuperr.log   # fix what it names",
            References.SysprepProcess, new RuleCheck(Warning, SysprepLog.JudgeErrors)),
        Rule("SysprepProviders", Warning, "Every program that Sysprep will call is there",
            "Get-Item HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\SysPrepExternal\\Generalize   # Remove-ItemProperty the value whose file is gone",
            References.SysprepProcess, new RuleCheck(Warning, SysprepChecks.JudgeProviders)),
        Rule("SqlInstance", Warning, "No SQL Server instance is configured",
            "setup.exe /ACTION=PrepareImage   # of SQL Server, after removing the instance; or begin from a Marketplace image with SQL Server",
            References.SqlSysprep, NoValues(Warning, @"SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL")),
        Rule("UserProfiles", Information, "No user but the built-in Administrator has a profile",
            "Get-CimInstance Win32_UserProfile | Where-Object { -not $_.Special -and $_.SID -notlike '*-500' } | Remove-CimInstance",
            References.SysprepOverview, NoSubkeys(Information, WindowsKeys.WindowsNT + @"\ProfileList", SysprepChecks.IsProfileOfUser)),
        LiveRule("RunContext", Blocker, "Sysprep is started by an administrator, not by LocalSystem",
            "Start-Process C:\\Windows\\System32\\Sysprep\\sysprep.exe -ArgumentList '/oobe /generalize /quiet /shutdown' -Credential (Get-Credential)",
            References.SysprepAsSystem, new RuleCheck(Blocker, SysprepChecks.JudgeRunContext)),
        new("Hibernated", Blocker, Both, RuleScope.Windows, "Windows was shut down fully, not hibernated",
            "powercfg /h off; shutdown /s /t 0   # while it sleeps, what its disk shows is stale",
            References.Hibernation, new RuleCheck(Blocker, SysprepChecks.JudgeHibernation)),
        Rule("EvaluationEdition", Warning, "Windows is not an evaluation edition, which expires",
            "DISM /Online /Set-Edition:ServerStandard /ProductKey:XXXXX-XXXXX-XXXXX-XXXXX-XXXXX /AcceptEula",
            References.EvaluationEditions,
            Value(Warning, WindowsKeys.WindowsNT, "EditionID", "an edition that does not end in Eval",
                data => data is string edition && !edition.EndsWith("Eval", StringComparison.OrdinalIgnoreCase))),
        Rule("DriveLetterD", Warning, "D: is free for Azure's temporary disk",
            "Get-Partition -DriveLetter D | Set-Partition -NewDriveLetter F",
            References.PrepareVhd, new RuleCheck(Warning, DriveLetters.JudgeD)),
        new("ServerRoles", Blocker, ReadinessPurpose.Sysprep, RuleScope.WindowsServer, "No server role is installed that Sysprep does not support",
            "Get-WindowsFeature | Where-Object Installed   # Uninstall-WindowsFeature NAME here, and install and configure it on the machines made from the image",
            References.SysprepServerRoles, new RuleCheck(Blocker, ServerRoles.Judge)),
    ];

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.Sysprep, RuleScope.Windows, title, remedy, source, checks);

    private static ReadinessRule LiveRule(string id, FindingSeverity severity, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.Sysprep, RuleScope.Windows, title, remedy, source, checks) { IsLiveOnly = true };
}
