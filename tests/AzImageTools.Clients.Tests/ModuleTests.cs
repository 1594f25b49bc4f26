using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests;

/// <summary>The module itself, in a PowerShell of its own, over sockets: nothing of the sandbox is in its process.</summary>
public sealed class ModuleTests
{
    [Fact]
    public async Task The_golden_road_leads_through_sockets_with_a_service_principal()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));

        ClientProcess run = await ClientProcess.RunAsync(
            "dotnet", [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-File", Path.Combine(RepositoryPaths.Root, "tests", "Clients", "module", "golden-road.ps1")], served, ("AZURE_CLIENT_SECRET", "any"));

        served.AssertNoFault();
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("all as expected", run.Output, StringComparison.Ordinal);
        Assert.Contains(served.Cloud.Requests, request => request.Method == "PUT" && request.Operation == "page" && request.Host.StartsWith("md-", StringComparison.Ordinal));
        Assert.DoesNotContain(served.Cloud.Requests, request => request.Status >= 500);
    }
}
