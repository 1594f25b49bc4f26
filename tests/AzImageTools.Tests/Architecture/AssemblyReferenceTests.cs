using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Architecture;

/// <summary>Who may use whom (docs/architecture.md).</summary>
public sealed class AssemblyReferenceTests
{
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        ["AzImageTools.Disks"] = [],
        ["AzImageTools.Readiness"] = ["AzImageTools.Disks"],
        ["AzImageTools.Services"] = ["AzImageTools.Disks", "AzImageTools.Readiness"],
        ["AzImageTools.Sandbox"] = [],
        ["AzImageTools.Loader"] = [],
        ["AzImageTools"] = ["AzImageTools.Disks", "AzImageTools.Readiness", "AzImageTools.Services", "AzImageTools.Sandbox"],
    };

    private static readonly string[] SeePowerShell = ["AzImageTools"];
    private static readonly string[] SeeAzure = ["AzImageTools.Services"];

    public static TheoryData<string, string> ShippedAssemblies()
    {
        TheoryData<string, string> rows = [];
        foreach (string framework in new[] { "netstandard2.0", "net8.0" })
        {
            foreach (string assembly in MayUse.Keys)
            {
                rows.Add(framework, assembly);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(ShippedAssemblies))]
    public void An_assembly_uses_only_those_below_it(string framework, string assembly)
    {
        foreach (string reference in References(framework, assembly))
        {
            if (reference.StartsWith("AzImageTools", StringComparison.Ordinal))
            {
                Assert.Contains(reference, MayUse[assembly]);
            }

            if (reference == "System.Management.Automation")
            {
                Assert.Contains(assembly, SeePowerShell);
            }

            if (reference.StartsWith("Azure.", StringComparison.Ordinal) || reference.StartsWith("Microsoft.Identity", StringComparison.Ordinal))
            {
                Assert.Contains(assembly, SeeAzure);
            }
        }
    }

    [Fact]
    public void Every_assembly_of_ours_that_ships_has_its_rule()
    {
        IEnumerable<string> shipped = Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Module, "bin", "net8.0"), "AzImageTools*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path)!);
        Assert.Equal(MayUse.Keys.Order(StringComparer.Ordinal), shipped.Order(StringComparer.Ordinal));
    }

    private static List<string> References(string framework, string assembly)
    {
        using FileStream file = File.OpenRead(Path.Combine(RepositoryPaths.Module, "bin", framework, assembly + ".dll"));
        using PEReader image = new(file);
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
