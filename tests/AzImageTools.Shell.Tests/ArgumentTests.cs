namespace AzImageTools.Shell.Tests;

public sealed class ArgumentTests
{
    private const string Script = """
        param([string] $Path, [switch] $Force, [int] $Number = 5, [Parameter(ValueFromRemainingArguments)] $Rest)
        "path=$Path force=$Force number=$Number rest=$Rest"
        """;

    [Theory]
    [InlineData("path=disk.vhd force=True number=7 rest=", "-Path", "disk.vhd", "-Force", "-Number", "7")]
    [InlineData("path=disk.vhd force=False number=5 rest=", "-path:disk.vhd", "-Force:$false")]
    [InlineData("path=disk.vhd force=True number=5 rest=", "-Force", "-Path:", "disk.vhd")]
    [InlineData("path=it's $HOME; exit 9 force=False number=-3 rest=more", "it's $HOME; exit 9", "-3", "more")]
    [InlineData("path= force=False number=5 rest=", "-Path", "")]
    public async Task A_script_gets_its_arguments_as_in_pwsh(string expected, params string[] arguments)
    {
        ShellRun run = await ShellRun.ScriptAsync(Script, arguments);

        Assert.Equal(expected, run.Output.Trim());
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task An_argument_of_the_wrong_type_is_one_clear_error()
    {
        ShellRun run = await ShellRun.ScriptAsync(Script, "-Number", "many");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'Number'", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Help_and_version_need_no_module()
    {
        Dictionary<string, string> noModule = new() { ["AZIMAGETOOLS_MODULE"] = "/nosuch" };
        ShellRun help = await ShellRun.RunAsync(["-Help"], environment: noModule);
        ShellRun version = await ShellRun.RunAsync(["-Version"], environment: noModule);

        Assert.Equal(0, help.ExitCode);
        Assert.Contains("-File SCRIPT", help.Output, StringComparison.Ordinal);
        Assert.Equal(0, version.ExitCode);
        Assert.Matches(@"^AzImageTools\.Shell \d+\.\d+\.\d+, PowerShell engine 7\.", version.Output);
    }
}
