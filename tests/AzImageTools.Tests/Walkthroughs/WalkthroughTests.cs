using System.IO.Compression;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Walkthroughs;

/// <summary>The walkthroughs of the documentation: what they add is built in a copy of the sources, and does what they tell.</summary>
public sealed class WalkthroughTests
{
    private static readonly WalkthroughPage Page = new(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "walkthroughs.md")).ReplaceLineEndings("\n"));

    [Fact]
    public async Task What_the_walkthroughs_add_is_built_and_does_what_they_tell()
    {
        using TempFolder copy = new();
        CopySources(copy.FullName);
        Assert.Empty(Page.Apply(copy.FullName));
        Assert.Equal(Page.Titles, Page.Trials.Select(static trial => trial.Title));

        await BuildAsync(copy.FullName);
        UnpackDisk("ready-dynamic.vhdx", copy.File("web01.vhdx"));
        string script = $$"""
            $ErrorActionPreference = 'Stop'
            $PSStyle.OutputRendering = 'PlainText'
            $ConfirmPreference = 'None'
            Set-Location '{{copy.FullName}}'
            Import-Module ./out/AzImageTools/AzImageTools.psd1
            {{string.Join('\n', Page.Trials.Select(static trial => $"'## {trial.Title}'\n{trial.Script}"))}}
            """;
        (int exitCode, string output, string error) = await RunAsync(copy, script);

        Assert.Equal(
            Page.Trials.SelectMany(static trial => trial.Told.Prepend("## " + trial.Title)),
            (output + error).ReplaceLineEndings("\n").TrimEnd().Split('\n'));
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public void A_block_that_no_longer_fits_the_sources_is_told()
    {
        using TempFolder root = new();
        File.WriteAllText(root.File("twice.cs"), "one\ntwo\none\n");
        WalkthroughPage page = new("`twice.cs`:\n\n```diff\n one\n+more\n```\n\n`twice.cs`:\n\n```csharp\nclass A;\n```\n\n`gone.cs`:\n\n```diff\n-one\n```\n\n`twice.cs`:\n\n```diff\n two\n-one\n+three\n```\n\n```diff\n+nowhere\n```\n");

        Assert.Equal(
            ["These lines are not in one place of the file: twice.cs", "The file is there already: twice.cs", "There is no such file: gone.cs", "A block names no file. "],
            page.Apply(root.FullName).Select(static problem => problem.Split('\n')[0]));
        Assert.Equal("one\ntwo\nthree\n", File.ReadAllText(root.File("twice.cs")));
    }

    /// <summary>All that the module is built of.</summary>
    private static void CopySources(string target)
    {
        string[] folders = ["src", Path.Combine("docs", "en-US"), ".config"];
        IEnumerable<string> files = folders
            .SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(RepositoryPaths.Root))
            .Select(static file => Path.GetRelativePath(RepositoryPaths.Root, file))
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static name => name is "bin" or "obj"));
        foreach (string file in files)
        {
            string copy = Path.Combine(target, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(RepositoryPaths.Root, file), copy);
        }
    }

    /// <summary>Lays the module out as PowerShell 7 gets it. All packages are where the build of the tests has put them: no registry is asked.</summary>
    private static async Task BuildAsync(string root)
    {
        string shipped = Path.Combine(root, "src", "module", "ShippedFiles.txt");
        await File.WriteAllLinesAsync(shipped, File.ReadLines(shipped).Where(static file => !file.StartsWith("bin/netstandard2.0/", StringComparison.Ordinal)).ToList());
        await ExternalTool.RunAsync(
            "dotnet", "build", Path.Combine(root, "src", "module", "AzImageTools.Module.csproj"), "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:ModuleTargetFrameworks=net8.0",
            "-p:RunAnalyzers=false", "-p:UseSharedCompilation=true", "-p:NuGetAudit=false", $"-p:RestoreSources={root}");
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(TempFolder folder, string script)
    {
        await File.WriteAllTextAsync(folder.File("try.ps1"), script);
        return await PowerShellProgram.TryRunFileAsync(folder.File("try.ps1"));
    }

    private static void UnpackDisk(string name, string target)
    {
        using GZipStream packed = new(File.OpenRead(Path.Combine(RepositoryPaths.TestData, "disks", name + ".gz")), CompressionMode.Decompress);
        using FileStream file = File.Create(target);
        packed.CopyTo(file);
    }
}
