namespace AzImageTools.TestKit;

/// <summary>
/// The readiness rules that the guests of tests/data were made for: those that are ready pass them, the others fail the ones that
/// README.md there names. Tests of whole guests ask these alone; a newer rule has its own states.
/// </summary>
public static class TestRules
{
    /// <summary>Their ids.</summary>
    public static IReadOnlyList<string> Ids { get; } = File.ReadAllLines(Path.Combine(RepositoryPaths.TestData, "rules.txt"));
}
