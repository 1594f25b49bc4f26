using System.Text.Json;
using AzImageTools.TestKit;

namespace AzImageTools.Pester.Tests;

/// <summary>What came of one Pester file.</summary>
/// <param name="Version">What ran it.</param>
/// <param name="Passed">How many It passed.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Skipped">How many were skipped or not run.</param>
/// <param name="Reasons">Why, one each.</param>
/// <param name="Faults">What failed, an It, a block or the file, with its line, its message and the places it came through.</param>
internal sealed record PesterRun(string Version, int Passed, int Failed, int Skipped, string[] Reasons, string[] Faults)
{
    public static string Folder { get; } = Path.Combine(RepositoryPaths.Root, "tests", "AzImageTools.Pester.Tests");

    /// <summary>Runs a file in a PowerShell of its own.</summary>
    public static async Task<PesterRun> OfAsync(string path)
    {
        using TempFolder folder = new();
        string result = folder.File("result.json");
        (int exitCode, string output, string error) = await PowerShellProgram.TryRunFileAsync(Path.Combine(Folder, "Invoke-PesterFile.ps1"), PowerShellProgram.Pester, path, result);
        Assert.True(exitCode == 0 && File.Exists(result), $"PowerShell ended with {exitCode}:\n{output}{error}");
        return JsonSerializer.Deserialize<PesterRun>(await File.ReadAllTextAsync(result))!;
    }

    /// <summary>Fails the test where anything failed, or nothing ran.</summary>
    public void AssertPassed()
    {
        Assert.True(Faults.Length == 0 && Failed == 0, $"{this}\n\n{string.Join("\n\n", Faults)}");
        Assert.True(Passed + Skipped > 0, "The file has no test.");
    }

    public override string ToString() => $"{Version}: {Passed} passed, {Failed} failed, {Skipped} skipped";
}
