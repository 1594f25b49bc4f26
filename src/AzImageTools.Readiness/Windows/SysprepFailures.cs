using System.Text.RegularExpressions;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// The known causes of Sysprep's failing. Those that name what is wrong stand before those that tell only a number: the
/// first that a run's errors tell of is the one to put right first.
/// </summary>
internal static class SysprepFailures
{
    private const string SystemErrors = "https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-";

    public static IReadOnlyList<SysprepFailure> Table { get; } =
    [
        new(Match(@"Package (?<name>\S+) was installed for a user, but not provisioned for all users"),
            "The app package {0} is installed for a user and not provisioned for all.",
            "Get-AppxPackage -AllUsers | Where-Object PackageFullName -eq '{0}' | Remove-AppxPackage -AllUsers",
            References.StoreApps),
        new(Match("BitLocker is on for the OS volume|0x80310039"),
            "The operating system's volume is encrypted with BitLocker.",
            "manage-bde -off C:   # then wait until 'manage-bde -status C:' says Fully Decrypted",
            References.StoreApps),
        new(Match("reserved storage is in use|if there is an active scenario|0x800F0975"),
            "An update uses reserved storage.",
            "Install-Module PSWindowsUpdate; Install-WindowsUpdate -AcceptAll -AutoReboot   # until nothing is left to install",
            References.CaptureWindows11),
        new(Match("Windows updates that require a reboot"),
            "An update waits for a restart.",
            "Restart-Computer   # and again until Windows Update has nothing left to install",
            References.PrepareVhd),
        new(Match(@"Failed to query pending CBS operations"),
            "The service that installs updates does not tell whether any are pending.",
            "Set-Service TrustedInstaller -StartupType Manual; Restart-Computer   # and again until Windows Update has nothing left to install",
            References.PrepareVhd),
        new(Match(@"value senseGuid under key .*; dwRet = 0x5\b|executing action for Windows-SenseClient-Service; dwRet = 0x5\b"),
            "Microsoft Defender for Endpoint protects its identifier (senseGuid): the machine is onboarded.",
            "C:\\Temp\\WindowsDefenderATPOffboardingScript.cmd   # the package from the Defender portal: Settings, Endpoints, Offboarding; then restart, and remove senseGuid below HKLM:\\SOFTWARE\\Microsoft\\Windows Advanced Threat Protection",
            References.DefenderOffboarding),
        new(Match(@"SLReArmWindows.*returned error code -1073425657|0xc004d307"),
            "Windows was rearmed as often as it can be.",
            "Dism /Online /Get-CurrentEdition   # rebuild the image from its sources: a rearm can't be won back; while building, set SkipRearm",
            References.Rearm),
        new(Match(@"Not running DLLs; either the machine is in an invalid state"),
            "An earlier run of Sysprep stopped half way, which can't be repaired.",
            "Restore-VMSnapshot -VMName VM -Name BeforeSysprep   # restore a backup from before the first run, or rebuild the image",
            References.FatalError),
        new(Match(@"AppxSysprep\.dll.*dwRet = 0x422\b"),
            "The service that deploys app packages is disabled.",
            "Set-Service AppXSvc -StartupType Manual",
            SystemErrors),
        new(Match(@"(?:Could not load DLL|LoadLibrary failed for|Failed to load)\s+'?(?:[^'\s]*\\)?(?<name>[^\\'\s,\[]+\.dll)"),
            "The provider {0} can't be loaded.",
            "Get-Item HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\SysPrepExternal\\Generalize   # Remove-ItemProperty the value that names {0}, or install its program again",
            References.SysprepProcess),
        new(Match(@"Failure occurred while executing '[^']+' from (?:[^;]*\\)?(?!(?:AppxSysprep|BdeSysprep|spopk|slc)\.dll)(?<name>[^\\\s;]+\.dll)"),
            "The provider {0} failed.",
            "Get-Content C:\\Windows\\System32\\Sysprep\\Panther\\setupact.log | Select-String {0}   # the lines before the failure say what went wrong",
            References.SysprepProcess),
        new(Match(@"Failure occurred while executing '(?:[^',]*\\)?(?!(?:AppxSysprep|BdeSysprep|spopk|slc)\.dll)(?<name>[^\\',]+\.dll),"),
            "The provider {0} failed.",
            "Get-Content C:\\Windows\\System32\\Sysprep\\Panther\\setupact.log | Select-String {0}   # the lines before the failure say what went wrong",
            References.SysprepProcess),
        new(Match(@"0x80073cf2|dwRet = 0x3cf2\b"),
            "An app package can't be removed.",
            "Get-AppxPackage -AllUsers | Where-Object PackageUserInformation -like '*Installed*'   # Remove-AppxPackage -AllUsers those that Get-AppxProvisionedPackage -Online does not list",
            References.StoreApps) { IsGeneral = true },
    ];

    /// <summary>One line at a time is matched, of bounded length: no pattern here takes more than its square.</summary>
    private static Regex Match(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
