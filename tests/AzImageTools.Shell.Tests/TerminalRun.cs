using System.Diagnostics;
using System.Text;
using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>The built shell on a pseudo terminal that <c>script</c> (util-linux) makes, with a test at its keyboard.</summary>
internal sealed class TerminalRun : IDisposable
{
    public const string CtrlC = "\u0003";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _seen = new();
    private int _read;

    private TerminalRun(Process process) => _process = process;

    /// <summary>All that the terminal showed so far.</summary>
    public string Seen => _seen.ToString();

    /// <summary>
    /// Starts the Shell on a terminal, with SIGINT in effect also where these tests run in a shell's background, which ignores it.
    /// It takes the place of the sh that <c>script</c> runs, since one that waits would die of the terminal's SIGINT in its stead.
    /// </summary>
    public static TerminalRun Start(string arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the pseudo terminal of these tests is made by util-linux");
        ExternalTool.SkipUnlessInstalled("script");
        ProcessStartInfo start = new("script", ["-qec", $"exec env --default-signal=INT dotnet '{ShellRun.Assembly}' {arguments}", "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["AZIMAGETOOLS_MODULE"] = ShellRun.FixtureModule;
        start.Environment["SHELL"] = "/bin/sh";
        start.Environment["TERM"] = "xterm";
        start.Environment.Remove("NO_COLOR");
        return new TerminalRun(Process.Start(start)!);
    }

    /// <summary>Reads until the terminal shows the text after what was waited for before.</summary>
    public async Task WaitForAsync(string text)
    {
        using CancellationTokenSource giveUp = new(Patience);
        char[] block = new char[4096];
        int found;
        while ((found = Seen.IndexOf(text, _read, StringComparison.Ordinal)) < 0)
        {
            int count = await _process.StandardOutput.ReadAsync(block, giveUp.Token);
            Assert.True(count > 0, $"The shell ended before it showed \"{text}\":\n{Seen}");
            _seen.Append(block, 0, count);
        }

        _read = found + text.Length;
    }

    public async Task TypeAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for the shell to end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        using CancellationTokenSource giveUp = new(Patience);
        _seen.Append(await _process.StandardOutput.ReadToEndAsync(giveUp.Token));
        await _process.WaitForExitAsync(giveUp.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
