namespace AzImageTools.Shell.Tests;

public sealed class PromptTests
{
    [Theory]
    [InlineData("Remove-Disk")]
    [InlineData("$Host.UI.ReadLine()")]
    [InlineData("$Host.UI.PromptForCredential('c', 'm', 'u', '')")]
    public async Task A_question_that_nobody_can_answer_is_an_error(string text)
    {
        ShellRun run = await ShellRun.CommandAsync(text);

        Assert.Equal(1, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Lines);
    }

    [Fact]
    public async Task A_refused_question_says_how_to_do_without()
    {
        ShellRun run = await ShellRun.CommandAsync("Remove-Disk one.vhd");

        Assert.Contains("-Confirm:$false", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Lines);
    }

    [Fact]
    public async Task On_a_terminal_missing_parameters_and_confirmation_are_asked_for()
    {
        using TerminalRun run = TerminalRun.Start("-Command Remove-Disk");

        await run.WaitForAsync("Name: ");
        await run.TypeAsync("one.vhd\n");
        await run.WaitForAsync("Performing the operation \"Remove disk\" on target \"one.vhd\".");
        await run.WaitForAsync("[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [S] Suspend  [?] Help (default is \"Y\"): ");
        await run.TypeAsync("?\n");
        await run.WaitForAsync("N - Skip this operation");
        await run.WaitForAsync("(default is \"Y\"): ");
        await run.TypeAsync("n\n");
        await run.WaitForAsync("kept one.vhd");

        Assert.Equal(0, await run.EndAsync());
    }

    [Fact]
    public async Task Suspend_gives_a_prompt_inside_the_command_and_comes_back_to_the_question()
    {
        using TerminalRun run = TerminalRun.Start("-Command 'Remove-Disk one.vhd'");

        await run.WaitForAsync("(default is \"Y\"): ");
        await run.TypeAsync("s\n");
        await run.WaitForAsync(">> ");
        await run.TypeAsync("\"inside $Name\"\n");
        await run.WaitForAsync("inside one.vhd");
        await run.WaitForAsync(">> ");
        await run.TypeAsync("exit\n");
        await run.WaitForAsync("(default is \"Y\"): ");
        await run.TypeAsync("\n");
        await run.WaitForAsync("removed one.vhd");

        Assert.Equal(0, await run.EndAsync());
    }

    [Fact]
    public async Task A_password_shows_as_asterisks()
    {
        using TerminalRun run = TerminalRun.Start("-Command '$c = $Host.UI.PromptForCredential(\"\", \"\", \"me\", \"\"); $c.GetNetworkCredential().Password.Length'");

        await run.WaitForAsync("Password for user me: ");
        await Task.Delay(TimeSpan.FromSeconds(1)); // The pause of a typist: .NET turns the terminal's echo off only once it reads a key.
        await run.TypeAsync("secrets\u007f\n");
        await run.WaitForAsync("6");

        Assert.Equal(0, await run.EndAsync());
        Assert.Contains("*******", run.Seen, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_prompt_runs_commands_over_several_lines_until_exit()
    {
        using TerminalRun run = TerminalRun.Start(string.Empty);

        await run.WaitForAsync("'exit' leaves.");
        await run.WaitForAsync("> ");
        await run.TypeAsync("foreach ($n in 1..2) {\n");
        await run.WaitForAsync(">> ");
        await run.TypeAsync("\"n is $n\" }\n");
        await run.WaitForAsync("n is 2");
        await run.WaitForAsync("> ");
        await run.TypeAsync("throw 'a mistake'\n");
        await run.WaitForAsync("a mistake");
        await run.WaitForAsync("> ");
        await run.TypeAsync("exit 3\n");

        Assert.Equal(3, await run.EndAsync());
    }

    [Fact]
    public async Task Progress_on_a_terminal_is_one_line_that_is_rewritten_and_erased()
    {
        using TerminalRun run = TerminalRun.Start("-Command 'Send-Disk -Steps 3 -Milliseconds 150'");

        Assert.Equal(0, await run.EndAsync());
        Assert.Contains("\r\u001b[KSending one.vhd: 1 of 3 [######              ] 33 %\r\u001b[K", run.Seen, StringComparison.Ordinal);
        Assert.EndsWith("\r\u001b[K", run.Seen.TrimEnd('\n'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_command_lets_it_clean_up_and_ends_with_130()
    {
        using TerminalRun run = TerminalRun.Start("-Command 'Send-Disk -Steps 1000 -Milliseconds 50; \"never\"'");

        await run.WaitForAsync("1 of 1000");
        await run.TypeAsync(TerminalRun.CtrlC);

        Assert.Equal(130, await run.EndAsync());
        Assert.Contains("cleaned up", run.Seen, StringComparison.Ordinal);
        Assert.DoesNotContain("never", run.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_at_the_prompt_stops_the_command_and_not_the_shell()
    {
        using TerminalRun run = TerminalRun.Start("-NoLogo");

        await run.WaitForAsync("> ");
        await run.TypeAsync("Send-Disk -Steps 1000 -Milliseconds 50\n");
        await run.WaitForAsync("1 of 1000");
        await run.TypeAsync(TerminalRun.CtrlC);
        await run.WaitForAsync("cleaned up");
        await run.WaitForAsync("> ");
        await run.TypeAsync("6 * 7\n");
        await run.WaitForAsync("42");
        await run.TypeAsync("exit\n");

        Assert.Equal(0, await run.EndAsync());
    }
}
