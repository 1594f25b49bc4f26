# The language mode of a process can't go back: each case is a process of its own.
BeforeAll {
    . $PSScriptRoot/common.ps1
    $disk = Expand-TestDisk 'notready.vhdx' $TestDrive
    $linux = Expand-TestDisk 'linux.vhd' $TestDrive
}

Describe 'Constrained language' {
    It 'shows the same tables and lists, when it is set after the import' {
        $printed = Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
`$null = Connect-AzImageService -Sandbox
`$info = Get-AzVhdInfo '$disk'
`$upload = Send-AzVhd '$linux' -ResourceGroupName sandbox-rg -Readiness None
`$shown = @(
    , `$info; , `$info.Partitions; , `$info.Volumes; , `$info.Guest
    , (Get-AzVhdItem '$disk' Windows); , (Get-AzVhdItem '$disk' Windows/System32)
    , (Get-AzVhdRegistryValue '$disk' 'HKLM\SYSTEM\Setup')
    , (Test-SysprepReadiness '$disk'); , (Test-DeprovisionReadiness '$linux')
    , (Get-AzImageContext); , (Get-AzImageSource -Kind ManagedImage, Gallery); , `$upload
    , (New-AzCapturedImage sandbox-rg linux-vm image -Force)
    , (Convert-AzVhd '$linux' '$TestDrive/converted.vhd')
)
`$full = foreach (`$things in `$shown) { (`$things | Format-Table | Out-String -Width 160), (`$things | Format-List | Out-String -Width 160), (`$things | Out-String -Width 160) }
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
`$constrained = foreach (`$things in `$shown) { (`$things | Format-Table | Out-String -Width 160), (`$things | Format-List | Out-String -Width 160), (`$things | Out-String -Width 160) }
`$ExecutionContext.SessionState.LanguageMode
"`$(`$full.Count) `$((`$full -join '') -eq (`$constrained -join ''))"
for (`$i = 0; `$i -lt `$full.Count; `$i++) { if (`$full[`$i] -cne `$constrained[`$i]) { `$full[`$i]; `$constrained[`$i] } }
`$Error | ForEach-Object { `$_.FullyQualifiedErrorId }
"@
        $printed | Should -Be @('ConstrainedLanguage', '42 True')
    }

    It 'runs the cmdlets when it is set after the import' {
        $printed = Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
`$null = Connect-AzImageService -Sandbox
(Get-Item '$linux' | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName { "`$(`$_.BaseName)-x" } -DiskSku Premium_LRS -Tag @{ owner = 'me' } -Readiness None).Name
(Test-SysprepReadiness '$disk').Verdict
`$Error | ForEach-Object { `$_.FullyQualifiedErrorId }
"@
        $printed | Should -Be @('linux-x', 'NotReady')
    }

    It 'refuses the import of a module that is not trusted, in one error that says what to do' {
        $printed = Invoke-FreshPowerShell @"
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
try { Import-Module '$manifestPath' -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; "`$(`$_.CategoryInfo.Category)"; "`$_ `$(`$_.ErrorDetails.RecommendedAction)" }
"`$(`$Error.Count) `$(@(Get-Command -Module AzImageTools).Count)"
"@
        $printed[0..1] | Should -Be @('ConstrainedLanguage,Microsoft.PowerShell.Commands.ImportModuleCommand', 'PermissionDenied')
        $printed[2] | Should -BeLike "*App Control*'$moduleRoot' is not trusted*allow that folder's files*"
        $printed[3] | Should -Be '1 0'
    }
}
