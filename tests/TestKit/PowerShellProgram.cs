using System.Reflection;

namespace AzImageTools.TestKit;

/// <summary>The real PowerShell of the repository's tool manifest, and the real Pester: what users have, in processes of its own.</summary>
public static class PowerShellProgram
{
    /// <summary>PowerShell itself, which <c>dotnet</c> runs; the tool's command is a launcher that waits for it.</summary>
    public static string Path { get; } = Read("PowerShell");

    /// <summary>The repository's own Shell, where the build put it; who uses it waits for its project.</summary>
    public static string Shell { get; } = Read("Shell");

    /// <summary>The program that makes the module's help, where the build put it; who uses it waits for the module.</summary>
    public static string Help { get; } = Read("Help");

    /// <summary>The manifest of the module Pester.</summary>
    public static string Pester { get; } = Read("Pester");

    /// <summary>The arguments of a <c>dotnet</c> that runs PowerShell with these arguments and without profiles, questions and telemetry.</summary>
    public static string[] Arguments(params string[] arguments)
    {
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        return [Path, "-NoProfile", "-NonInteractive", .. arguments];
    }

    /// <summary>Runs a script's text and returns what it printed; fails the test when it ends with another exit code than 0.</summary>
    public static Task<string> RunAsync(string script) => ExternalTool.RunAsync("dotnet", Arguments("-Command", script));

    /// <summary>Runs a script's file and returns its exit code and what it printed.</summary>
    public static Task<(int ExitCode, string Output, string Error)> TryRunFileAsync(string path, params string[] arguments)
        => ExternalTool.TryRunAsync("dotnet", Arguments(["-File", path, .. arguments]));

    private static string Read(string name)
        => typeof(PowerShellProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == name).Value!;
}
