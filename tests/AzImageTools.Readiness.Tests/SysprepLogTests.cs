using System.Text;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness.Tests;

public sealed class SysprepLogTests
{
    private const string ActionLog = @"Windows\System32\Sysprep\Panther\setupact.log";
    private const string ErrorLog = @"Windows\System32\Sysprep\Panther\setuperr.log";

    private const string Run = """
        2026-03-20 15:23:14, Info                  SYSPRP ========================================================
        2026-03-20 15:23:14, Info                  SYSPRP ===          Beginning of a new sysprep run          ===
        2026-03-20 15:23:14, Info                  SYSPRP ========================================================
        2026-03-20 15:23:14, Info       [0x0f004d] SYSPRP The time is now 2026-03-20 15:23:14

        """;

    private const string Appx = """
        2026-03-20 15:23:20, Error                 SYSPRP Package Microsoft.LanguageExperiencePackde-DE_22000.12.33.0_neutral__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.
        2026-03-20 15:23:20, Error                 SYSPRP Failed to remove apps for the current user: 0x80073cf2.
        2026-03-20 15:23:20, Error                 SYSPRP Exit code of RemoveAllApps thread was 0x3cf2.
        2026-03-20 15:23:20, Error      [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'SysprepGeneralizeValidate' from C:\Windows\System32\AppxSysprep.dll; dwRet = 0x3cf2
        2026-03-20 15:23:20, Error      [0x0f00d8] SYSPRP WinMain:Hit failure while pre-validate sysprep generalize internal providers; hr = 0x80073cf2

        """;

    public static TheoryData<string, string, string, string> Causes => new()
    {
        { Appx, "Microsoft.LanguageExperiencePackde-DE_22000.12.33.0_neutral__8wekyb3d8bbwe", "Remove-AppxPackage -AllUsers", "store-apps" },
        { "2026-03-20 15:23:20, Error SYSPRP BitLocker-Sysprep: BitLocker is on for the OS volume. Turn BitLocker off to run Sysprep. (0x80310039)\n2026-03-20 15:23:20, Error [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'ValidateBitLockerState' from C:\\Windows\\System32\\BdeSysprep.dll", "BitLocker", "manage-bde -off C:", "store-apps" },
        { "2026-03-20 15:23:20, Error SYSPRP Sysprep_Clean_Validate_Opk: Audit mode cannot be turned on if reserved storage is in use. An update or servicing operation may be using reserved storage.; hr = 0x800F0975\n2026-03-20 15:23:20, Error [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'Sysprep_Clean_Validate_Opk' from C:\\Windows\\System32\\spopk.dll; dwRet = 0x975", "reserved storage", "Install-WindowsUpdate", "windows-11-image-capture-fail" },
        { "2026-03-20 15:23:20, Error SYSPRP Sysprep_Clean_Validate_Opk: There are one or more Windows updates that require a reboot. To run Sysprep, reboot the computer and restart the application.[gle=0x000036b7]", "waits for a restart", "Restart-Computer", "prepare-for-upload" },
        { "2026-03-20 15:23:20, Error [0x0f00b0] SYSPRP spopk.dll:: Failed to query pending CBS operations; hr = 0x80080005\n2026-03-20 15:23:20, Error [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'Sysprep_Clean_Validate_Opk' from C:\\Windows\\System32\\spopk.dll; dwRet = 0x5", "are pending", "TrustedInstaller", "prepare-for-upload" },
        { "2026-03-20 15:23:20, Error SYSPRP ActionPlatform::DeleteValue: Error from RegDeleteValueW for value senseGuid under key HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows Advanced Threat Protection; dwRet = 0x5\n2026-03-20 15:23:20, Error SYSPRP SysprepSession::ExecuteInternal: Error in executing action for Windows-SenseClient-Service; dwRet = 0x5", "senseGuid", "Offboarding", "offboard-machines" },
        { "2026-03-20 15:23:20, Error [0x0f0082] SYSPRP LaunchDll: Failure occurred while executing 'C:\\Windows\\System32\\slc.dll, SLReArmWindows', returned error code -1073425657\n2026-03-20 15:23:20, Error [0x0f00a8] SYSPRP WinMain: Hit failure while processing sysprep generalize providers; hr = 0xc004d307", "rearmed", "SkipRearm", "sysprep-generalize" },
        { "2026-03-20 15:23:20, Error [0x0f0073] SYSPRP RunExternalDlls:Not running DLLs; either the machine is in an invalid state or we couldn't update the recorded state, dwRet = 31", "stopped half way", "backup", "fatal-error" },
        { "2026-03-20 15:23:20, Error [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'SysprepGeneralizeValidate' from C:\\Windows\\System32\\AppxSysprep.dll; dwRet = 0x422", "disabled", "Set-Service AppXSvc", "system-error-codes" },
        { "2026-03-20 15:23:20, Error [0x0f0082] SYSPRP LaunchDll:Failure occurred while executing 'C:\\Windows\\System32\\spbcd.dll,Sysprep_Generalize_Bcd', returned error code 2[gle=0x00000012]", "spbcd.dll failed", "Select-String spbcd.dll", "sysprep-process" },
        { "2026-03-20 15:23:20, Error [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'Sysprep_Generalize_Vendor' from C:\\Program Files\\Vendor\\vendorprep.dll; dwRet = 0x5", "vendorprep.dll failed", "Select-String vendorprep.dll", "sysprep-process" },
        { "2026-03-20 15:23:20, Error [0x0f0081] SYSPRP LaunchDll:Could not load DLL C:\\Windows\\System32\\gone.dll[gle=0x0000007e]", "gone.dll can't be loaded", "SysPrepExternal", "sysprep-process" },
        { "2026-03-20 15:23:20, Error SYSPRP Exit code of RemoveAllApps thread was 0x3cf2.\n2026-03-20 15:23:20, Error [0x0f00d8] SYSPRP WinMain:Hit failure while pre-validate sysprep generalize internal providers; hr = 0x80073cf2", "An app package", "Get-AppxPackage", "store-apps" },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void A_known_cause_is_named_with_its_remedy_and_its_source(string errors, string cause, string remedy, string source)
    {
        Finding finding = Judge(MemoryGuest.Ready().WithFile(ActionLog, Run + errors));

        Assert.Equal(FindingResult.Fail, finding.Result);
        Observation named = Assert.Single(finding.Evidence, evidence => evidence.Place == "Known cause");
        Assert.Contains(cause, named.Seen, StringComparison.Ordinal);
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
        Assert.Contains(source, finding.Source.ToString(), StringComparison.Ordinal);
        Assert.Contains(finding.Evidence, evidence => evidence.Place == ActionLog);
    }

    [Fact]
    public void Every_known_cause_is_tested_and_has_a_public_source()
    {
        foreach (SysprepFailure failure in SysprepFailures.Table)
        {
            Assert.Contains(Causes, row => row.Data.Item1.Split('\n').Any(line => failure.FindName(line) is not null));
            Assert.Equal("learn.microsoft.com", new Uri(failure.Source).Host);
        }
    }

    [Theory]
    [InlineData("UTF-16 with a mark")]
    [InlineData("UTF-16 without a mark")]
    [InlineData("ANSI")]
    [InlineData("huge")]
    [InlineData("huge, in UTF-16")]
    [InlineData("no run's beginning")]
    [InlineData("an earlier run failed otherwise")]
    [InlineData("error log alone")]
    [InlineData("error log with older errors")]
    public void The_cause_is_found_however_the_logs_were_written(string how)
    {
        const string older = "2026-03-19 10:00:00, Error [0x0f0073] SYSPRP RunExternalDlls:Not running DLLs; either the machine is in an invalid state or we couldn't update the recorded state, dwRet = 31\n";
        string filler = string.Concat(Enumerable.Repeat("2026-03-20 15:23:15, Info                  SYSPRP SysprepSession::CreateXPathForSelection: Processor architecture in registry is AMD64\r\n", 30_000));
        MemoryGuest guest = MemoryGuest.Ready();
        _ = how switch
        {
            "UTF-16 with a mark" => guest.WithFile(ActionLog, [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Run + Appx)]),
            "UTF-16 without a mark" => guest.WithFile(ActionLog, Encoding.Unicode.GetBytes(Run + Appx)),
            "ANSI" => guest.WithFile(ActionLog, Encoding.Latin1.GetBytes(Run + "2026-03-20 15:23:19, Info SYSPRP Müller räumt auf\n" + Appx)),
            "huge" => guest.WithFile(ActionLog, Run + filler + Appx),
            "huge, in UTF-16" => guest.WithFile(ActionLog, [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Run + filler + Appx)]),
            "no run's beginning" => guest.WithFile(ActionLog, Appx),
            "an earlier run failed otherwise" => guest.WithFile(ActionLog, older + Run + Appx),
            "error log alone" => guest.WithFile(ErrorLog, Appx),
            _ => guest.WithFile(ActionLog, Run).WithFile(ErrorLog, older + Appx),
        };

        Finding finding = Judge(guest);

        Observation cause = Assert.Single(finding.Evidence, evidence => evidence.Place == "Known cause");
        Assert.Contains("Microsoft.LanguageExperiencePackde-DE", cause.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_that_nobody_knows_are_shown_as_they_are()
    {
        Finding finding = Judge(MemoryGuest.Ready().WithFile(ActionLog, Run + "2026-03-20 15:23:20, Error SYSPRP Something new happened"));

        Assert.Contains("Something new happened", Assert.Single(finding.Evidence).Seen, StringComparison.Ordinal);
        Assert.Contains("setuperr.log", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_older_than_the_machine_is_of_the_image_that_it_was_installed_from()
    {
        const string made = "2021-05-08 08:20:10, Error [0x0f0082] SYSPRP LaunchDll:Failure occurred while executing 'C:\\Windows\\System32\\spbcd.dll,Sysprep_Generalize_Bcd', returned error code 2\n";

        Assert.Equal(FindingResult.Pass, Judge(MemoryGuest.Ready().WithFile(ErrorLog, made)).Result);
        Assert.Equal(FindingResult.Fail, Judge(MemoryGuest.Ready().Without(WindowsKeys.WindowsNT, "InstallDate").WithFile(ErrorLog, made)).Result);
        Assert.Equal(FindingResult.Fail, Judge(MemoryGuest.Ready().WithFile(ErrorLog, made.Replace("2021", "2026", StringComparison.Ordinal))).Result);
    }

    [Fact]
    public void A_run_without_errors_passes_whatever_an_earlier_one_left()
        => Assert.Equal(FindingResult.Pass, Judge(MemoryGuest.Ready().WithFile(ActionLog, Appx + Run).WithFile(ErrorLog, Appx.Replace("03-20", "03-19", StringComparison.Ordinal))).Result);

    [Theory]
    [InlineData("'; Remove-Item C:\\ -Recurse #")]
    [InlineData("$(calc)")]
    [InlineData("-Verbose")]
    [InlineData("`calc`")]
    public void A_name_that_a_shell_would_obey_never_gets_into_a_remedy(string name)
    {
        string log = Run + $"2026-03-20 15:23:20, Error SYSPRP Package {name.Replace(' ', '\u00a0')} was installed for a user, but not provisioned for all users.\n2026-03-20 15:23:20, Error SYSPRP LaunchDll:Could not load DLL C:\\x\\{name}.dll";

        Finding finding = Judge(MemoryGuest.Ready().WithFile(ActionLog, log));

        Assert.Equal(FindingResult.Fail, finding.Result);
        Assert.DoesNotContain("calc", finding.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("-Recurse", finding.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("-Verbose", finding.Remedy, StringComparison.Ordinal);
    }

    private static Finding Judge(MemoryGuest guest)
        => Assert.Single(ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken).Findings, finding => finding.Id == "LastSysprepError");
}
