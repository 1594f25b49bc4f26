using System.Text.Json;
using System.Xml.Linq;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>THIRD-PARTY-NOTICES.txt against what the module ships.</summary>
public sealed class NoticeTests
{
    private static readonly string Sources = Path.Combine(RepositoryPaths.Root, "src");

    [Fact]
    public void Every_package_that_ships_is_named_with_its_version_and_no_other_one()
    {
        string[] named = [.. File.ReadLines(Path.Combine(Sources, "module", "THIRD-PARTY-NOTICES.txt"))
            .SkipWhile(static line => !line.StartsWith("Package |", StringComparison.Ordinal)).Skip(1).SkipWhile(static line => line.Length == 0)
            .TakeWhile(static line => line.Length > 0).Select(static line => string.Join('/', line.Split(" | ").Take(2)))];

        Assert.Equal(ShippedPackages().Order(StringComparer.OrdinalIgnoreCase), named);
    }

    [Fact]
    public void Every_package_that_is_referenced_has_its_reason_in_the_documentation()
    {
        string document = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "dependencies.md"));

        Assert.All(
            XDocument.Load(Path.Combine(RepositoryPaths.Root, "Directory.Packages.props")).Descendants("PackageVersion").Select(static package => package.Attribute("Include")!.Value),
            package => Assert.Contains(package, document, StringComparison.Ordinal));
    }

    /// <summary>The packages, as name/version, that a shipped assembly comes from: by what restoring resolved.</summary>
    private static IEnumerable<string> ShippedPackages()
    {
        HashSet<string> shipped = [.. File.ReadLines(Path.Combine(Sources, "module", "ShippedFiles.txt")).Select(static file => Path.GetFileName(file))];
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Sources, "AzImageTools", "obj", "project.assets.json")));
        return [.. assets.RootElement.GetProperty("targets").EnumerateObject()
            .SelectMany(static target => target.Value.EnumerateObject())
            .Where(library => library.Value.GetProperty("type").GetString() == "package"
                && library.Value.TryGetProperty("runtime", out JsonElement files) && files.EnumerateObject().Any(file => shipped.Contains(Path.GetFileName(file.Name))))
            .Select(static library => library.Name)
            .Distinct(StringComparer.Ordinal)];
    }
}
