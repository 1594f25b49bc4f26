using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

public sealed class ShellTests
{
    [Fact]
    public async Task The_module_is_imported_and_all_that_comes_with_PowerShell_is_there()
    {
        ShellRun run = await ShellRun.CommandAsync("""
            (Get-Module AzImageTools).Version.ToString()
            1..9 | Select-Object -Last 1
            (Get-Module -ListAvailable PSReadLine, Microsoft.PowerShell.ThreadJob, Microsoft.PowerShell.Archive).Name | Sort-Object
            Start-ThreadJob { 'from a thread' } | Receive-Job -Wait
            """);

        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(["0.1.0", "9", "Microsoft.PowerShell.Archive", "Microsoft.PowerShell.ThreadJob", "PSReadLine", "from a thread"], run.Lines);
    }

    [Theory]
    [InlineData("", "-NoProfile", "-Command", "exit 4")]
    [InlineData("", "-NoProfile", "-Command", "throw 'no'")]
    [InlineData("", "-NoProfile", "-Command", "1/0; 2")]
    [InlineData("", "-NoProfile", "-File", "{script}", "-Path", "it's $HOME; exit 9", "-Force", "-3", "more")]
    [InlineData("", "-NoProfile", "-File", "{script}", "-Fail")]
    [InlineData("", "-NoProfile", "{script}", "-Number", "many")]
    [InlineData("if ($true) {\n  'inside'\n}\n\n2 + 3\nexit 6\n'never'\n", "-NoProfile", "-Command", "-")]
    [InlineData("2 + 3\nthrow 'b'\n", "-NoProfile", "-NoLogo", "-File", "-")]
    [InlineData("", "-NoProfile", "-NonInteractive", "-Command", "Remove-Item -Confirm nosuch; Read-Host")]
    [InlineData("", "-Version")]
    public async Task It_takes_what_pwsh_takes_prints_the_same_and_ends_with_the_same_code(string input, params string[] arguments)
    {
        using TempFolder folder = new();
        string script = folder.File("script.ps1");
        await File.WriteAllTextAsync(script, """
            param([string] $Path, [switch] $Force, [switch] $Fail, [int] $Number = 5, [Parameter(ValueFromRemainingArguments)] $Rest)
            "path=$Path force=$Force number=$Number rest=$Rest"
            if ($Fail) { exit 7 }
            """);
        string[] given = [.. arguments.Select(argument => argument.Replace("{script}", script, StringComparison.Ordinal))];

        ShellRun run = await ShellRun.RunAsync(PowerShellProgram.Shell, given, input);

        Assert.Equal(await ShellRun.RunAsync(PowerShellProgram.Path, given, input, new Dictionary<string, string> { ["POWERSHELL_TELEMETRY_OPTOUT"] = "1" }), run);
    }

    [Fact]
    public async Task It_sends_no_telemetry_and_looks_for_no_update_whatever_the_environment_says()
    {
        string[] question = ["-NoProfile", "-Command", "[Microsoft.PowerShell.Telemetry.ApplicationInsightsTelemetry]::CanSendTelemetry; $env:POWERSHELL_UPDATECHECK"];
        ShellRun run = await ShellRun.RunAsync(
            PowerShellProgram.Shell, question, environment: new Dictionary<string, string> { ["POWERSHELL_TELEMETRY_OPTOUT"] = "0", ["POWERSHELL_UPDATECHECK"] = "LTS" });

        Assert.Equal(["False", "Off"], run.Lines);
    }

    [Fact]
    public async Task It_needs_no_profile_and_no_home()
    {
        ShellRun run = await ShellRun.RunAsync(
            PowerShellProgram.Shell, ["-Command", "(Get-AzImageReadinessRule CdromEnabled).Id"], environment: new Dictionary<string, string> { ["HOME"] = "/nonexistent" });

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(["CdromEnabled"], run.Lines);
    }

    [Theory]
    [InlineData("-Help", 0)]
    [InlineData("-Nonsense", 64)]
    [InlineData("nosuch.ps1", 64)]
    public async Task It_tells_how_it_is_used_when_asked_and_after_an_argument_that_it_does_not_know(string argument, int expected)
    {
        ShellRun run = await ShellRun.RunAsync(PowerShellProgram.Shell, [argument]);

        Assert.Equal(expected, run.ExitCode);
        Assert.Contains("-File SCRIPT", run.Output, StringComparison.Ordinal);
    }
}
