using AzImageTools.Sandbox.Configuration;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests;

/// <summary>Azure's SDK for JavaScript, a client of another make: tests/Clients/js.</summary>
public sealed class NodeClientTests
{
    private static readonly string[] Packages = ["@azure/arm-compute@25.1.1", "@azure/identity@4.14.1", "@azure/storage-blob@12.34.0"];

    [Fact]
    public async Task The_SDK_for_JavaScript_reads_pages_polls_and_is_refused_as_it_expects()
    {
        ExternalTool.SkipUnlessInstalled("node");
        string modules = await NpmPackages.InstallAsync("azure-sdk-js-25.1.1", Packages);
        using TempFolder folder = new();
        string log = folder.File("requests.log");
        await using ServedCloud served = await ServedCloud.StartAsync(new SandboxOptions { PageSize = 2 }, log);

        ClientProcess run = await ClientProcess.RunAsync(
            ExternalTool.Find("node")!,
            [Path.Combine(RepositoryPaths.Root, "tests", "Clients", "js", "run.mjs"), log, modules],
            served,
            ("AZURE_CLIENT_SECRET", "any"));

        served.AssertNoFault();
        Assert.True(run.ExitCode == 0, run.Output);
    }
}
