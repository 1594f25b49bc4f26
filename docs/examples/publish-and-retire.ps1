<#
.SYNOPSIS
Publishes a new version of an image each month, and retires the old ones: shown with three months at once.

.DESCRIPTION
Each version is published with what it was made of; all but the newest two go, but none that a machine uses. The newest gets an end of life, before which it can't be deleted.
Runs in the sandbox: leave out Connect-AzImageService -Sandbox to run it in Azure.
#>
[CmdletBinding()]
param(
    [string] $ResourceGroupName = 'sandbox-rg',
    [string] $GalleryName = 'sandboxGallery',
    [string] $GalleryImageDefinitionName = 'monthly'
)

$ErrorActionPreference = 'Stop'
Connect-AzImageService -Sandbox | Out-Null
try {
    # What a pipeline brings each month: here the gallery's own Ubuntu stands for it.
    $source = Get-AzImageSource -Kind Gallery -GalleryName $GalleryName -Name ubuntu
    foreach ($month in '2026.9.0', '2026.10.0', '2026.11.0') {
        $null = $source | Publish-AzImageVersion -GalleryName $GalleryName -GalleryImageDefinitionName $GalleryImageDefinitionName -ImageVersion $month
    }

    'What would go, and why:'
    Remove-AzStaleImageVersion $ResourceGroupName $GalleryName $GalleryImageDefinitionName -KeepNewest 2 -WhatIf -WarningAction SilentlyContinue | Out-Host

    Remove-AzStaleImageVersion $ResourceGroupName $GalleryName $GalleryImageDefinitionName -KeepNewest 2 -WarningAction SilentlyContinue -Confirm:$false | Out-Host
    Get-AzImageSource -Kind Gallery -GalleryName $GalleryName -Name $GalleryImageDefinitionName |
        Set-AzImageVersion -EndOfLifeDate (Get-Date).AddYears(1) -BlockDeletion $true |
        Out-Host

    'What runs an older version:'
    Get-AzImageConsumer -Outdated | Out-Host
}
finally {
    Disconnect-AzImageService
}
