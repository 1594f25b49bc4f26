<#
.SYNOPSIS
Judges all virtual machines of a subscription where they run: which could become an image today, which could not, and why.

.DESCRIPTION
The OS disk of each machine is read through a temporary snapshot, many side by side; nothing is installed, started, stopped or run on any of them, and
nothing is left. Writes a page for people and a table for a spreadsheet, and emits a line a machine, the worst first.

Without machines it judges those of the sandbox: no subscription, nothing billed, nothing leaves this computer.

.PARAMETER Machine
Virtual machines as Get-AzVM emits them, after Connect-AzAccount.

.PARAMETER Destination
The folder for the page and the table; a new one in the temporary folder where none is given.

.PARAMETER ThrottleLimit
How many machines are judged side by side.

.EXAMPLE
./judge-a-fleet.ps1

.EXAMPLE
./judge-a-fleet.ps1 -Machine (Get-AzVM -ResourceGroupName production) -Destination ./reports
#>
[CmdletBinding()]
param(
    [object[]] $Machine,
    [string] $Destination,
    [ValidateRange(1, 64)]
    [int] $ThrottleLimit = 16
)

$ErrorActionPreference = 'Stop'

if (-not $Destination) { $Destination = Join-Path ([IO.Path]::GetTempPath()) "judge-a-fleet-$PID" }
$folder = New-Item -ItemType Directory -Path $Destination -Force
$isSandbox = -not $Machine
try {
    if ($isSandbox) {
        $group = "/subscriptions/$((Connect-AzImageService -Sandbox).SubscriptionId)/resourceGroups/sandbox-rg/providers/Microsoft.Compute/virtualMachines"
        $Machine = 'win-vm', 'tl-vm', 'linux-vm' | ForEach-Object { [pscustomobject] @{ Name = $_; Id = "$group/$_"; OsType = if ($_ -like 'linux*') { 'Linux' } else { 'Windows' } } }
    }

    '1. What would be made for it, and taken away again? The first machine:'
    $Machine[0] | Test-SysprepReadiness -WhatIf

    '2. How do the machines stand? One that can''t be read is an error of its own, and leaves the others.'
    $linux, $windows = $Machine.Where({ ($_.OsType, $_.StorageProfile.OsDisk.OsType) -eq 'Linux' }, 'Split')
    $options = @{ ThrottleLimit = $ThrottleLimit; ErrorAction = 'Continue'; ErrorVariable = '+unread' }
    $reports = @(
        if ($windows) { $windows | Test-SysprepReadiness @options }
        if ($linux) { $linux | Test-DeprovisionReadiness @options }
    )
    $reports |
        Sort-Object @{ Expression = { $_.Blockers.Count }; Descending = $true }, Target |
        Format-Table @{ Name = 'Machine'; Expression = { Split-Path $_.Target -Leaf } }, Verdict, Generalization, @{ Name = 'Blockers'; Expression = { $_.Blockers.Id -join ', ' } }, @{ Name = 'Warnings'; Expression = { $_.Warnings.Count } } |
        Out-Host

    '3. What keeps most of them back?'
    $reports.Blockers | Group-Object Id -NoElement | Sort-Object Count -Descending | Format-Table Count, Name | Out-Host

    '4. The page for people, and the table for a spreadsheet:'
    'fleet.html', 'fleet.csv' | ForEach-Object { $reports | Export-AzImageReadinessReport (Join-Path $folder $_) -Force } | Format-Table FullName, Length | Out-Host

    "$($reports.Count) machines were judged, $(@($reports | Where-Object Verdict -EQ Ready).Count) are ready; $(@($unread).Count) could not be read."
}
finally {
    if ($isSandbox) { Disconnect-AzImageService }
}
