<#
.SYNOPSIS
Judges disk images by the catalogue's rules and two of your own, and writes a page for people and a test result for a pipeline.

.PARAMETER Path
Disk images of yours, in place of the two that come with the project; wildcards are allowed.

.PARAMETER Destination
The folder for the page and the test result; a new one in the temporary folder where none is given.

.EXAMPLE
./readiness-report.ps1 -Path ./images/*.vhdx -Destination ./reports
#>
[CmdletBinding()]
param(
    [string[]] $Path,
    [string] $Destination
)

$ErrorActionPreference = 'Stop'

if (-not $Destination) { $Destination = Join-Path ([IO.Path]::GetTempPath()) "readiness-report-$PID" }
$folder = New-Item -ItemType Directory -Path $Destination -Force
$samples = @()
if (-not $Path) {
    Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1)
    $Path = $samples = 'notready.vhdx', 'ready-dynamic.vhd' | Expand-SampleDisk -Destination $folder
}

try {
    'What is judged, and by which page? The blockers of Sysprep:'
    Get-AzImageReadinessRule -Purpose Sysprep | Where-Object Severity -eq Blocker | Format-Table | Out-Host

    'How do the disks stand?'
    $reports = Test-SysprepReadiness $Path -RulePath (Join-Path $PSScriptRoot organisation-rules.psd1)
    $reports | Out-Host

    'The page for people, and the result for the pipeline:'
    'readiness.html', 'readiness.xml' | ForEach-Object { $reports | Export-AzImageReadinessReport (Join-Path $folder $_) -Force } | Format-Table FullName, Length | Out-Host
}
finally {
    $samples | Remove-Item
}
