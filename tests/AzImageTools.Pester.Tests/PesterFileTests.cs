using AzImageTools.TestKit;

namespace AzImageTools.Pester.Tests;

/// <summary>The files of tests/Pester, a case each, under the real Pester in a real PowerShell.</summary>
public sealed class PesterFileTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "Pester");

    public static TheoryData<string> Files() => [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Each_It_passes(string file)
    {
        PesterRun run = await PesterRun.OfAsync(Path.Combine(Folder, file));

        output.WriteLine(run.ToString());
        Array.ForEach(run.Reasons, output.WriteLine);
        run.AssertPassed();
    }

    [Theory]
    [InlineData("WrongExpectation.Tests.ps1", "Sizes.are compared, WrongExpectation.Tests.ps1:6", "Expected 2, but got 1.")]
    [InlineData("SyntaxError.Tests.ps1", "SyntaxError.Tests.ps1", "Missing closing '}'")]
    [InlineData("BrokenBlock.Tests.ps1", "Sizes, BrokenBlock.Tests.ps1:1", "The disk is missing.")]
    [InlineData("NoTest.Tests.ps1", "The file has no test.", "")]
    public async Task A_file_with_a_fault_fails_and_says_where_and_why(string file, string place, string message)
    {
        PesterRun run = await PesterRun.OfAsync(Path.Combine(PesterRun.Folder, "Faulty", file));

        Exception failure = Assert.ThrowsAny<Exception>(run.AssertPassed);
        Assert.Contains(place, failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }
}
