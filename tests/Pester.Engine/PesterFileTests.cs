using System.Collections.Concurrent;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine;

/// <summary>The files of tests/Pester on the embedded engine: each It is a test here.</summary>
public sealed class PesterFileTests
{
    private const string DiscoveryFailed = "(the file can be discovered)";

    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, CaseResult>>> Runs = new(StringComparer.Ordinal);

    public static TheoryData<string, string> Tests()
    {
        TheoryData<string, string> rows = [];
        foreach (string path in TestFiles.All)
        {
            foreach (string test in NamesOf(path))
            {
                rows.Add(Path.GetFileName(path), test);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public void Embedded(string file, string test)
    {
        string path = Path.Combine(TestFiles.Folder, file);
        if (string.Equals(test, DiscoveryFailed, StringComparison.Ordinal))
        {
            PesterFile.Discover(path); // Fails again, and says why.
            Assert.Fail($"{file} could not be discovered at first.");
        }

        CaseResult result = Runs.GetOrAdd(path, name => new(() => PesterFile.Run(name))).Value[test];
        Assert.SkipWhen(result.Outcome == CaseOutcome.Skipped, result.Message);
        Assert.True(result.Outcome == CaseOutcome.Passed, result.Message);
    }

    private static IReadOnlyList<string> NamesOf(string path)
    {
        try
        {
            return PesterFile.Discover(path);
        }
        catch (PesterSyntaxException)
        {
            return [DiscoveryFailed];
        }
    }
}
