<#
.SYNOPSIS
The main job from beginning to end, against the sandbox: no subscription, nothing billed, nothing leaves this machine.

.DESCRIPTION
Looks into disk images, tells whether their Windows is ready for Sysprep and Azure, uploads one as a managed disk, makes an
image of it, captures a second image from a virtual machine with its data disk, and finds both again beside the
Marketplace's Windows Server.

Against your own subscription the same commands work after Connect-AzAccount, without the line that connects to the sandbox.

.PARAMETER Path
A disk image of yours (VHD, VHDX or raw) to inspect, check and upload, in place of the three that come with the project.

.EXAMPLE
./golden-image.ps1

.EXAMPLE
./golden-image.ps1 -Path ./web01.vhdx
#>
[CmdletBinding()]
param(
    [string] $Path
)

$ErrorActionPreference = 'Stop'

Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1)
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "golden-image-$PID")
try {
    Connect-AzImageService -Sandbox | Out-Null

    if ($Path) {
        $golden = $Path
        $checked = $Path
    }
    else {
        # A Windows with faults, the same without them, and what Sysprep made of the latter.
        $golden = Expand-SampleDisk generalized.vhdx -Destination $folder
        $checked = 'notready.vhdx', 'ready-dynamic.vhd' | Expand-SampleDisk -Destination $folder
    }

    '1. What is on the disks?'
    Get-AzVhdInfo -LiteralPath (@($checked) + $golden | Select-Object -Unique) | Out-Host

    '2. Are they ready for Sysprep and for Azure?'
    $reports = Test-SysprepReadiness -LiteralPath $checked
    $reports | Out-Host

    '3. What failed, and what to do about it?'
    $reports | ForEach-Object { $_.Blockers; $_.Warnings } |
        Sort-Object Severity -Descending |
        Format-List Id, Severity, Title, Remedy |
        Out-Host

    '4. Upload the golden disk, whatever its format.'
    $upload = Send-AzVhd -LiteralPath $golden -ResourceGroupName sandbox-rg -DiskName golden-disk
    $upload | Out-Host

    '5. Make an image of it.'
    $image = @{ ImageName = 'golden-image' }
    if (-not $upload.OsType) { $image.OsType = 'Windows' }
    if (-not $upload.HyperVGeneration) { $image.HyperVGeneration = 'V1' }
    $upload | New-AzVhdImage @image | Out-Host

    '6. Capture a virtual machine with its data disk. The sandbox runs no Sysprep, hence -AllowRunning; a snapshot is kept.'
    New-AzCapturedImage sandbox-rg win-vm captured-image -AllowRunning -Force | Out-Host

    '7. Both images, beside the Marketplace''s Windows Server.'
    Get-AzImageSource -Kind ManagedImage, Marketplace -Publisher MicrosoftWindowsServer | Out-Host
}
finally {
    Disconnect-AzImageService
    Remove-Item $folder -Recurse
}
