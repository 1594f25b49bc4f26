using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>Runs scripts in fresh processes: of the embedded engine always, of a real PowerShell where it is installed.</summary>
internal static class ModuleHost
{
    private const string PowerShell = "pwsh";

    public static string Manifest { get; } = Path.Combine(RepositoryPaths.Module, "AzImageTools.psd1");

    public static IReadOnlyList<string> Names { get; } = ["shell", PowerShell];

    /// <summary>Runs a script's text and returns what it printed; fails the test when it ends with another exit code than 0.</summary>
    public static Task<string> RunAsync(string host, string script)
    {
        (string program, string[] arguments) = Start(host);
        return ExternalTool.RunAsync(program, [.. arguments, "-Command", script]);
    }

    /// <summary>Runs a script's file and returns its exit code and what it printed.</summary>
    public static Task<(int ExitCode, string Output, string Error)> TryRunFileAsync(string host, string path)
    {
        (string program, string[] arguments) = Start(host);
        return host == PowerShell
            ? ExternalTool.TryRunAsync(program, [.. arguments, "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module '{Manifest}'; & '{path}'"])
            : ExternalTool.TryRunAsync(program, [.. arguments, "-File", path]);
    }

    private static (string Program, string[] Arguments) Start(string host)
    {
        if (host != PowerShell)
        {
            return ("dotnet", [ShellAssembly.Path]);
        }

        ExternalTool.SkipUnlessInstalled(PowerShell);
        return (PowerShell, ["-NoProfile", "-NonInteractive"]);
    }
}
