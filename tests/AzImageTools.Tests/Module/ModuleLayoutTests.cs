using System.Management.Automation;
using System.Reflection;
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

    [Theory]
    [InlineData("AzImageTools")]
    [InlineData("AzImageTools.Services")]
    [InlineData("AzImageTools.Readiness")]
    [InlineData("AzImageTools.Disks")]
    [InlineData("AzImageTools.Sandbox")]
    public void The_module_folder_holds_what_this_build_made_whatever_was_built_before(string assembly)
        => Assert.Equal(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")),
            File.ReadAllBytes(Path.Combine(RepositoryPaths.Module, "bin", "net8.0", assembly + ".dll")));

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_no_other()
    {
        string manifest = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "AzImageTools.psd1"));
        string exports = manifest[manifest.IndexOf("CmdletsToExport", StringComparison.Ordinal)..manifest.IndexOf("FunctionsToExport", StringComparison.Ordinal)];
        IEnumerable<string> exported = exports.Split('\'').Where(text => text.Contains('-', StringComparison.Ordinal));
        IEnumerable<string> present = Architecture.PublicSurfaceTests.Cmdlets()
            .Select(row => row.Data.GetCustomAttribute<CmdletAttribute>()!)
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");
        Assert.Equal(present.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }
}
