using AzImageTools.TestKit;

namespace AzImageTools.Pester.Tests;

/// <summary>The files of tests/Pester, a case each, under the real Pester in a real PowerShell; in two classes that take as long, as each class runs one case at a time.</summary>
public abstract class PesterFileTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "Pester");

    /// <summary>The first of the second class comes behind this.</summary>
    private const string Half = "ImageT";

    protected static TheoryData<string> FilesThat(Func<int, bool> compare)
        => [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Where(name => compare(string.CompareOrdinal(name, Half))).Order(StringComparer.Ordinal)];

    protected async Task RunAsync(string file)
    {
        PesterRun run = await PesterRun.OfAsync(Path.Combine(Folder, file));

        output.WriteLine(run.ToString());
        Array.ForEach(run.Reasons, output.WriteLine);
        run.AssertPassed();
    }
}

/// <summary>Those whose names come first.</summary>
public sealed class FirstPesterFilesTests(ITestOutputHelper output) : PesterFileTests(output)
{
    public static TheoryData<string> Files() => FilesThat(static order => order < 0);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Each_It_passes(string file) => RunAsync(file);
}

/// <summary>The others.</summary>
public sealed class LastPesterFilesTests(ITestOutputHelper output) : PesterFileTests(output)
{
    public static TheoryData<string> Files() => FilesThat(static order => order >= 0);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Each_It_passes(string file) => RunAsync(file);
}
