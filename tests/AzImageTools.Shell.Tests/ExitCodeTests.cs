namespace AzImageTools.Shell.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("exit 4", 4)]
    [InlineData("1", 0)]
    [InlineData("throw 'no'", 1)]
    [InlineData("nosuchcommand", 1)]
    [InlineData("1/0; 2", 0)]
    [InlineData("2; 1/0", 1)]
    [InlineData("if (", 1)]
    public async Task A_command_ends_with_the_code_of_pwsh(string text, int expected)
    {
        ShellRun run = await ShellRun.CommandAsync(text);

        Assert.Equal(expected, run.ExitCode);
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("function f { exit 7 }; f; 'never'", 7)]
    [InlineData("try { exit 9 } finally { 'x' }", 9)]
    [InlineData("nosuchcommand", 0)]
    [InlineData("1/0; 'on'", 0)]
    [InlineData("throw 'no'", 1)]
    [InlineData("if (", 1)]
    [InlineData("exit", 0)]
    public async Task A_script_ends_with_the_code_of_pwsh(string text, int expected)
    {
        ShellRun run = await ShellRun.ScriptAsync(text);

        Assert.Equal(expected, run.ExitCode);
    }

    [Theory]
    [InlineData("-Nonsense")]
    [InlineData("nosuch.ps1")]
    [InlineData("-File")]
    [InlineData("-Command")]
    [InlineData("-No")]
    public async Task Arguments_not_understood_are_a_usage_error(string argument)
    {
        ShellRun run = await ShellRun.RunAsync([argument]);

        Assert.Equal(64, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_module_that_is_not_there_is_named_with_its_remedy()
    {
        ShellRun run = await ShellRun.RunAsync(
            ["-Command", "1"], environment: new Dictionary<string, string> { ["AZIMAGETOOLS_MODULE"] = "/nosuch/folder" });

        Assert.Equal(70, run.ExitCode);
        Assert.Contains("dotnet build", run.Error, StringComparison.Ordinal);
        Assert.Contains("nosuch", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_run_as_it_comes()
    {
        ShellRun run = await ShellRun.RunAsync(["-Command", "-"], "if ($true) {\n  'inside'\n}\n\n2 + 3\nexit 6\n'never'\n");

        Assert.Equal(6, run.ExitCode);
        Assert.Equal(["inside", "5"], run.Lines);
    }

    [Fact]
    public async Task Without_arguments_and_a_terminal_standard_input_is_run_too()
    {
        ShellRun run = await ShellRun.RunAsync([], "'a'\nthrow 'b'\n");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["a"], run.Lines);
        Assert.Equal("Exception: b", run.Error.Trim());
    }
}
