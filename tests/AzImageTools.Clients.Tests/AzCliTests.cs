using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests;

/// <summary>Azure's own command line, as Debian has it: tests/Clients/az.</summary>
public sealed partial class AzCliTests
{
    private const string Version = "2.45.0";

    [Fact]
    public async Task Every_command_of_az_does_asks_and_says_what_is_written_beside_it()
    {
        string python = await FindPythonAsync();
        using TempFolder folder = new();
        string log = folder.File("requests.log");

        // Lists of several pages, and a second of waiting as the shortest that Retry-After can ask for.
        await using ServedCloud served = await ServedCloud.StartAsync(new SandboxOptions { RetryAfter = TimeSpan.FromSeconds(1), PageSize = 4 }, log);
        ClientProcess run = await ClientProcess.RunAsync(
            python,
            [Path.Combine(RepositoryPaths.Root, "tests", "Clients", "az", "run.py"), log],
            served,
            ("AZURE_CONFIG_DIR", folder.File("config")),
            ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
            ("AZURE_CORE_SURVEY_MESSAGE", "no"),
            ("AZURE_CORE_NO_COLOR", "yes"),
            ("PYTHONDONTWRITEBYTECODE", "1"));

        served.AssertNoFault();
        Assert.True(run.ExitCode == 0, string.Join('\n', DifferingLines().Matches(run.Output).Select(line => line.Value)) + "\n" + run.Output[Math.Max(0, run.Output.Length - 300)..]);
        TestContext.Current.SendDiagnosticMessage(run.Output);
    }

    [Fact]
    public async Task Az_finds_what_the_module_says_it_published_and_nothing_else()
    {
        string python = await FindPythonAsync();
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        ClientProcess module = await ClientProcess.RunAsync(
            "dotnet", [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-File", Path.Combine(RepositoryPaths.Root, "tests", "Clients", "module", "publish.ps1")], served, ("AZURE_CLIENT_SECRET", "any"));
        Assert.True(module.ExitCode == 0, module.Output);
        JsonNode told = JsonNode.Parse(module.Output.Split('\n').Single(line => line.StartsWith('{')))!;

        ClientProcess az = await ClientProcess.RunAsync(
            python,
            [
                Path.Combine(RepositoryPaths.Root, "tests", "Clients", "az", "ask.py"),
                $"login --service-principal -u {served.Server.Environment["AZURE_CLIENT_ID"]} -p any --tenant {served.Server.Environment["AZURE_TENANT_ID"]}",
                "sig image-version show -g sandbox-rg -r sandboxGallery -i golden -e 1.0.0 --expand ReplicationStatus",
                "sig image-version list -g sandbox-rg -r sandboxGallery -i golden",
                "sig image-definition list -g sandbox-rg -r sandboxGallery",
                "image list -g sandbox-rg",
            ],
            served,
            ("AZURE_CONFIG_DIR", folder.File("config")),
            ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
            ("AZURE_CORE_ONLY_SHOW_ERRORS", "yes"),
            ("PYTHONDONTWRITEBYTECODE", "1"));
        served.AssertNoFault();
        Assert.True(az.ExitCode == 0, az.Output);

        JsonArray answers = JsonNode.Parse(az.Output.Split('\n').Single(line => line.StartsWith('[')))!.AsArray();
        JsonNode shown = answers[1]!;
        Assert.Equal((string?)told["Id"], (string?)shown["id"], ignoreCase: true);
        Assert.Equal("Succeeded", (string?)shown["provisioningState"]);
        Assert.Equal(["West Europe 1", "North Europe 2"], shown["publishingProfile"]!["targetRegions"]!.AsArray().Select(region => $"{region!["name"]} {region["regionalReplicaCount"]}"));
        Assert.Equal("Completed", (string?)shown["replicationStatus"]!["aggregatedState"]);
        Assert.Matches("^[0-9A-F]{16}$", (string?)shown["tags"]!["azimagetools-crc64"]);
        Assert.Equal(["1.0.0"], Names(answers[2]!));
        Assert.Equal(["golden", "ubuntu", "windows-server", "windows-server-tl"], Names(answers[3]!));
        Assert.Empty(Names(answers[4]!));

        static IEnumerable<string?> Names(JsonNode list) => list.AsArray().Select(entry => (string?)entry!["name"]).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Az_sees_after_each_flow_exactly_what_its_result_names()
    {
        string python = await FindPythonAsync();
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        ClientProcess module = await ClientProcess.RunAsync(
            "dotnet",
            [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-File", Path.Combine(RepositoryPaths.Root, "tests", "Clients", "module", "what-az-sees.ps1")],
            served,
            ("AZURE_CLIENT_SECRET", "any"),
            ("AZ_PYTHON", python),
            ("AZURE_CONFIG_DIR", folder.File("config")),
            ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
            ("AZURE_CORE_ONLY_SHOW_ERRORS", "yes"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("XDG_DATA_HOME", folder.FullName));

        served.AssertNoFault();
        Assert.True(module.ExitCode == 0, module.Output);
        Assert.Contains("all as expected", module.Output, StringComparison.Ordinal);
        TestContext.Current.SendDiagnosticMessage(module.Output);
    }

    /// <summary>The Python that az's program names, whose packages it runs with; skips where there is none, or az is another.</summary>
    private static async Task<string> FindPythonAsync()
    {
        ExternalTool.SkipUnlessInstalled("az");
        string first = File.ReadLines(ExternalTool.Find("az")!).First();
        Assert.SkipUnless(first.StartsWith("#!", StringComparison.Ordinal) && first.Contains("python", StringComparison.Ordinal), $"az is no program of Python here, but {first}");
        string python = first[2..].Trim();
        string version = (await ExternalTool.RunAsync(python, "-c", "import azure.cli.core; print(azure.cli.core.__version__)")).Trim();
        Assert.SkipUnless(version == Version, $"az is {version} here: its requests are written down for {Version}, Debian's");
        return python;
    }

    [GeneratedRegex("^(?:differs.*|  .*|Traceback.*|\\w+Error.*)$", RegexOptions.Multiline)]
    private static partial Regex DifferingLines();
}
