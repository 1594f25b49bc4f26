<#
.SYNOPSIS
Tells what is left to do before a Linux becomes an Azure image.

.DESCRIPTION
Judges a Linux, lists what failed with the command that puts it right, and what nobody could look at, and says in one line
whether it is ready and whether it is generalized. Nothing is run in the Linux, and nothing is changed.

Before: in the machine, 'waagent -deprovision+user -force' and 'cloud-init clean --logs --seed --machine-id', then shut it down.
After: Send-AzVhd and New-AzVhdImage, as in golden-image.ps1.

.PARAMETER Path
A disk image (raw, VHD, VHDX, QCOW2, VMDK, VDI).

.PARAMETER RootPath
In place of a disk image, the root folder of a Linux: a chroot, a disk that is mounted. Without either, this machine.

.EXAMPLE
./linux-image.ps1 -Path ./web01.qcow2

.EXAMPLE
sudo pwsh ./linux-image.ps1 -RootPath /mnt/image
#>
[CmdletBinding(DefaultParameterSetName = 'Machine')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Disk')]
    [string] $Path,

    [Parameter(ParameterSetName = 'Machine')]
    [string] $RootPath
)

$ErrorActionPreference = 'Stop'

$report = if ($Path) { Test-DeprovisionReadiness -LiteralPath $Path }
elseif ($RootPath) { Test-DeprovisionReadiness -RootPath $RootPath }
else { Test-DeprovisionReadiness }

foreach ($finding in @($report.Blockers) + @($report.Warnings)) {
    "$($finding.Severity) not met: $($finding.Title) ($($finding.Id))"
    $finding.Evidence | ForEach-Object { "    seen: $_" }
    "    do:   $($finding.Remedy)"
    "    why:  $($finding.Source)"
}

$report.NotChecked | ForEach-Object { "Not checked: $($_.Title) ($($_.Id)). $($_.Evidence -join ' ')" }
"$($report.Target): $($report.Guest), $($report.Verdict), $($report.Generalization)"
