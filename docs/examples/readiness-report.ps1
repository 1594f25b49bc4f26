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

if (-not $Destination) { $Destination = [IO.Path]::Combine([IO.Path]::GetTempPath(), "readiness-report-$PID") }
$folder = [IO.Directory]::CreateDirectory($Destination).FullName
$unpacked = @()
if (-not $Path) {
    $unpacked = 'notready.vhdx', 'ready-dynamic.vhd' | ForEach-Object {
        $target = [IO.Path]::Combine($folder, $_)
        $packed = [IO.Compression.GZipStream]::new([IO.File]::OpenRead([IO.Path]::Combine($PSScriptRoot, '..', '..', 'tests', 'data', 'disks', "$_.gz")), [IO.Compression.CompressionMode]::Decompress)
        $file = [IO.File]::Create($target)
        try { $packed.CopyTo($file) } finally { $file.Dispose(); $packed.Dispose() }
        $target
    }
    $Path = $unpacked
}

try {
    'What is judged, and by which page? The blockers of Sysprep:'
    Get-AzImageReadinessRule -Purpose Sysprep | Where-Object { $_.Severity -eq 'Blocker' } | Out-Host

    'How do the disks stand?'
    $reports = Test-SysprepReadiness -Path $Path -RulePath ([IO.Path]::Combine($PSScriptRoot, 'organisation-rules.psd1'))
    $reports | Out-Host

    'The page for people, and the result for the pipeline:'
    $reports | Export-AzImageReadinessReport -Path ([IO.Path]::Combine($folder, 'readiness.html')) -Force | ForEach-Object { $_.FullName }
    $reports | Export-AzImageReadinessReport -Path ([IO.Path]::Combine($folder, 'readiness.xml')) -Force | ForEach-Object { $_.FullName }
}
finally {
    $unpacked | ForEach-Object { [IO.File]::Delete($_) }
}
