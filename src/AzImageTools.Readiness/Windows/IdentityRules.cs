using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;
using static AzImageTools.Readiness.Windows.RegistryCheck;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// What makes one machine known elsewhere, and what signs in as it or its users: every machine made from the image would be that one.
/// Sysprep leaves it. Asked where many machines are to be made; a disk that is uploaded as the machine it is keeps it rightly.
/// </summary>
internal static class IdentityRules
{
    private const string Defender = @"SOFTWARE\Microsoft\Windows Advanced Threat Protection";
    private const string WindowsUpdate = WindowsKeys.CurrentVersion + @"\WindowsUpdate";
    private const string Falcon = @"SYSTEM\CrowdStrike\{9b03c1d9-3138-44ed-9fae-d9f4c034b88d}\{16e0423f-7058-48c9-a204-725362b67639}\Default";

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("DefenderOnboarded", "The machine is not onboarded to Microsoft Defender for Endpoint",
            "C:\\Temp\\WindowsDefenderATPOffboardingScript.cmd   # the package from the Defender portal: Settings, Endpoints, Offboarding",
            References.DefenderOffboarding, NoSecret(Warning, Defender, "senseGuid"), DwordOrAbsent(Warning, Defender + @"\Status", "OnboardingState", 0)),
        Rule("ConfigMgrIdentity", "No client identity of Configuration Manager is left",
            "net stop ccmexec; Remove-Item C:\\Windows\\SMSCFG.ini; Remove-Item HKLM:\\SOFTWARE\\Microsoft\\SystemCertificates\\SMS\\Certificates\\* -Recurse",
            References.ConfigMgrImaging, FileCheck.Absent(Warning, @"Windows\SMSCFG.ini"), NoSecretSubkeys(Warning, @"SOFTWARE\Microsoft\SystemCertificates\SMS\Certificates")),
        Rule("IntuneEnrollment", "The machine is not enrolled in Intune",
            "Get-ChildItem HKLM:\\SOFTWARE\\Microsoft\\Enrollments | Where-Object { $_.GetValue('ProviderID') -eq 'MS DM Server' }   # retire the device in Intune, or begin from a machine that never was enrolled: clones of one that is are not supported",
            References.IntuneCloning, new RuleCheck(Warning, IdentityChecks.JudgeEnrollment)),
        Rule("ArcIdentity", "The machine is not connected to Azure Arc",
            "azcmagent disconnect   # --force-local-only where the resource is gone",
            References.ArcDisconnect, FileCheck.Absent(Warning, @"ProgramData\AzureConnectedMachineAgent\Config\agentconfig.json")),
        Rule("EntraIdentity", "The machine is not joined to Microsoft Entra ID",
            "dsregcmd /leave   # as SYSTEM",
            References.EntraVirtualDesktops, NoSecretSubkeys(Warning, WindowsKeys.Control + @"\CloudDomainJoin\JoinInfo")),
        Rule("CrowdStrikeIdentity", "No agent id of CrowdStrike Falcon is left",
            "WindowsSensor.exe /install /quiet /norestart CID=... NO_START=1   # after uninstalling it: the sensor then takes its id on the machines made from the image; don't restart this one",
            References.FalconWindows, NoSecret(Warning, Falcon, "AG"), NoSecret(Warning, WindowsKeys.Services + @"\CSAgent\Sim", "AG")),
        Rule("SplunkIdentity", "No instance id of Splunk is left",
            "& 'C:\\Program Files\\SplunkUniversalForwarder\\bin\\splunk.exe' stop; & 'C:\\Program Files\\SplunkUniversalForwarder\\bin\\splunk.exe' clone-prep-clear-config",
            References.SplunkInstance,
            FileCheck.Deleted(Warning, @"Program Files\SplunkUniversalForwarder\etc\instance.cfg"),
            FileCheck.Deleted(Warning, @"Program Files\Splunk\etc\instance.cfg")),
        Rule("WsusIdentity", "No client id of Windows Update and WSUS is left",
            "Stop-Service wuauserv; Remove-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate SusClientId, SusClientIdValidation -ErrorAction Ignore",
            References.WsusClients, [.. new[] { "SusClientId", "SusClientIdValidation" }.Select(static name => IdentityChecks.AfterSysprep(NoSecret(Warning, WindowsUpdate, name) with { Repair = _ => [Remove(WindowsUpdate, name) with { HidesContent = true }] }))]),
        Rule("OpenSshHostKeys", "No host keys of OpenSSH are left: all machines would share them",
            "Stop-Service sshd; Remove-Item C:\\ProgramData\\ssh\\ssh_host_*   # the server makes new ones when it starts",
            References.OpenSshWindows, new RuleCheck(Warning, IdentityChecks.JudgeHostKeys)),
        Rule("MetadataKeys", "No key of the Metadata Security Protocol's agent is left",
            "Stop-Service GuestProxyAgent; Remove-Item C:\\WindowsAzure\\ProxyAgent\\Keys\\*",
            References.ProxyAgentKeys, FileCheck.Empty(Warning, @"WindowsAzure\ProxyAgent\Keys")),
        Rule("MachineCertificates", "No certificate of this machine with a private key is left",
            "Get-ChildItem Cert:\\LocalMachine\\My | Where-Object HasPrivateKey   # Remove-Item -DeleteKey those that are this machine's own",
            References.ConfigMgrImaging, new RuleCheck(Warning, IdentityChecks.JudgeCertificates)),
        Rule("AutoLogonPassword", "No password for automatic sign-in is stored",
            "Remove-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon' DefaultPassword, AutoAdminLogon -ErrorAction Ignore   # a password that Autologon encrypted: autologon.exe, Disable",
            References.AutomaticLogon, NoSecret(Warning, WindowsKeys.WindowsNT + @"\Winlogon", "DefaultPassword"), new RuleCheck(Warning, IdentityChecks.JudgeStoredPassword)),
        Rule("UserSecrets", "No home folder holds tokens of a cloud, passwords or private SSH keys",
            "az logout; Clear-AzContext -Force   # and Remove-Item what is named; then change or revoke it, if the image has left your hands",
            References.AzureCliTokens,
            [.. UserSecret.All.Append(IdentityChecks.Google).Append(IdentityChecks.IdentityService).Select(static secret => secret.InNoHome(IdentityChecks.FindHomes, '\\', string.Empty))]),
        Rule("RunCommandScripts", "No script of Run Command or of the Custom Script Extension is left",
            "Remove-Item C:\\Packages\\Plugins\\Microsoft.CPlat.Core.RunCommand*\\*\\Downloads\\*, C:\\Packages\\Plugins\\Microsoft.Compute.CustomScriptExtension\\*\\Downloads\\* -Recurse",
            References.CustomScriptWindows,
            IdentityChecks.NoDownloads("Microsoft.CPlat.Core.RunCommandWindows").From(References.RunCommandWindows),
            IdentityChecks.NoDownloads("Microsoft.CPlat.Core.RunCommandHandlerWindows").From(References.RunCommandWindows),
            IdentityChecks.NoDownloads("Microsoft.Compute.CustomScriptExtension")),
    ];

    private static ReadinessRule Rule(string id, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, Warning, ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload, RuleScope.Windows, title, remedy, source, [.. checks.Select(IdentityChecks.ForManyMachines)]);
}
