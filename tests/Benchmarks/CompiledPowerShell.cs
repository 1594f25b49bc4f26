using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>
/// PowerShell as its packages for one system bring it: with its own assemblies compiled ahead. The tool of the manifest is for all systems, and compiles them in
/// each process anew, which is more than what is measured.
/// </summary>
internal static class CompiledPowerShell
{
    private static readonly string[] Assemblies =
    [
        "pwsh", "System.Management.Automation", "Microsoft.PowerShell.ConsoleHost", "Microsoft.PowerShell.Commands.Utility", "Microsoft.PowerShell.Commands.Management", "Microsoft.PowerShell.Security",
    ];

    /// <summary>Makes a copy of the tool with compiled assemblies in a folder, and returns its program, which <c>dotnet</c> runs; null where the compiler of the module's build is not there.</summary>
    public static string? Make(string folder)
    {
        string tool = Path.GetDirectoryName(PowerShellProgram.Path)!;
        string packages = Path.GetFullPath(Path.Combine(tool, "..", "..", "..", "..", "..", ".."));
        string? compiler = Newest(Path.Combine(packages, "microsoft.netcore.app.crossgen2.linux-x64"));
        string? framework = Newest(Path.Combine(packages, "microsoft.netcore.app.runtime.linux-x64"));
        if (compiler is null || framework is null)
        {
            return null;
        }

        string copy = Path.Combine(folder, "powershell");
        Measurement.Take("cp", "-r", tool, copy);
        foreach (string assembly in Assemblies)
        {
            Measurement.Take(
                Path.Combine(compiler, "tools", "crossgen2"),
                Path.Combine(tool, assembly + ".dll"),
                "--out", Path.Combine(copy, assembly + ".dll"),
                "--reference", Path.Combine(framework, "runtimes", "linux-x64", "lib", "net10.0", "*.dll"),
                "--reference", Path.Combine(tool, "*.dll"),
                "--optimize");
        }

        return Path.Combine(copy, "pwsh.dll");
    }

    private static string? Newest(string package)
        => Directory.Exists(package) ? Directory.EnumerateDirectories(package, "10.*").MaxBy(static folder => Version.Parse(Path.GetFileName(folder))) : null;
}
