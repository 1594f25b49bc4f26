# Sends a disk in the session that runs it, and prints the seconds of the processor that this took and the bytes sent. Arguments: the module's manifest, the disk, whether it is repaired;
# the address comes in the environment.
param([string] $Manifest, [string] $Disk, [string] $Repairs)

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$process = [Diagnostics.Process]::GetCurrentProcess()
$cpu = $process.TotalProcessorTime
$sent = Send-AzVhd -LiteralPath $Disk -SasUri $env:AZIMAGETOOLS_BENCHMARK_SAS -Force -Restart -Repair:($Repairs -eq 'true') -WarningAction Ignore
$process.Refresh()
if (($Repairs -eq 'true') -ne ($sent.Repairs.Count -gt 0)) { throw "The disk was $(if ($sent.Repairs.Count -eq 0) { 'not ' })repaired." }
[string]::Format([cultureinfo]::InvariantCulture, '{0} {1}', ($process.TotalProcessorTime - $cpu).TotalSeconds, $sent.BytesSent)
