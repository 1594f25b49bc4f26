using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>Imports in fresh processes.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task The_module_exports_its_cmdlets_again_after_Force_and_after_removal()
    {
        string output = await PowerShellProgram.RunAsync($$"""
            $count = { (Get-Command -Module AzImageTools).Count }
            Remove-Module AzImageTools -ErrorAction Ignore
            Import-Module '{{RepositoryPaths.ModuleManifest}}'; $first = & $count
            Import-Module '{{RepositoryPaths.ModuleManifest}}' -Force; $second = & $count
            Remove-Module AzImageTools
            Import-Module '{{RepositoryPaths.ModuleManifest}}'; $third = & $count
            if ($first -gt 0) { "$first $second $third" }
            """);
        string[] counts = output.Trim().Split(' ');
        Assert.Equal(3, counts.Length);
        Assert.Single(counts.Distinct());
    }

    [Fact]
    public async Task A_copy_of_the_module_can_be_imported_beside_it()
    {
        using TempFolder folder = new();
        string copy = CopyModule(folder);
        string output = await PowerShellProgram.RunAsync($$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            Import-Module '{{Path.Combine(copy, "AzImageTools.psd1")}}'
            "$($null -ne (Get-AzImageReadinessRule CdromEnabled))"
            """);
        Assert.Equal("True", output.Trim());
    }

    [Fact]
    public async Task What_is_compiled_ahead_for_the_machine_is_loaded_and_all_else_from_beside_it()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 && !OperatingSystem.IsMacOS(), "Nothing is compiled ahead for this machine.");
        using TempFolder folder = new();
        string copy = CopyModule(folder);
        string assemblies = Path.Combine(copy, "bin", "net8.0");
        foreach (string system in new[] { "linux-x64", "win-x64" })
        {
            Directory.CreateDirectory(Path.Combine(assemblies, system));
            File.Delete(Path.Combine(assemblies, system, "AzImageTools.Disks.dll"));
            File.Copy(Path.Combine(assemblies, "AzImageTools.Readiness.dll"), Path.Combine(assemblies, system, "AzImageTools.Readiness.dll"), overwrite: true);
        }

        string output = await PowerShellProgram.RunAsync($$"""
            Import-Module '{{Path.Combine(copy, "AzImageTools.psd1")}}'
            $null = Get-AzImageReadinessRule CdromEnabled
            foreach ($type in [AzImageTools.Readiness.ReadinessCheck], [AzImageTools.Disks.DiskExtent]) { Split-Path -Leaf (Split-Path $type.Assembly.Location) }
            """);
        Assert.Equal([OperatingSystem.IsWindows() ? "win-x64" : "linux-x64", "net8.0"], output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_import_loads_nothing_of_the_Azure_SDK()
    {
        string output = await PowerShellProgram.RunAsync($$"""
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            $loaded = [AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object { $_.GetName().Name } | Where-Object { $_ -like 'Azure.*' }
            "loaded: $loaded"
            """);
        Assert.Equal("loaded:", output.Trim());
    }

    [Fact]
    public async Task Every_public_type_resolves_by_its_name()
    {
        string names = string.Join(',', new[] { "AzImageTools.Disks", "AzImageTools.Readiness", "AzImageTools.Services", "AzImageTools" }
            .SelectMany(assembly => System.Reflection.Assembly.Load(assembly).GetExportedTypes())
            .Where(type => !type.IsGenericType && !type.IsNested)
            .Select(type => $"'{type.FullName}'"));
        string output = await PowerShellProgram.RunAsync($$"""
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            $missing = {{names}} | Where-Object { -not ($_ -as [type]) }
            "missing: $missing"
            """);
        Assert.Equal("missing:", output.Trim());
    }

    [Fact]
    public async Task An_older_Azure_Core_in_the_session_does_no_harm()
    {
        string older = Directory.EnumerateFiles(OlderAzureCore.Folder, "Azure.Core.dll", SearchOption.AllDirectories).First(path => path.Contains("netstandard2.0", StringComparison.Ordinal));
        string output = await PowerShellProgram.RunAsync($$"""
            $older = [Reflection.Assembly]::LoadFrom('{{older}}')
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            $null = Connect-AzImageService -Sandbox
            "$($older.GetName().Version.Minor) $((Get-AzImageContext).IsSandbox)"
            """);
        Assert.Equal($"{OlderAzureCore.MinorVersion} True", output.Trim());
    }

    [Fact]
    public async Task A_second_runspace_can_import_the_module_and_has_a_session_of_its_own()
    {
        string output = await PowerShellProgram.RunAsync($$"""
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            $null = Connect-AzImageService -Sandbox
            $other = [PowerShell]::Create([Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
            $null = $other.AddScript("Import-Module '{{RepositoryPaths.ModuleManifest}}'; Get-AzImageContext")
            $found = $other.Invoke()
            "$($found.Count) $($other.Streams.Error[0].FullyQualifiedErrorId) $((Get-AzImageContext).Account)"
            """);
        Assert.Equal("0 NotConnected,AzImageTools.Commands.Session.GetAzImageContextCommand sandbox", output.Trim());
    }

    private static string CopyModule(TempFolder folder)
    {
        string copy = folder.File("AzImageTools");
        foreach (string file in Directory.EnumerateFiles(RepositoryPaths.Module, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(RepositoryPaths.Module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }
}
