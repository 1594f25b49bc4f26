using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine;

/// <summary>The engine itself: what holds passes, what does not hold fails, what it does not know is an error.</summary>
public sealed class EngineTests
{
    [Fact]
    public void What_the_language_promises_holds()
    {
        IReadOnlyDictionary<string, CaseResult> results = PesterFile.Run(TestFiles.Fixture("Language.Tests.ps1"));

        Assert.All(results, test => Assert.True(test.Value.Outcome != CaseOutcome.Failed, $"{test.Key}: {test.Value.Message}"));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Skipping.is skipped with a reason"] = "there is no reason",
                ["Skipping.is marked"] = "marked -Skip",
                ["Skipping.all of it.is inside"] = "marked -Skip",
            },
            results.Where(test => test.Value.Outcome == CaseOutcome.Skipped).ToDictionary(test => test.Key, test => test.Value.Message));
    }

    [Fact]
    public void Names_hold_their_data()
    {
        IReadOnlyList<string> names = PesterFile.Discover(TestFiles.Fixture("Language.Tests.ps1"));

        Assert.Contains("Data.expands one, 1 and first", names);
        Assert.Contains("Data.takes single values: 4", names);
        Assert.Contains("Data.a block for two.sees the data of its block", names);
    }

    [Fact]
    public void What_does_not_hold_fails()
    {
        IReadOnlyDictionary<string, CaseResult> results = PesterFile.Run(TestFiles.Fixture("Failing.Tests.ps1"));

        Assert.Equal(40, results.Count);
        Assert.All(results, test => Assert.True(test.Value.Outcome == CaseOutcome.Failed, $"{test.Key} {test.Value.Outcome}"));
        Assert.All(results.Values, result => Assert.NotEmpty(result.Message));
    }

    [Theory]
    [InlineData("Failing.fails for 2", "Expected 3, because three is expected, but got 2. [PesterAssertionFailed")]
    [InlineData("Failing.throws", "a mistake")]
    [InlineData("Failing.uses an operator that is not there", "BeSomewhat")]
    [InlineData("Failing.goes on after nothing", "Expected 2, but got 1.")]
    [InlineData("A broken BeforeAll.inside.fails inner tests too", "BeforeAll of 'A broken BeforeAll' failed: set-up failed")]
    [InlineData("A broken AfterEach.fails the test before it", "clean-up failed")]
    public void A_failure_says_why(string test, string expected)
    {
        CaseResult result = PesterFile.Run(TestFiles.Fixture("Failing.Tests.ps1"))[test];

        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_AfterAll_fails_the_tests_of_its_block()
    {
        CaseResult result = Assert.Single(RunText("Describe 'd' { AfterAll { throw 'late' }; It 'i' { 1 | Should -Be 1 } }")).Value;

        Assert.Equal(CaseOutcome.Failed, result.Outcome);
        Assert.Contains("AfterAll of 'd' failed: late", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Describe 'd' { It 'i' { } } ; Mock Get-Module", "Mock")]
    [InlineData("InModuleScope x { }", "InModuleScope")]
    [InlineData("It 'outside' { }", "outside of any Describe")]
    [InlineData("Describe 'd' { It 'i' { }; It 'i' { } }", "Two tests are called 'd.i'")]
    [InlineData("Describe 'd' { It 'i' -ForEach @() { } }", "empty")]
    [InlineData("Describe 'd' { It 'of <Nothing>' -ForEach @{ A = 1 } { } }", "<Nothing>")]
    [InlineData("Describe 'd' { It 'i' -Pending { } }", "Pending")]
    [InlineData("Describe 'd' { BeforeAll { }; BeforeAll { }; It 'i' { } }", "BeforeAll twice")]
    [InlineData("Describe 'd' { 1 | Should -Be 1; It 'i' { } }", "outside of a test")]
    [InlineData("Describe 'd' { 1 / 0; It 'i' { } }", "divide")]
    [InlineData("Describe 'd' { }", "holds no test")]
    [InlineData("'nothing'", "holds no test")]
    [InlineData("Describe 'd' {", "Missing closing")]
    [InlineData("exit 3", "'exit 3'")]
    [InlineData("Describe 'd' { It 'i' { } }; exit 0; Describe 'lost' { It 'i' { } }", "'exit 0'")]
    public void What_the_engine_does_not_understand_is_an_error(string text, string expected)
    {
        PesterSyntaxException error = Assert.Throws<PesterSyntaxException>(() => RunText(text));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("It 'inner' { }")]
    [InlineData("Describe 'inner' { }")]
    [InlineData("BeforeAll { }")]
    [InlineData("Set-ItResult -Inconclusive")]
    [InlineData("Mock Get-Module { }")]
    [InlineData("$Host.UI.ReadLine()")]
    [InlineData("Join-Path a b")]
    [InlineData("exit 0")]
    public void What_does_not_belong_into_a_test_fails_it(string text)
    {
        CaseResult result = Assert.Single(RunText($"Describe 'd' {{ It 'i' {{ {text} }} }}")).Value;

        Assert.Equal(CaseOutcome.Failed, result.Outcome);
    }

    private static IReadOnlyDictionary<string, CaseResult> RunText(string text)
    {
        using AzImageTools.TestKit.TempFolder folder = new();
        string file = folder.File("Text.Tests.ps1");
        File.WriteAllText(file, text);
        return PesterFile.Run(file);
    }
}
