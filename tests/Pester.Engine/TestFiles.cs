using AzImageTools.TestKit;

namespace Pester.Engine;

/// <summary>Where the Pester files are.</summary>
internal static class TestFiles
{
    public static string Folder { get; } = Path.Combine(RepositoryPaths.Root, "tests", "Pester");

    public static IReadOnlyList<string> All { get; } = [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Order(StringComparer.Ordinal)];

    /// <summary>A file that tests the engine itself.</summary>
    public static string Fixture(string name) => Path.Combine(RepositoryPaths.Root, "tests", "Pester.Engine", "Fixtures", name);
}
