using AzImageTools.TestKit;

namespace AzImageTools.Pester.Tests;

/// <summary>The files of tests/Pester, a case each, under the real Pester in a real PowerShell; in two classes, as each class runs one case at a time.</summary>
public abstract class PesterFileTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "Pester");

    protected static TheoryData<string> FilesThat(Func<char, bool> begin)
        => [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Where(name => begin(char.ToUpperInvariant(name[0]))).Order(StringComparer.Ordinal)];

    protected async Task RunAsync(string file)
    {
        PesterRun run = await PesterRun.OfAsync(Path.Combine(Folder, file));

        output.WriteLine(run.ToString());
        Array.ForEach(run.Reasons, output.WriteLine);
        run.AssertPassed();
    }
}

/// <summary>Those whose names begin with A to I.</summary>
public sealed class PesterFilesToITests(ITestOutputHelper output) : PesterFileTests(output)
{
    public static TheoryData<string> Files() => FilesThat(static first => first <= 'I');

    [Theory]
    [MemberData(nameof(Files))]
    public Task Each_It_passes(string file) => RunAsync(file);
}

/// <summary>The others.</summary>
public sealed class PesterFilesFromJTests(ITestOutputHelper output) : PesterFileTests(output)
{
    public static TheoryData<string> Files() => FilesThat(static first => first > 'I');

    [Theory]
    [MemberData(nameof(Files))]
    public Task Each_It_passes(string file) => RunAsync(file);
}
