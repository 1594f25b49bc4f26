using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>The app packages of the Windows that runs here, as Windows PowerShell's cmdlets list them: nothing else does that is documented.</summary>
internal static class AppPackages
{
    /// <summary>
    /// Prints a mark that all were listed, then the packages that are installed for a user and not provisioned for all. Those that
    /// other packages bring with them or that belong to Windows do not count.
    /// </summary>
    public const string Script = """
        $ErrorActionPreference = 'Stop'
        $provisioned = @(Get-AppxProvisionedPackage -Online | ForEach-Object { $_.PackageName -replace '^([^_]+)_.*_([^_]+)$', '$1_$2' })
        $installed = @(Get-AppxPackage -AllUsers | Where-Object { -not $_.IsFramework -and -not $_.IsResourcePackage -and "$($_.SignatureKind)" -ne 'System' -and @($_.PackageUserInformation | Where-Object { "$($_.InstallState)" -like 'Installed*' }).Count })
        'listed'
        $installed | Where-Object { $provisioned -notcontains $_.PackageFamilyName } | ForEach-Object PackageFullName
        """;

    private const string Mark = "listed";
    private const string Service = @"SYSTEM\CurrentControlSet\Services\AppXSvc";
    private const string PowerShell = @"Windows\System32\WindowsPowerShell\v1.0\powershell.exe";

    /// <summary>As long as a slow machine takes for DISM's part.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>The full names of the packages that are installed for a user and not provisioned for all; null where nobody told.</summary>
    public static IReadOnlyList<string>? FindUserOnly()
    {
        try
        {
            // Without the service that deploys them, as before Windows 8, there are none.
            return LiveRegistry.KeyExists(Service)
                ? WindowsFiles.Locate(PowerShell) is { } program && File.Exists(program) ? Parse(Run(program)) : null
                : [];
        }
        catch (Exception exception) when (exception is EvidenceUnavailableException or Win32Exception or AggregateException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    /// <summary>What the script printed; null where it did not come to its end.</summary>
    public static IReadOnlyList<string>? Parse(string output)
    {
        string[] lines = [.. output.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0)];
        int mark = Array.IndexOf(lines, Mark);
        return mark < 0 ? null : [.. lines.Skip(mark + 1)];
    }

    private static string Run(string program)
    {
        ProcessStartInfo start = new(program, $"-NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand {Convert.ToBase64String(Encoding.Unicode.GetBytes(Script))}")
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The modules of the PowerShell that asks are not those of Windows PowerShell.
        start.Environment.Remove("PSModulePath");
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("Windows PowerShell did not start.");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!Task.WaitAll([output, errors], Limit))
        {
            process.Kill();
            return string.Empty;
        }

        return output.Result;
    }
}
