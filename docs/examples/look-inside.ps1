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

function Expand-Disk([string] $Name, [string] $Folder) {
    $source = [IO.Path]::Combine($PSScriptRoot, '..', '..', 'tests', 'data', 'disks', "$Name.gz")
    $target = [IO.Path]::Combine($Folder, $Name)
    $packed = [IO.Compression.GZipStream]::new([IO.File]::OpenRead($source), [IO.Compression.CompressionMode]::Decompress)
    $file = [IO.File]::Create($target)
    try { $packed.CopyTo($file) } finally { $file.Dispose(); $packed.Dispose() }
    $target
}

$folder = [IO.Directory]::CreateDirectory([IO.Path]::Combine([IO.Path]::GetTempPath(), "look-inside-$PID")).FullName
try {
    $windows = if ($Path) { $Path } else { Expand-Disk 'notready.vhdx' $folder }
    $linux = Expand-Disk 'linux.vhd' $folder

    '1. Which volumes are on the disk, and which system?'
    $info = Get-AzVhdInfo -LiteralPath $windows
    $info.Volumes | Out-Host
    $info.Guest | Out-Host

    '2. Will its optical drive keep it from starting in Azure?'
    Get-AzVhdRegistryValue -LiteralPath $windows -Key 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom' | Out-Host

    '3. Which services start by themselves?'
    $starts = Get-AzVhdRegistryValue -LiteralPath $windows -Key 'HKLM\SYSTEM\CurrentControlSet\Services\*' -Name Start
    $starts | Where-Object { $_.Data -eq 2 } | ForEach-Object { "   $($_.Key.Substring($_.Key.LastIndexOf('\') + 1))" }

    '4. Where are the registry''s hives, and was an answer file left behind?'
    Get-AzVhdItem -LiteralPath $windows -ItemPath 'Windows\System32\config\S*', 'Windows\Panther\*.xml' | Out-Host

    '5. What does the firmware find on the EFI system partition?'
    Get-AzVhdItem -LiteralPath $windows -ItemPath '*' -Volume 1 -Recurse | Out-Host

    '6. Copy the hives out.'
    Get-AzVhdItem -LiteralPath $windows -ItemPath 'Windows\System32\config\S*' |
        Where-Object { $_.Length -gt 0 } |
        Copy-AzVhdItem -Destination ([IO.Path]::Combine($folder, 'hives')) | Out-Host

    '7. The same of a Linux: its settings, and the release it is.'
    Copy-AzVhdItem -LiteralPath $linux -ItemPath etc -Recurse -Destination ([IO.Path]::Combine($folder, 'linux')) -WarningAction SilentlyContinue | Out-Host
    Copy-AzVhdItem -LiteralPath $linux -ItemPath etc/os-release -Destination $folder | ForEach-Object { [IO.File]::ReadAllText($_.Path) }
}
finally {
    [IO.Directory]::Delete($folder, $true)
}
