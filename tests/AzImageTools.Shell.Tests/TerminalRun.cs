using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>The built shell on a real terminal, tmux's, with a test at its keyboard.</summary>
internal sealed class TerminalRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();

    private TerminalRun()
    {
    }

    /// <summary>Starts the shell in a terminal of 100 columns; the test is skipped where there is no tmux.</summary>
    public static async Task<TerminalRun> StartAsync(string arguments)
    {
        ExternalTool.SkipUnlessInstalled("tmux");
        TerminalRun run = new();

        // A plain home: the terminal shows what this program writes, and no history of somebody's.
        await run.TmuxAsync(
            "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "-c", run._folder.FullName,
            $"HOME='{run._folder.FullName}' TERM=xterm exec dotnet '{PowerShellProgram.Shell}' -NoProfile {arguments}");
        return run;
    }

    /// <summary>What the terminal shows, its lines one text: tmux breaks them anywhere.</summary>
    public async Task<string> ScreenAsync() => await TmuxAsync("capture-pane", "-p", "-J");

    /// <summary>Waits until the terminal shows the text.</summary>
    public async Task WaitForAsync(string text)
    {
        using CancellationTokenSource timeout = new(Limit);
        string screen = string.Empty;
        while (!screen.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(timeout.IsCancellationRequested, $"The terminal did not show \"{text}\":\n{screen}");
            await Task.Delay(50);
            screen = await ScreenAsync();
        }
    }

    /// <summary>Types text as it is.</summary>
    public Task TypeAsync(string text) => TmuxAsync("send-keys", "-l", text);

    /// <summary>Presses keys, by the names that tmux has for them: Enter, Tab, C-c.</summary>
    public Task PressAsync(params string[] keys) => TmuxAsync(["send-keys", .. keys]);

    public async ValueTask DisposeAsync()
    {
        await ExternalTool.TryRunAsync("tmux", "-S", Socket, "kill-server");
        _folder.Dispose();
    }

    private string Socket => _folder.File("tmux");

    private Task<string> TmuxAsync(params string[] arguments) => ExternalTool.RunAsync("tmux", ["-S", Socket, .. arguments]);
}
