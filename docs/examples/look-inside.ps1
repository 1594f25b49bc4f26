<#
.SYNOPSIS
Looks inside disk images: volumes, files and registry, without mounting, without administrator rights, on any system.

.DESCRIPTION
Tells what is on a disk, reads settings from the registry of its Windows, lists its logs and hives, and copies some files
out. Shows the same for the disk of a Linux.

.PARAMETER Path
The disk image of a Windows of yours, in place of the one that comes with the project.

.EXAMPLE
./look-inside.ps1

.EXAMPLE
./look-inside.ps1 -Path ./web01.vhdx
#>
[CmdletBinding()]
param(
    [string] $Path
)

$ErrorActionPreference = 'Stop'

Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1)
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "look-inside-$PID")
try {
    $windows = if ($Path) { $Path } else { Expand-SampleDisk notready.vhdx -Destination $folder }
    $linux = Expand-SampleDisk linux.vhd -Destination $folder

    '1. Which volumes are on the disk, and which system?'
    $info = Get-AzVhdInfo -LiteralPath $windows
    $info.Volumes | Format-Table | Out-Host
    $info.Guest | Format-List | Out-Host

    '2. Will its optical drive keep it from starting in Azure?'
    Get-AzVhdRegistryValue -LiteralPath $windows -Key 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom' | Format-Table | Out-Host

    '3. Which services start by themselves?'
    Get-AzVhdRegistryValue -LiteralPath $windows -Key 'HKLM\SYSTEM\CurrentControlSet\Services\*' -Name Start |
        Where-Object Data -eq 2 |
        Select-Object @{ Name = 'Service'; Expression = { Split-Path $_.Key -Leaf } } |
        Format-Table |
        Out-Host

    '4. Where are the registry''s hives, and was an answer file left behind?'
    Get-AzVhdItem -LiteralPath $windows -ItemPath 'Windows\System32\config\S*', 'Windows\Panther\*.xml' | Format-Table | Out-Host

    '5. What does the firmware find on the EFI system partition?'
    Get-AzVhdItem -LiteralPath $windows -ItemPath * -Volume 1 -Recurse | Format-Table | Out-Host

    '6. Copy the hives out.'
    Get-AzVhdItem -LiteralPath $windows -ItemPath 'Windows\System32\config\S*' |
        Where-Object Length -gt 0 |
        Copy-AzVhdItem -Destination (Join-Path $folder hives) |
        Format-Table |
        Out-Host

    '7. The same of a Linux: its settings, and the release it is.'
    Copy-AzVhdItem $linux etc -Recurse -Destination (Join-Path $folder linux) -WarningAction SilentlyContinue | Format-Table | Out-Host
    Copy-AzVhdItem $linux etc/os-release -Destination $folder | Get-Content
}
finally {
    Remove-Item $folder -Recurse
}
