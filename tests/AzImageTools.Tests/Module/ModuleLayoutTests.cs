using System.Management.Automation;
using System.Reflection;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

public sealed class ModuleLayoutTests
{
    [Fact]
    public void The_module_folder_holds_exactly_the_files_that_are_listed()
    {
        string[] listed = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "src", "module", "ShippedFiles.txt"));
        string[] present = [.. Directory.EnumerateFiles(RepositoryPaths.Module, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryPaths.Module, path).Replace('\\', '/'))];

        // What is compiled ahead comes with a build of the configuration Release alone.
        IEnumerable<string> expected = present.Any(IsPrecompiled) ? listed : listed.Where(static file => !IsPrecompiled(file));
        Assert.Equal(expected.Order(StringComparer.Ordinal), present.Order(StringComparer.Ordinal));

        static bool IsPrecompiled(string file) => file.Contains("-x64/", StringComparison.Ordinal);
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
    public void What_is_compiled_ahead_is_so_for_each_system_alike_of_an_assembly_that_ships_without_too()
    {
        ILookup<string, string> systems = File.ReadLines(Path.Combine(RepositoryPaths.Root, "src", "module", "ShippedFiles.txt"))
            .Where(static file => file.StartsWith("bin/net8.0/", StringComparison.Ordinal))
            .ToLookup(static file => Path.GetFileName(file), static file => Path.GetFileName(Path.GetDirectoryName(file)!));
        Assert.All(systems, static assembly => Assert.Contains("net8.0", assembly));
        Assert.Equal(
            systems.Where(static assembly => assembly.Contains("linux-x64")).Select(static assembly => assembly.Key),
            systems.Where(static assembly => assembly.Contains("win-x64")).Select(static assembly => assembly.Key));
        Assert.Contains("AzImageTools.dll", systems.Where(static assembly => assembly.Contains("linux-x64")).Select(static assembly => assembly.Key));
    }

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
