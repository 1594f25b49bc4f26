namespace AzImageTools.Shell.CommandLine;

/// <summary>What -Help prints.</summary>
internal static class UsageText
{
    public const string Text = """
        AzImageTools.Shell runs the AzImageTools module where PowerShell is not installed.

        usage: AzImageTools.Shell [-NonInteractive] [-NoLogo] [-File] SCRIPT [arguments of the script]
               AzImageTools.Shell [-NonInteractive] -Command TEXT | -
               AzImageTools.Shell -Help | -Version

          -File SCRIPT     runs a .ps1 script; its arguments follow, as in: -File check.ps1 -Path disk.vhdx -Quiet
          -Command TEXT    runs TEXT; '-' runs what standard input holds
          -NonInteractive  makes prompts fail instead of waiting for an answer
          -NoLogo          starts the prompt without a greeting
          (no arguments)   a prompt; 'exit' leaves it

        Exit codes: that of 'exit N'; 1 after an error that ended the script, or when the last command of
        -Command failed; 64 for arguments not understood; 70 when the module cannot be imported;
        130 after Ctrl+C.

        Environment: AZIMAGETOOLS_MODULE names the module's manifest or folder, where it is not the one built
        beside this shell; NO_COLOR turns colours off.

        The engine brings its own cmdlets (ForEach-Object, Where-Object, Get-Command, Get-Help, jobs ...),
        not those of the Utility and Management modules (Select-Object, Format-Table, Get-Content ...).
        """;
}
