<#
.SYNOPSIS
A runbook: makes today's image of a disk, as a version of a gallery. Run again, it goes on where it stopped. Without parameters against the sandbox.

.DESCRIPTION
Judges the disk, uploads it, publishes it as the version of today (2026.11.29) and waits for it. Whatever ended a run (a job that was moved, a
lost connection, a killed process), the same run again continues the upload by its journal, joins a version that Azure is making, replaces one
that failed, and does nothing where today's is there. All that is done is told with -Verbose.

Anything that goes wrong is an error that ends the script: the job has failed, and 'pwsh -File' exits with 1. Else it exits with 0.

.PARAMETER Path
The disk image, of a generalized machine.

.PARAMETER ManagedIdentity
Signs in as the machine or the Automation account that it runs on: it needs Contributor on the resource group. Without it, the sandbox.

.PARAMETER SubscriptionId
The subscription.

.PARAMETER SandboxPath
A folder that keeps the sandbox for the next run.

.PARAMETER GalleryName
The gallery, in the resource group of the disk that is uploaded.

.PARAMETER Version
The version.

.EXAMPLE
./nightly-image.ps1 -Path D:\build\web.vhdx -ManagedIdentity -SubscriptionId $id -ResourceGroupName images -GalleryName gallery -Verbose

.EXAMPLE
./nightly-image.ps1 -Verbose
#>
[CmdletBinding()]
param(
    [string] $Path,
    [switch] $ManagedIdentity,
    [string] $SubscriptionId,
    [string] $SandboxPath,
    [string] $ResourceGroupName = 'sandbox-rg',
    [string] $GalleryName = 'sandboxGallery',
    [string] $GalleryImageDefinitionName = 'nightly',
    [string[]] $TargetRegion = 'northeurope',
    [version] $Version = (Get-Date -Format 'yyyy.M.d')
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$connection = if ($ManagedIdentity) { @{ ManagedIdentity = $true } } else { @{ Sandbox = $true } }
if ($SubscriptionId) { $connection.SubscriptionId = $SubscriptionId }
if ($SandboxPath) { $connection.SandboxPath = $SandboxPath }
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "nightly-image-$PID")
try {
    $null = Connect-AzImageService @connection
    if (-not $Path) {
        Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1) -Verbose:$false
        $Path = Expand-SampleDisk generalized.vhdx -Destination $folder
    }

    $done = Get-AzImageSource -Kind Gallery -GalleryName $GalleryName -Name $GalleryImageDefinitionName -Version "$Version" -ErrorAction SilentlyContinue
    if ($done) {
        "Version $Version is there already: $($done.Id)"
        return
    }

    $report = Test-SysprepReadiness -LiteralPath $Path
    $reportFile = Join-Path $folder report.json
    $null = $report | Export-AzImageReadinessReport -Path $reportFile
    if ($report.Generalization -ne 'Generalized') {
        throw "The Windows on $Path is not generalized: $($report.Verdict), $($report.Generalization)."
    }

    # One disk a day: the upload that an earlier run finished is taken as it is, one that it broke off is continued.
    $disk = @{ ResourceGroupName = $ResourceGroupName; DiskName = "$GalleryImageDefinitionName-$Version" }
    $upload = $null
    try {
        $upload = Send-AzVhd -LiteralPath $Path @disk
        Write-Verbose "Uploaded $($upload.BytesSent) bytes, beside $($upload.BytesResumed) of an earlier run; CRC-64 $($upload.Crc64)."
    }
    catch {
        if ($_.FullyQualifiedErrorId -notlike 'DiskAlreadyExists,*') { throw }
        Write-Verbose "The disk $($disk.DiskName) was uploaded by an earlier run."
    }

    $checksum = if ($upload) { @{ Crc64 = $upload.Crc64 } } else { @{} }
    $published = Publish-AzImageVersion @disk @checksum -GalleryName $GalleryName -GalleryImageDefinitionName $GalleryImageDefinitionName -ImageVersion $Version `
        -OsType Windows -HyperVGeneration V2 -TargetRegion $TargetRegion -ReadinessReportPath $reportFile -Tag @{ purpose = 'nightly' }
    "Version $Version is published: $($published.Id) ($($published.Replication -join ', '))"

    # The version is a copy: the disk is billed for nothing now.
    if ($ManagedIdentity -and (Get-Command Remove-AzDisk -ErrorAction Ignore)) { $null = Remove-AzDisk @disk -Force -ErrorAction Continue }
}
finally {
    Disconnect-AzImageService
    Remove-Item $folder -Recurse
}
