using System.Globalization;
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
        JsonNode told = await TellAsync(served, "publish.ps1");

        JsonArray answers = await AskAsync(
            python,
            served,
            folder,
            [
                "sig image-version show -g sandbox-rg -r sandboxGallery -i golden -e 1.0.0 --expand ReplicationStatus",
                "sig image-version list -g sandbox-rg -r sandboxGallery -i golden",
                "sig image-definition list -g sandbox-rg -r sandboxGallery",
                "image list -g sandbox-rg",
            ]);

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

    [Fact]
    public async Task What_the_module_lists_az_lists_item_by_item()
    {
        string python = await FindPythonAsync();
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        JsonNode told = await TellAsync(served, "list-sources.ps1");

        string[] definitions = ["copied", "nvme", "ubuntu", "whole", "windows-server", "windows-server-tl"];
        JsonArray answers = await AskAsync(
            python,
            served,
            folder,
            [
                "sig list",
                "sig image-definition list -g sandbox-rg -r sandboxGallery",
                "vm image list --all -l westeurope",
                "vm image list --all -l westeurope --publisher microsoft",
                "vm image list --all -l westeurope --offer ubuntu",
                "vm image list --all -l westeurope --publisher Canonical --sku server",
                .. definitions.Select(definition => $"sig image-version list -g sandbox-rg -r sandboxGallery -i {definition}"),
            ]);

        Assert.Equal(Sorted(answers[1]!, gallery => (string?)gallery["name"]), Sorted(told["Gallery"]!, source => (string?)source["GalleryName"]).Distinct());
        Dictionary<string, JsonNode> known = answers[2]!.AsArray().ToDictionary(definition => (string)definition!["name"]!, definition => definition!);
        Assert.Equal(definitions, known.Keys.Order(StringComparer.Ordinal));
        JsonNode[] versions = [.. answers.Skip(7).SelectMany(list => list!.AsArray()).Select(version => version!)];
        Assert.Equal(Sorted(versions, version => AzLine(known[DefinitionOf(version)], version)), Sorted(told["Gallery"]!, ModuleLine));
        Assert.Equal(
            Sorted(versions.Where(version => !(bool)version["publishingProfile"]!["excludeFromLatest"]!).GroupBy(DefinitionOf).Select(LatestOf), version => (string?)version["id"]), Sorted(told["Latest"]!, source => (string?)source["Id"]));

        (int At, string Name)[] listings = [(3, "Marketplace"), (4, "Publisher"), (5, "Offer"), (6, "Sku")];
        foreach ((int at, string name) in listings)
        {
            string[] expected = Sorted(answers[at]!, image => $"{image["urn"]} {image["publisher"]} {image["offer"]} {image["sku"]} {image["version"]} {image["architecture"]}");
            Assert.NotEmpty(expected);
            Assert.Equal(expected, Sorted(told[name]!, source => $"{source["Urn"]} {source["Publisher"]} {source["Offer"]} {source["Sku"]} {source["Version"]} {source["Architecture"]}"));
        }

        static string DefinitionOf(JsonNode version) => ((string)version["id"]!).Split('/')[10];

        static JsonNode LatestOf(IEnumerable<JsonNode> versions) => versions.MaxBy(version => System.Version.Parse((string)version["name"]!))!;
    }

    /// <summary>What a script of the module's tells.</summary>
    private static async Task<JsonNode> TellAsync(ServedCloud served, string script)
    {
        ClientProcess module = await ClientProcess.RunAsync(
            "dotnet", [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-File", Path.Combine(RepositoryPaths.Root, "tests", "Clients", "module", script)], served, ("AZURE_CLIENT_SECRET", "any"));
        Assert.True(module.ExitCode == 0, module.Output);
        return JsonNode.Parse(module.Output.Split('\n').Single(line => line.StartsWith('{')))!;
    }

    /// <summary>What az answers to commands; the first answer is that to its sign-in.</summary>
    private static async Task<JsonArray> AskAsync(string python, ServedCloud served, TempFolder folder, string[] commands)
    {
        ClientProcess az = await ClientProcess.RunAsync(
            python,
            [
                Path.Combine(RepositoryPaths.Root, "tests", "Clients", "az", "ask.py"),
                $"login --service-principal -u {served.Server.Environment["AZURE_CLIENT_ID"]} -p any --tenant {served.Server.Environment["AZURE_TENANT_ID"]}",
                .. commands,
            ],
            served,
            ("AZURE_CONFIG_DIR", folder.File("config")),
            ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
            ("AZURE_CORE_ONLY_SHOW_ERRORS", "yes"),
            ("PYTHONDONTWRITEBYTECODE", "1"));
        served.AssertNoFault();
        Assert.True(az.ExitCode == 0, az.Output);
        return JsonNode.Parse(az.Output.Split('\n').Single(line => line.StartsWith('[')))!.AsArray();
    }

    /// <summary>A version in az's lists, with what its definition says.</summary>
    private static string AzLine(JsonNode definition, JsonNode version)
    {
        string? security = Feature("SecurityType");
        string[] regions = [.. version["publishingProfile"]!["targetRegions"]!.AsArray().Select(region => ((string)region!["name"]!).Replace(" ", string.Empty, StringComparison.Ordinal).ToLowerInvariant()).Order(StringComparer.Ordinal)];
        return string.Join(
            " | ",
            (string?)version["id"],
            (string?)version["location"],
            string.Join(",", regions),
            (string?)definition["osType"],
            (string?)definition["osState"],
            (string?)definition["hyperVGeneration"],
            (string?)definition["architecture"] ?? "x64",
            security ?? "Standard",
            Feature("DiskControllerTypes")?.Replace(" ", string.Empty, StringComparison.Ordinal) ?? "SCSI",
            version["storageProfile"]!["dataDiskImages"]?.AsArray().Count ?? 0,
            (int?)version["storageProfile"]!["osDiskImage"]!["sizeInGb"],
            Day(version["publishingProfile"]!["endOfLifeDate"]),
            Day(version["publishingProfile"]!["publishedDate"]));

        string? Feature(string name) => (string?)definition["features"]?.AsArray().FirstOrDefault(feature => (string?)feature!["name"] == name)?["value"];
    }

    private static string ModuleLine(JsonNode source) => string.Join(
        " | ",
        (string?)source["Id"],
        (string?)source["Location"],
        string.Join(",", source["Locations"]!.AsArray().Select(region => (string)region!).Order(StringComparer.Ordinal)),
        (string?)source["OsType"],
        (string?)source["OsState"],
        (string?)source["HyperVGeneration"],
        (string?)source["Architecture"],
        (string?)source["SecurityType"],
        string.Join(",", source["DiskControllerTypes"]!.AsArray().Select(controller => (string)controller!)),
        (int)source["DataDiskCount"]!,
        (int?)source["OsDiskSizeGB"],
        Day(source["EndOfLife"]),
        Day(source["PublishedDate"]));

    /// <summary>A date to the second: the two write fractions differently.</summary>
    private static string Day(JsonNode? date) => date is null ? string.Empty : DateTimeOffset.Parse((string)date!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime.ToString("s", CultureInfo.InvariantCulture);

    private static string[] Sorted(JsonNode list, Func<JsonNode, string?> line) => Sorted(list.AsArray().Select(item => item!), line);

    private static string[] Sorted(IEnumerable<JsonNode> list, Func<JsonNode, string?> line) => [.. list.Select(line).OfType<string>().Order(StringComparer.OrdinalIgnoreCase)];

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
