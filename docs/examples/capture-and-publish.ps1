<#
.SYNOPSIS
From a virtual machine to a version in a gallery that several regions have, against the sandbox: no subscription, nothing billed, nothing leaves this machine.

.DESCRIPTION
Judges the machine's disk where it lies, and keeps the report; backs the machine up, generalizes and captures it into a staging definition;
publishes the version from there into the definition that others use, with copies in more regions; and waits for it as somebody else would
who comes back later. The tags of what is published tell by which base image and report it came about.

Against your own subscription the same commands work after Connect-AzAccount, without the line that connects to the sandbox.

.PARAMETER VMName
The virtual machine. It is lost: it can't be started once it is generalized. A snapshot of its OS disk is kept.

.PARAMETER ResourceGroupName
Its resource group.

.PARAMETER GalleryName
The gallery, in the same resource group.

.PARAMETER TargetRegion
Where the version goes beside its own region: name, or name=copies.

.EXAMPLE
./capture-and-publish.ps1
#>
[CmdletBinding()]
param(
    [string] $VMName = 'win-vm',
    [string] $ResourceGroupName = 'sandbox-rg',
    [string] $GalleryName = 'sandboxGallery',
    [string[]] $TargetRegion = @('northeurope', 'eastus=2')
)

$ErrorActionPreference = 'Stop'

$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "capture-and-publish-$PID")
try {
    $context = Connect-AzImageService -Sandbox
    $machine = "/subscriptions/$($context.SubscriptionId)/resourceGroups/$ResourceGroupName/providers/Microsoft.Compute/virtualMachines/$VMName"

    '1. Is it ready? Its disk is read where it lies: nothing runs in the machine.'
    $report = Test-SysprepReadiness -ResourceId $machine
    $report | Out-Host
    $reportFile = Join-Path $folder "$VMName.json"
    $null = $report | Export-AzImageReadinessReport -Path $reportFile

    '2. What would be done?'
    $capture = @{
        ResourceGroupName          = $ResourceGroupName
        VMName                     = $VMName
        GalleryName                = $GalleryName
        GalleryImageDefinitionName = "$VMName-staging"
        Generalize                 = $true
        Tag                        = @{ purpose = 'golden image' }
    }
    New-AzCapturedImage @capture -WhatIf | Out-Host

    '3. Back up, generalize, capture. What nobody can answer of the guest is warned of.'
    $warnings = $null
    $staged = New-AzCapturedImage @capture -Force -WarningAction SilentlyContinue -WarningVariable warnings
    $warnings | ForEach-Object { "   $_" }
    $staged | Format-List Id, OsState, DataDiskCount, SnapshotIds, ProvisioningState | Out-Host

    '4. Publish it into the definition that others use, for Trusted Launch too, and go.'
    $left = $staged | Publish-AzImageVersion $GalleryName "$VMName-golden" -SecurityType TrustedLaunchSupported -TargetRegion $TargetRegion `
        -ReadinessReportPath $reportFile -Tag @{ purpose = 'golden image' } -NoWait
    "   $($left.Id): $($left.ProvisioningState)"

    '5. Come back later. Its names are enough; the same Publish-AzImageVersion would join it too.'
    $version = Wait-AzImageVersion $ResourceGroupName $GalleryName "$VMName-golden" $left.Name
    $version | Out-Host
    $version.Replication | Out-Host

    '6. Everything that a machine can be made of, in one list.'
    Get-AzImageSource -Kind Gallery -GalleryName $GalleryName -Name "$VMName-*" | Out-Host
}
finally {
    Disconnect-AzImageService
    Remove-Item $folder -Recurse
}
