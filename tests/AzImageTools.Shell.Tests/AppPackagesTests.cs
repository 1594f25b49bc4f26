namespace AzImageTools.Shell.Tests;

/// <summary>The script that asks Windows PowerShell for app packages, run here with cmdlets that answer as Windows' do.</summary>
public sealed class AppPackagesTests
{
    private const string Cmdlets = """
        function Get-AppxProvisionedPackage([switch]$Online) {
            [pscustomobject]@{ DisplayName = 'Microsoft.WindowsStore'; PackageName = 'Microsoft.WindowsStore_22305.1401.4.0_neutral_~_8wekyb3d8bbwe' }
        }
        function New-Package($Name, $State, $IsFramework = $false, $Signature = 'Store', $IsResource = $false) {
            [pscustomobject]@{
                PackageFullName = "${Name}_1.2.3.0_x64__8wekyb3d8bbwe"; PackageFamilyName = "${Name}_8wekyb3d8bbwe"; IsFramework = $IsFramework; IsResourcePackage = $IsResource
                SignatureKind = $Signature; PackageUserInformation = @([pscustomobject]@{ UserSecurityId = 'S-1-5-21-1-2-3-1001 [anna]'; InstallState = $State })
            }
        }
        function Get-AppxPackage([switch]$AllUsers) {
            if ($fails) { throw 'Access is denied.' }
            New-Package Microsoft.WindowsStore Installed
            New-Package Microsoft.OneOfAnna Installed
            New-Package Microsoft.Staged Staged
            New-Package Microsoft.VCLibs.140.00 Installed $true
            New-Package Microsoft.Windows.ShellExperienceHost Installed $false System
            New-Package Microsoft.OneOfAnna.de Installed $false Store $true
            New-Package Contoso.Kiosk 'Installed(pending removal)'
        }
        $type = [AzImageTools.Readiness.ReadinessCheck].Assembly.GetType('AzImageTools.Readiness.Guests.Live.AppPackages')
        $output = (& { try { & ([scriptblock]::Create($type.GetField('Script').GetRawConstantValue())) } catch { } }) -join "`r`n"
        $packages = $type.GetMethod('Parse').Invoke($null, @($output))
        if ($null -eq $packages) { 'untold' } else { "$($packages.Count): $packages" }
        """;

    [Theory]
    [InlineData("$fails = $false\n", "2: Microsoft.OneOfAnna_1.2.3.0_x64__8wekyb3d8bbwe Contoso.Kiosk_1.2.3.0_x64__8wekyb3d8bbwe")]
    [InlineData("$fails = $true\n", "untold")]
    public async Task What_is_installed_for_a_user_and_not_provisioned_is_listed_or_nothing_is_told(string state, string told)
    {
        ShellRun run = await ShellRun.CommandAsync(state + Cmdlets);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal([told], run.Lines);
    }
}
