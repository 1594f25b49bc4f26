using System.Runtime.Versioning;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests.Server;

public sealed class ProgramTests
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task It_prints_a_clients_environment_serves_and_leaves_nothing_when_it_is_asked_to_end()
    {
        ExternalTool.SkipUnlessInstalled("curl", "kill");
        using TempFolder folder = new();
        await using HostProgram host = await HostProgram.StartAsync("--log", folder.File("log"));

        string answer = await host.CurlAsync("GET", "/subscriptions?api-version=2022-12-01");
        int exitCode = await host.EndAsync();

        Assert.Contains(host.Environment["AZURE_SUBSCRIPTION_ID"], answer, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
        Assert.False(Directory.Exists(Path.GetDirectoryName(host.Environment["SSL_CERT_FILE"])));
        Assert.EndsWith("GET management.azure.com /subscriptions 2022-12-01 200", Assert.Single(await File.ReadAllLinesAsync(folder.File("log"))), StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task What_is_kept_in_a_folder_is_there_for_the_next_that_names_it()
    {
        const string Group = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/kept?api-version=2021-04-01";
        ExternalTool.SkipUnlessInstalled("curl", "kill");
        using TempFolder folder = new();
        await using (HostProgram first = await HostProgram.StartAsync("--state", folder.File("state")))
        {
            await first.CurlAsync("PUT", Group, "--header", "Content-Type: application/json", "--data", """{"location":"westeurope"}""");
            await first.EndAsync();
        }

        await using HostProgram second = await HostProgram.StartAsync("--state", folder.File("state"));

        Assert.Contains("\"Succeeded\"", await second.CurlAsync("GET", Group), StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task An_answer_that_differs_from_Azures_types_fails_for_the_client_and_is_in_the_log()
    {
        const string Disks = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/providers/Microsoft.Compute/disks?api-version=2023-04-02";
        ExternalTool.SkipUnlessInstalled("curl", "kill");
        using TempFolder folder = new();
        string state = folder.File("state");
        await using (HostProgram first = await HostProgram.StartAsync("--state", state, "--log", folder.File("first")))
        {
            Assert.Contains("\"Linux\"", await first.CurlAsync("GET", Disks), StringComparison.Ordinal);
            await first.EndAsync();
        }

        string file = Path.Combine(state, "state.json");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"osType\":\"Linux\"", "\"osType\":\"BeOS\"", StringComparison.Ordinal));
        await using HostProgram second = await HostProgram.StartAsync("--state", state, "--log", folder.File("second"));
        string answer = await second.CurlAsync("GET", Disks);
        await second.EndAsync();

        Assert.Contains("SandboxAnswerDiffers", answer, StringComparison.Ordinal);
        Assert.Contains("BeOS", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(" # ", await File.ReadAllTextAsync(folder.File("first")), StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(folder.File("second"));
        Assert.Contains("# SandboxAnswerDiffers: GET ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("/disks 2023-04-02 500", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--port", "70000")]
    [InlineData(2, "--log")]
    [InlineData(2, "--speed", "9")]
    [InlineData(1, "--log", "/no/such/folder/log")]
    [InlineData(0, "--help")]
    public async Task What_it_cannot_do_it_says_and_ends(int exitCode, params string[] arguments)
    {
        (int ended, string output, string error) = await ExternalTool.TryRunAsync("dotnet", [HostProgram.Path, .. arguments]);

        Assert.Equal(exitCode, ended);
        Assert.NotEmpty(exitCode == 0 ? output : error);
        Assert.DoesNotContain("Unhandled", error, StringComparison.Ordinal);
    }
}
