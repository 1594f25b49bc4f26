using System.Diagnostics;
using System.Runtime.Versioning;
using AzImageTools.Sandbox.Host;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests.Server;

public sealed class ProgramTests
{
    private static readonly string Program = typeof(SandboxServer).Assembly.Location;

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task It_prints_a_clients_environment_serves_and_leaves_nothing_when_it_is_asked_to_end()
    {
        ExternalTool.SkipUnlessInstalled("curl", "kill");
        using TempFolder folder = new();
        ProcessStartInfo start = new("dotnet", [Program, "--log", folder.File("log")]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Dictionary<string, string> environment = [];
        for (string? line = await process.StandardOutput.ReadLineAsync(); line is not (null or "# READY"); line = await process.StandardOutput.ReadLineAsync())
        {
            string[] parts = line.Split('=', 2);
            environment.Add(parts[0], parts[1]);
        }

        string answer = await ExternalTool.RunAsync(
            "curl", "--silent", "--proxy", environment["HTTPS_PROXY"], "--cacert", environment["SSL_CERT_FILE"], "--header", "Authorization: Bearer any",
            "https://management.azure.com/subscriptions?api-version=2022-12-01");
        await ExternalTool.RunAsync("kill", "-TERM", $"{process.Id}");
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Contains(environment["AZURE_SUBSCRIPTION_ID"], answer, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
        Assert.False(Directory.Exists(Path.GetDirectoryName(environment["SSL_CERT_FILE"])));
        Assert.EndsWith("GET management.azure.com /subscriptions 2022-12-01 200", Assert.Single(await File.ReadAllLinesAsync(folder.File("log"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--port", "70000")]
    [InlineData(2, "--log")]
    [InlineData(2, "--speed", "9")]
    [InlineData(1, "--log", "/no/such/folder/log")]
    [InlineData(0, "--help")]
    public async Task What_it_cannot_do_it_says_and_ends(int exitCode, params string[] arguments)
    {
        (int ended, string output, string error) = await ExternalTool.TryRunAsync("dotnet", [Program, .. arguments]);

        Assert.Equal(exitCode, ended);
        Assert.NotEmpty(exitCode == 0 ? output : error);
        Assert.DoesNotContain("Unhandled", error, StringComparison.Ordinal);
    }
}
