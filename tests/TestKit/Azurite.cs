using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace AzImageTools.TestKit;

/// <summary>
/// Azurite, the emulator of Azure Storage, run from npm on a free loopback port, from when a test first needs it
/// until the fixture is disposed. Installed into a cache folder of the user on first use.
/// </summary>
public sealed partial class Azurite : IAsyncDisposable
{
    public const string AccountName = "devstoreaccount1";

    /// <summary>The well-known key of the emulator's account. No secret: it is in Azurite's documentation.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Version = "3.37.0";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);
    private readonly Lazy<Task<Uri?>> _start;
    private TempFolder? _folder;
    private Process? _process;
    private string _unavailable = string.Empty;

    public Azurite()
    {
        _start = new Lazy<Task<Uri?>>(StartAsync);
    }

    /// <summary>
    /// Starts it unless it runs, and returns the account's endpoint, such as <c>http://127.0.0.1:34567/devstoreaccount1</c>;
    /// skips the test where Azurite can't run.
    /// </summary>
    public async Task<Uri> GetEndpointAsync()
    {
        Uri? endpoint = await _start.Value;
        Assert.SkipWhen(endpoint is null, _unavailable);
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }

            _process.Dispose();
        }

        _folder?.Dispose();
    }

    private async Task<Uri?> StartAsync()
    {
        string? node = ExternalTool.Find(OperatingSystem.IsWindows() ? "node.exe" : "node");
        if (node is null)
        {
            _unavailable = "not installed here: node, which Azurite needs";
            return null;
        }

        (string? modules, _unavailable) = await NpmPackages.TryInstallAsync($"azurite-{Version}", $"azurite@{Version}");
        return modules is null ? null : await RunAsync(node, Path.Combine(modules, "azurite", "dist", "src", "blob", "main.js"));
    }

    private async Task<Uri> RunAsync(string node, string script)
    {
        _folder = new TempFolder();
        ProcessStartInfo start = new(node) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            script, "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", _folder.FullName, "--skipApiVersionCheck", "--disableTelemetry",
        })
        {
            start.ArgumentList.Add(argument);
        }

        TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null && ListeningLine().Match(line.Data) is { Success: true } match)
            {
                listening.TrySetResult(new Uri($"{match.Value}/{AccountName}"));
            }
        };
        _process.ErrorDataReceived += (_, _) => { };
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("Azurite ended before it listened."));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return await listening.Task.WaitAsync(StartTimeout);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex ListeningLine();
}
