using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>The examples of the documentation run in PowerShell, and that of README as it tells, in the Shell.</summary>
public sealed class ExampleTests
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "docs", "examples");

    public static TheoryData<string> Examples() => [.. Directory.EnumerateFiles(Folder, "*.ps1").Select(path => Path.GetFileName(path))];

    [Fact]
    public async Task The_main_job_runs_to_its_end_without_an_error_in_the_Shell()
        => AssertWell(await ExternalTool.TryRunAsync("dotnet", PowerShellProgram.Shell, "-NoProfile", "-File", Path.Combine(Folder, "golden-image.ps1")));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_runs_to_its_end_without_an_error_in_PowerShell(string name)
        => AssertWell(await ExternalTool.TryRunAsync("dotnet", PowerShellProgram.Arguments(
            "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module '{RepositoryPaths.ModuleManifest}'; & '{Path.Combine(Folder, name)}'")));

    private static void AssertWell((int ExitCode, string Output, string Error) run)
    {
        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Error}");
        Assert.Equal(string.Empty, run.Error);
        Assert.NotEqual(string.Empty, run.Output.Trim());
    }
}
