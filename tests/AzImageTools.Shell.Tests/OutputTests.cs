namespace AzImageTools.Shell.Tests;

public sealed class OutputTests
{
    [Fact]
    public async Task Objects_show_in_the_tables_of_their_module()
    {
        ShellRun run = await ShellRun.CommandAsync("Get-Disk");

        Assert.Equal(["Name            Size", "----            ----", "one.vhd        1 MiB", "two.vhdx    3072 MiB"], run.Lines);
    }

    [Fact]
    public async Task Objects_without_a_view_show_as_tables_or_lists_by_their_width()
    {
        ShellRun table = await ShellRun.CommandAsync("[PSCustomObject]@{ First = 1; Second = 'b' }");
        ShellRun list = await ShellRun.CommandAsync("[PSCustomObject]@{ A = 1; B = 2; C = 3; D = 4; E = 'five' }");

        Assert.Equal(["First Second", "----- ------", "    1 b"], table.Lines);
        Assert.Equal(["A : 1", "B : 2", "C : 3", "D : 4", "E : five"], list.Lines);
    }

    [Fact]
    public async Task Streams_have_the_prefixes_of_pwsh_and_errors_go_to_standard_error()
    {
        ShellRun run = await ShellRun.CommandAsync("$DebugPreference = 'Continue'; Write-Streams -Verbose -InformationAction Continue");

        Assert.Equal(["VERBOSE: a detail", "DEBUG: a finer detail", "WARNING: a risk", "a note", "the result"], run.Lines);
        Assert.Equal("Write-Streams: the disk is damaged", run.Error.Trim());
    }

    [Fact]
    public async Task An_error_in_a_script_names_the_place_and_shows_no_stack_trace()
    {
        ShellRun run = await ShellRun.ScriptAsync("'before'\nthrow [InvalidOperationException]::new('went wrong')\n");

        Assert.Equal(["before"], run.Lines);
        Assert.Contains("script.ps1:2", run.Error, StringComparison.Ordinal);
        Assert.Contains("went wrong", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirected_output_has_no_escape_sequences()
    {
        ShellRun run = await ShellRun.CommandAsync("Get-Disk; Write-Streams -Verbose; $Host.UI.WriteLine('Red', 'Black', 'coloured'); throw 'x'");

        Assert.Contains("coloured", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output + run.Error);
    }

    [Fact]
    public async Task Redirected_progress_is_plain_lines_on_standard_error()
    {
        ShellRun run = await ShellRun.CommandAsync("Send-Disk -Steps 200");

        string[] lines = run.Error.Trim().Split('\n');
        Assert.Equal("Sending one.vhd: 1 of 200 0 %", lines[0].TrimEnd());
        Assert.Contains("Sending one.vhd: 200 of 200 100 %", run.Error, StringComparison.Ordinal);
        Assert.InRange(lines.Length, 3, 12);
        Assert.DoesNotContain('\r', run.Error.ReplaceLineEndings("\n"));
        Assert.Equal(["cleaned up"], run.Lines);
    }

    [Fact]
    public async Task Silenced_progress_is_silent()
    {
        ShellRun run = await ShellRun.CommandAsync("$ProgressPreference = 'SilentlyContinue'; Send-Disk");

        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("Get-Disk | Format-Table Name -AutoSize", "Format-Table is part of Microsoft.PowerShell.Utility, which this shell does not have; ")]
    [InlineData("Get-Disk | select -First 1", "Select-Object is part of Microsoft.PowerShell.Utility, which this shell does not have; ")]
    [InlineData("get-content x.txt", "Get-Content is part of Microsoft.PowerShell.Management, which this shell does not have; use [IO.File]")]
    [InlineData("ConvertTo-SecureString x -AsPlainText -Force", "ConvertTo-SecureString is part of Microsoft.PowerShell.Security, which this shell does not have; ")]
    public async Task A_cmdlet_that_the_engine_lacks_is_explained(string text, string expected)
    {
        ShellRun run = await ShellRun.CommandAsync(text);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_explanation_can_be_caught_and_a_script_goes_on_after_it()
    {
        ShellRun run = await ShellRun.ScriptAsync("""
            try { Join-Path a b } catch { $_.Exception.GetType().Name; $_.Exception.CommandName }
            Write-Host hello
            'after'
            """);

        Assert.Equal(["CommandNotFoundException", "Join-Path", "after"], run.Lines);
        Assert.Contains("script.ps1:2", run.Error, StringComparison.Ordinal);
    }
}
