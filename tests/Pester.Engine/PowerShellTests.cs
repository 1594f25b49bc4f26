using System.Text.Json;
using AzImageTools.TestKit;
using Pester.Engine.Running;

namespace Pester.Engine;

/// <summary>The same files on a real PowerShell with Pester 5, where both are installed.</summary>
public sealed class PowerShellTests(ITestOutputHelper output)
{
    private const string Run = """
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        if (-not (Get-Module Pester -ListAvailable | Where-Object { $_.Version.Major -eq 5 })) {
            [Console]::Out.WriteLine('NOPESTER')
            exit 0
        }

        Import-Module Pester -MinimumVersion 5.0 -MaximumVersion 5.99
        $configuration = New-PesterConfiguration
        $configuration.Run.Path = $env:PESTER_PATHS -split '\|'
        $configuration.Run.PassThru = $true
        $configuration.Output.Verbosity = 'None'
        $run = Invoke-Pester -Configuration $configuration
        $tests = foreach ($test in $run.Tests) {
            @{ name = $test.ExpandedPath; result = "$($test.Result)"; message = "$($test.ErrorRecord)"; file = [IO.Path]::GetFileName($test.ScriptBlock.File) }
        }
        $broken = @($run.FailedContainers) + @($run.FailedBlocks) | ForEach-Object { "$($_): $($_.ErrorRecord)" }
        [Console]::Out.WriteLine('RESULT ' + (@{ tests = @($tests); broken = @($broken); version = "$($PSVersionTable.PSVersion) with Pester $($run.Version)" } | ConvertTo-Json -Depth 4 -Compress))
        """;

    [Fact]
    public async Task The_files_pass_on_a_real_PowerShell_too()
    {
        JsonElement run = await RunAsync([.. TestFiles.All]);

        Assert.Empty(run.GetProperty("broken").EnumerateArray().Select(block => block.GetString()));
        Assert.Empty(Tests(run).Where(test => test.Result is not ("Passed" or "Skipped")).Select(test => $"{test.Name}: {test.Message}"));
        Assert.Equal(TestFiles.All.SelectMany(PesterFile.Discover).Order(StringComparer.Ordinal), Tests(run).Select(test => test.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Pester_agrees_with_this_engine_about_its_fixtures()
    {
        string[] files = [TestFiles.Fixture("Failing.Tests.ps1"), TestFiles.Fixture("Language.Tests.ps1")];
        JsonElement run = await RunAsync(files);

        Assert.Equal(
            files.SelectMany(PesterFile.Run).Select(test => $"{test.Key} {test.Value.Outcome}").Order(StringComparer.Ordinal),
            Tests(run).Select(test => $"{test.Name} {test.Result}").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Name, string Result, string Message)> Tests(JsonElement run)
        => run.GetProperty("tests").EnumerateArray().Select(test => (
            test.GetProperty("name").GetString() ?? string.Empty,
            test.GetProperty("result").GetString() ?? string.Empty,
            test.GetProperty("message").GetString() ?? string.Empty));

    private async Task<JsonElement> RunAsync(string[] files)
    {
        ExternalTool.SkipUnlessInstalled("pwsh");
        using TempFolder folder = new();
        string script = folder.File("run.ps1");
        await File.WriteAllTextAsync(script, $"$env:PESTER_PATHS = '{string.Join('|', files.Select(file => file.Replace("'", "''", StringComparison.Ordinal)))}'\n{Run}");
        (int exitCode, string text, string error) = await ExternalTool.TryRunAsync("pwsh", "-NoProfile", "-NonInteractive", "-File", script);
        Assert.SkipWhen(text.StartsWith("NOPESTER", StringComparison.Ordinal), "not installed here: Pester 5; the files ran on the embedded engine only");
        string? result = text.Split('\n').FirstOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal));
        Assert.True(exitCode == 0 && result is not null, $"pwsh ended with {exitCode}:\n{text}{error}");
        JsonElement run = JsonDocument.Parse(result["RESULT ".Length..]).RootElement;
        output.WriteLine($"PowerShell {run.GetProperty("version").GetString()} ran {string.Join(", ", files.Select(Path.GetFileName))}.");
        return run;
    }
}
