<#
.SYNOPSIS
Makes a disk image ready for Azure without starting it, and uploads it: against the sandbox, without a subscription.

.DESCRIPTION
Tells what keeps a Windows on a disk image from being ready, shows what can be set right within the disk, does it, judges again, and sends disk and
changes as one. The disk image itself is never written, and the changes are taken back at the end.

Against your own subscription the same commands work after Connect-AzAccount, without the line that connects to the sandbox.

.PARAMETER Path
A disk image of yours, in place of the one that comes with the project.

.PARAMETER Rule
The rules to repair; all that are for Azure by default.

.EXAMPLE
./repair-and-send.ps1
#>
[CmdletBinding()]
param(
    [string] $Path,
    [string[]] $Rule = @('*')
)

$ErrorActionPreference = 'Stop'

Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1)
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "repair-and-send-$PID")
try {
    Connect-AzImageService -Sandbox | Out-Null
    if (-not $Path) { $Path = Expand-SampleDisk notready.vhdx -Destination $folder }
    $hash = (Get-FileHash -LiteralPath $Path).Hash

    '1. What keeps it from being ready?'
    (Test-SysprepReadiness -LiteralPath $Path -Purpose AzureUpload -Include $Rule).Findings | Where-Object Result -EQ Fail |
        Format-Table Id, Severity, Evidence -AutoSize -Wrap | Out-Host

    '2. What would be changed within it?'
    Repair-AzVhd -LiteralPath $Path -Include $Rule -WhatIf

    '3. Keep the changes beside the disk. What is not repaired says why, and what to run in the guest.'
    $results = Repair-AzVhd -LiteralPath $Path -Include $Rule
    $results | Format-List Id, State, Changes, Reason, Remedy | Out-Host
    Get-AzVhdRepair -LiteralPath $Path | Out-Host

    '4. Judge the disk as the changes leave it, with a page for people, and check its volumes.'
    $report = Test-SysprepReadiness -LiteralPath $Path -Purpose AzureUpload -Include $Rule -UseRepair
    $report | Export-AzImageReadinessReport (Join-Path $folder report.html) -Repair $results | Out-Host
    $still = $report.Findings | Where-Object Result -EQ Fail
    $broken = $results | Where-Object { $_.State -eq 'Repaired' -and $_.Id -in $still.Id }
    if ($broken) { throw "$($broken.Id) fails still." }
    $errors = Get-AzVhdInfo -LiteralPath $Path -Check -UseRepair | Where-Object Severity -EQ Error
    if ($errors) { throw "$errors" }

    '5. Send disk and changes as one. -Repair would have done all of it on the way.'
    Send-AzVhd -LiteralPath $Path -ResourceGroupName sandbox-rg -DiskName repaired -UseRepair -Verify -WarningAction SilentlyContinue | Out-Host

    '6. Take the changes back: the disk was never written.'
    Undo-AzVhdRepair -LiteralPath $Path -Confirm:$false
    if ((Get-FileHash -LiteralPath $Path).Hash -ne $hash) { throw 'The disk was written.' }
    'The disk is as it was.'
}
finally {
    Disconnect-AzImageService
    Remove-Item $folder -Recurse
}
