using System.Text.RegularExpressions;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

public sealed class ModuleLayoutTests
{
    [Fact]
    public void The_module_folder_holds_exactly_the_files_that_are_listed()
    {
        IEnumerable<string> listed = File.ReadLines(Path.Combine(RepositoryPaths.Root, "src", "module", "ShippedFiles.txt"));
        IEnumerable<string> present = Directory.EnumerateFiles(RepositoryPaths.Module, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryPaths.Module, path).Replace('\\', '/'));
        Assert.Equal(listed.Order(StringComparer.Ordinal), present.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_no_other()
    {
        string manifest = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "AzImageTools.psd1"));
        string exports = Regex.Match(manifest, @"CmdletsToExport\s*=\s*@\(([^)]*)\)", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match
            ? match.Value
            : string.Empty;
        IEnumerable<string> exported = Regex.Matches(exports, "'([A-Za-z]+-[A-Za-z]+)'", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(name => name.Groups[1].Value);
        IEnumerable<string> present = Architecture.PublicSurfaceTests.Cmdlets()
            .Select(row => row.Data.Name)
            .Select(name => Regex.Replace(name, "^([A-Z][a-z]+)(.*)Command$", "$1-$2", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Equal(present.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }
}
