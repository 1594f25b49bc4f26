<#
.SYNOPSIS
An image of a machine that goes on running, against the sandbox: no subscription, nothing billed, nothing leaves this machine.

.DESCRIPTION
Captures a running machine by a clone: copies of its disks, a temporary machine on them in a network that leads nowhere, Sysprep or
deprovisioning in that, a gallery version of it, and everything temporary removed. The machine itself is read only. Then it tells that
the machine still runs, and that nothing temporary is left.

Against your own subscription the same commands work after Connect-AzAccount, without the line that connects to the sandbox.

.PARAMETER VMName
The virtual machine.

.PARAMETER ResourceGroupName
Its resource group.

.PARAMETER GalleryName
The gallery, in the same resource group.

.EXAMPLE
./preserve-source.ps1

.EXAMPLE
./preserve-source.ps1 -VMName linux-vm
#>
[CmdletBinding()]
param(
    [string] $VMName = 'win-vm',
    [string] $ResourceGroupName = 'sandbox-rg',
    [string] $GalleryName = 'sandboxGallery'
)

$ErrorActionPreference = 'Stop'

Connect-AzImageService -Sandbox | Out-Null
try {
    $capture = @{
        ResourceGroupName          = $ResourceGroupName
        VMName                     = $VMName
        GalleryName                = $GalleryName
        GalleryImageDefinitionName = "$VMName-golden"
        PreserveSource             = $true
        Tag                        = @{ purpose = 'golden image' }
    }

    '1. What would be done?'
    New-AzCapturedImage @capture -WhatIf | Out-Host

    '2. Do it. What nobody can answer of the guest is warned of.'
    $warnings = $null
    $image = New-AzCapturedImage @capture -Confirm:$false -WarningAction SilentlyContinue -WarningVariable warnings
    $warnings | ForEach-Object { "   $_" }
    $image | Format-List Id, SourceId, OsState, OsType, HyperVGeneration, DataDiskCount, ProvisioningState | Out-Host

    '3. The machine still runs: it can be captured once more, as the next version.'
    $again = New-AzCapturedImage @capture -Confirm:$false -WarningAction SilentlyContinue
    "   $($image.Name), then $($again.Name)"

    '4. Is anything temporary left?'
    $left = @(Remove-AzImageLeftover -Confirm:$false)
    if ($left.Count -eq 0) { '   Nothing.' } else { $left | Out-Host; throw 'Something temporary was left.' }
}
finally {
    Disconnect-AzImageService
}
