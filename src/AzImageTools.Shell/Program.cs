using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell;

namespace AzImageTools.Shell;

/// <summary>PowerShell's own console host with the module imported, for machines without PowerShell: it takes what pwsh takes.</summary>
internal static class Program
{
    /// <summary>What initialization that fails ends with (EX_SOFTWARE of sysexits.h), as in pwsh.</summary>
    private const int InitializationFailed = 70;

    private const string Help = """
        PowerShell with the AzImageTools module imported, for machines without PowerShell.
        It takes the arguments of pwsh (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_pwsh):

          -File SCRIPT [ARGUMENT ...]      runs a script and ends with its exit code
          -Command TEXT | -                runs commands, or those on standard input
          -NoProfile, -NonInteractive, -NoLogo, -NoExit, -WorkingDirectory FOLDER, -Version, ...

        Without arguments it gives a prompt. 'Get-Command -Module AzImageTools' lists the cmdlets.
        """;

    public static int Main(string[] arguments)
    {
        // Nothing leaves the machine that a command did not send: PowerShell's own telemetry and look for updates are off.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");
        if (OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable("PSExecutionPolicyPreference") is null)
        {
            // pwsh's default on Windows comes from a file beside it. Without one no script runs, not even the module's.
            Environment.SetEnvironmentVariable("PSExecutionPolicyPreference", "RemoteSigned");
        }

        if (FindModule() is not { } manifest)
        {
            Console.Error.WriteLine("The AzImageTools module was not found. Build it with 'dotnet build'.");
            return InitializationFailed;
        }

        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([manifest]);
        return ConsoleShell.Start(state, $"AzImageTools {typeof(Program).Assembly.GetName().Version?.ToString(3)} in PowerShell {PowerShellVersion}. 'Get-Command -Module AzImageTools' lists the cmdlets, 'exit' leaves.", Help, arguments);
    }

    private static string PowerShellVersion => typeof(ConsoleShell).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(' ', '+')[0] ?? "7";

    /// <summary>The module's manifest: beside this program where it was published with it, else where the build laid it out; null where there is none.</summary>
    private static string? FindModule()
        => new[] { Path.Combine(AppContext.BaseDirectory, "AzImageTools", "AzImageTools.psd1"), Built("ModuleManifest") }.FirstOrDefault(File.Exists);

    private static string? Built(string fact)
        => typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == fact)?.Value;
}
