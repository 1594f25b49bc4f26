using System.Diagnostics;
using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Host;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests.Server;

/// <summary>The host's program, and curl as its client.</summary>
internal sealed class HostProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _process;

    private HostProgram(Process process)
    {
        _process = process;
    }

    public static string Path { get; } = typeof(SandboxServer).Assembly.Location;

    /// <summary>What it printed before it listened.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public static async Task<HostProgram> StartAsync(params string[] arguments)
    {
        HostProgram host = new(Process.Start(new ProcessStartInfo("dotnet", [Path, "--check-answers", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!);
        while (await host._process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line and not "# READY")
        {
            string[] parts = line.Split('=', 2);
            host.Environment.Add(parts[0], parts[1]);
        }

        return host;
    }

    /// <summary>What Resource Manager answers to curl.</summary>
    public Task<string> CurlAsync(string method, string path, params string[] arguments) => ExternalTool.RunAsync(
        "curl",
        ["--silent", "--proxy", Environment["HTTPS_PROXY"], "--cacert", Environment["SSL_CERT_FILE"], "--header", "Authorization: Bearer any", "--request", method, .. arguments, "https://management.azure.com" + path]);

    /// <summary>The address of something in its subscription.</summary>
    public Uri Manager(string path, string version = "2023-04-02") => new($"https://management.azure.com/subscriptions/{Environment["AZURE_SUBSCRIPTION_ID"]}{path}?api-version={version}");

    /// <summary>A client that trusts its authority alone.</summary>
    public HttpClient CreateClient()
    {
        HttpClient client = new(new SocketsHttpHandler
        {
            Proxy = new WebProxy(Environment["HTTPS_PROXY"]),
            SslOptions = { CertificateChainPolicy = ServedCloud.CreatePolicy(Environment["SSL_CERT_FILE"]) },
        });
        client.DefaultRequestHeaders.Add("x-ms-version", "2021-08-06");
        return client;
    }

    /// <summary>Ends it as a crash does: nothing more is written (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);

        // What it can't take away itself any more.
        Directory.Delete(System.IO.Path.GetDirectoryName(Environment["SSL_CERT_FILE"])!, recursive: true);
    }

    /// <summary>Asks it to end, and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await ExternalTool.RunAsync("kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
