namespace AzImageTools.Pester.Tests;

/// <summary>What is wrong in a file, or in what it tests, is told.</summary>
public sealed class FaultyFileTests
{
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
