using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>What a user sees.</summary>
public sealed class ViewTests
{
    [Fact]
    public async Task A_report_says_of_each_rule_whether_it_is_not_met_or_undetermined()
    {
        using TempFolder folder = new();
        string windows = TestFile.Unpack("disks/notready.vhdx", folder);
        string linux = TestFile.Unpack("disks/linux.vhd", folder);

        string output = await PowerShellProgram.RunAsync($$"""
            Import-Module '{{RepositoryPaths.ModuleManifest}}'
            Test-SysprepReadiness -LiteralPath '{{windows}}' | Out-Host
            Test-DeprovisionReadiness -LiteralPath '{{linux}}' | Out-Host
            """);

        Assert.Contains("  Blocker PendingServicing not met: No update waits for a restart", output, StringComparison.Ordinal);
        Assert.Contains("  Blocker HyperVInitramfs undetermined: The kernel has", output, StringComparison.Ordinal);
        Assert.Contains("  Warning Hostname not met: The machine has no name", output, StringComparison.Ordinal);
    }
}
