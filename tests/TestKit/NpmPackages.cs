using Xunit;

namespace AzImageTools.TestKit;

/// <summary>Packages of npm that tests use, installed into a cache folder of the user on first use.</summary>
public static class NpmPackages
{
    /// <summary>Where node finds them: a node_modules folder. Skips the test where they can't be installed.</summary>
    /// <param name="name">What to call the set; a set of other versions needs another name.</param>
    /// <param name="packages">The packages with their versions, such as axe-core@4.14.1.</param>
    public static async Task<string> InstallAsync(string name, params string[] packages)
    {
        (string? modules, string problem) = await TryInstallAsync(name, packages);
        Assert.SkipWhen(modules is null, problem);
        return modules;
    }

    /// <summary>The node_modules folder, or null and why they can't be installed.</summary>
    public static async Task<(string? Modules, string Problem)> TryInstallAsync(string name, params string[] packages)
    {
        if (ExternalTool.Find(OperatingSystem.IsWindows() ? "npm.cmd" : "npm") is not { } npm)
        {
            return (null, "not installed here: npm");
        }

        string home = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "azimagetools-tests");
        string installed = Path.Combine(home, name);
        string modules = Path.Combine(installed, "node_modules");
        if (Directory.Exists(modules))
        {
            return (modules, string.Empty);
        }

        // Beside the place, and moved there when whole: several test runs may do it at once.
        string attempt = Path.Combine(home, $"{name}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(attempt);
        (int exitCode, string output, string error) = await ExternalTool.TryRunAsync(
            npm, ["install", "--prefix", attempt, "--no-audit", "--no-fund", "--fetch-retries", "1", "--loglevel", "error", .. packages]);
        if (exitCode != 0)
        {
            Directory.Delete(attempt, recursive: true);
            return (null, $"npm could not install {string.Join(" and ", packages)}: {output}{error}");
        }

        try
        {
            Directory.Move(attempt, installed);
        }
        catch (IOException) when (Directory.Exists(modules))
        {
            Directory.Delete(attempt, recursive: true);
        }

        return (modules, string.Empty);
    }
}
