using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>The examples of the documentation run as they are, on the embedded engine and on a real PowerShell.</summary>
public sealed class ExampleTests
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "docs", "examples");

    public static TheoryData<string, string> Examples() => new(
        ModuleHost.Names.SelectMany(host => Directory.EnumerateFiles(Folder, "*.ps1").Select(path => (host, Path.GetFileName(path)))));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_runs_to_its_end_without_an_error(string host, string name)
    {
        (int exitCode, string output, string error) = await ModuleHost.TryRunFileAsync(host, Path.Combine(Folder, name));

        Assert.True(exitCode == 0, $"{name} ended with {exitCode}:\n{output}{error}");
        Assert.DoesNotContain("Line |", error, StringComparison.Ordinal);
        Assert.NotEqual(string.Empty, output.Trim());
    }
}
