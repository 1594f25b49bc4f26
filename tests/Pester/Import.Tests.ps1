# What imports do to a process stays in it: each case is a process of its own.
BeforeAll {
    . $PSScriptRoot/common.ps1
    $disk = Expand-TestDisk 'linux.vhd' $TestDrive
    $copy = Join-Path $TestDrive 'copy'
    $newer = Join-Path $TestDrive 'newer'
    Copy-Item -LiteralPath $moduleRoot -Destination $copy -Recurse
    Copy-Item -LiteralPath $moduleRoot -Destination $newer -Recurse
    $marked = Join-Path $newer AzImageTools.psd1
    (Get-Content $marked -Raw) -replace "ModuleVersion          = '[^']*'", "ModuleVersion          = '99.0.0'" | Set-Content $marked
}

Describe 'The import' {
    It 'goes on working: again, with -Force, after removal, of a copy, in other runspaces and jobs' {
        $printed = Invoke-FreshPowerShell @"
`$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
function Count { (Get-Command -Module AzImageTools).Count }
function Reads { (Get-AzVhdInfo '$disk').Guest.Family }
Import-Module '$manifestPath'
`$count = Count
Import-Module '$manifestPath'; "again `$((Count) -eq `$count) `$(Reads)"
Import-Module '$manifestPath' -Force; "forced `$((Count) -eq `$count) `$(Reads)"
Remove-Module AzImageTools; Import-Module '$manifestPath'; "removed `$((Count) -eq `$count) `$(Reads)"
Import-Module '$copy/AzImageTools.psd1'; "copy `$(Reads)"
Remove-Module AzImageTools; Import-Module '$manifestPath'
"parallel `$(1..4 | ForEach-Object -Parallel { Import-Module '$manifestPath'; (Get-AzVhdInfo '$disk').Guest.Family })"
"threadjob `$(Start-ThreadJob { Import-Module '$manifestPath'; (Get-AzVhdInfo '$disk').Guest.Family } | Receive-Job -Wait -AutoRemoveJob)"
"job `$(Start-Job { Import-Module '$manifestPath'; "`$((Get-AzVhdInfo '$disk').Guest.Family)" } | Receive-Job -Wait -AutoRemoveJob)"
`$shell = [powershell]::Create()
"runspace `$(`$shell.AddScript("Import-Module '$manifestPath'; (Get-AzVhdInfo '$disk').Guest.Family").Invoke())"
Remove-Module AzImageTools; Import-Module '$manifestPath' -Prefix My; "prefix `$((Get-MyAzVhdInfo '$disk').Guest.Family)"
"@
        $printed | Should -Be @(
            'again True Linux', 'forced True Linux', 'removed True Linux', 'copy Linux', 'parallel Linux Linux Linux Linux'
            'threadjob Linux', 'job Linux', 'runspace Linux', 'prefix Linux')
    }

    It 'is done by the first command, where the module lies in PSModulePath, and loads nothing of the Azure SDK' {
        $printed = Invoke-FreshPowerShell @"
`$env:PSModulePath = '$(Split-Path $moduleRoot)' + [IO.Path]::PathSeparator + `$env:PSModulePath
(Get-AzVhdInfo '$disk').Guest.Family
(Get-Module AzImageTools).ModuleBase
@([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -like 'Azure.*' }).Count
"@
        $printed | Should -Be @('Linux', $moduleRoot, '0')
    }

    It 'is refused by a PowerShell that is too old, with what to install' {
        $copy = Join-Path $TestDrive old AzImageTools
        Copy-Item $moduleRoot $copy -Recurse -Force
        $script = Join-Path $copy AzImageTools.psm1
        $text = [IO.File]::ReadAllText($script)
        $text | Should -Match '-lt 704'
        [IO.File]::WriteAllText($script, $text.Replace('-lt 704', '-lt 9900'))
        $printed = Invoke-FreshPowerShell @"
try { Import-Module '$copy' -ErrorAction Stop; 'imported' } catch { `$_.FullyQualifiedErrorId; "`$_"; `$_.ErrorDetails.RecommendedAction }
@([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -like 'AzImageTools*' }).Count
"@
        $printed[0] | Should -Be 'PowerShellTooOld,Microsoft.PowerShell.Commands.ImportModuleCommand'
        $printed[1] | Should -BeLike "*needs PowerShell 7.4 or later*$($PSVersionTable.PSVersion)*"
        $printed[2] | Should -BeLike 'Install a newer PowerShell*'
        $printed[3] | Should -Be 0
    }

    It 'is refused for another version in one process, also after removal, and the first goes on' {
        $printed = Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
function Import { try { Import-Module '$marked' -ErrorAction Stop; 'imported' } catch { `$_.FullyQualifiedErrorId; "`$_ `$(`$_.ErrorDetails.RecommendedAction)" } }
Import
Remove-Module AzImageTools
Import
Import-Module '$manifestPath'
"`$((Get-Module AzImageTools).Version) `$((Get-AzVhdInfo '$disk').Guest.Family)"
"@
        $printed | Should -HaveCount 5
        $printed[0, 2] | Should -Be @(, 'AnotherVersionLoaded,Microsoft.PowerShell.Commands.ImportModuleCommand' * 2)
        $printed[1] | Should -BeLike "*'$newer'*'$moduleRoot'*new PowerShell process*"
        $printed[3] | Should -Be $printed[1]
        $printed[4] | Should -Match '^\d+\.\d+\.\d+ Linux$'
    }

    It 'is of the other version in a new process' {
        Invoke-FreshPowerShell "Import-Module '$marked'; `"`$((Get-Module AzImageTools).Version)`"" | Should -Be '99.0.0'
    }
}
