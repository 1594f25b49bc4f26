# Measures commands in the session that runs it, each once before all others that it would make faster, and prints for each: title, milliseconds of the processor, milliseconds, methods
# compiled, assemblies loaded. Arguments: a module's manifest, the manifest of one that holds nothing, a disk image, a small VHD; the address to upload to comes in the environment.
param([string] $Manifest, [string] $Empty, [string] $Disk, [string] $Vhd)

$ErrorActionPreference = 'Stop'
$process = [Diagnostics.Process]::GetCurrentProcess()

function Measure-Work([string] $Title, [scriptblock] $Work) {
    $process.Refresh()
    $cpu = $process.TotalProcessorTime
    $methods = [Runtime.JitInfo]::GetCompiledMethodCount($false)
    $assemblies = [AppDomain]::CurrentDomain.GetAssemblies().Count
    $time = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Work
    $wall = $time.Elapsed.TotalMilliseconds
    $process.Refresh()
    [string]::Join('|', $Title, ($process.TotalProcessorTime - $cpu).TotalMilliseconds, $wall, ([Runtime.JitInfo]::GetCompiledMethodCount($false) - $methods), ([AppDomain]::CurrentDomain.GetAssemblies().Count - $assemblies))
}

$null = Measure-Work 'the measuring itself' { 1 }
Measure-Work 'import of an empty module' { Import-Module $Empty }
Measure-Work 'import' { Import-Module $Manifest }
Measure-Work 'first Get-AzVhdInfo' { Get-AzVhdInfo -LiteralPath $Disk }
Measure-Work 'again' { Get-AzVhdInfo -LiteralPath $Disk }
Measure-Work 'first Test-SysprepReadiness' { Test-SysprepReadiness -LiteralPath $Disk }
Measure-Work 'and again' { Test-SysprepReadiness -LiteralPath $Disk }
Measure-Work 'first Send-AzVhd, 8 MiB of data' { Send-AzVhd -LiteralPath $Vhd -SasUri $env:AZIMAGETOOLS_BENCHMARK_SAS -Force -Restart -WarningAction Ignore }
Measure-Work 'Send-AzVhd again' { Send-AzVhd -LiteralPath $Vhd -SasUri $env:AZIMAGETOOLS_BENCHMARK_SAS -Force -Restart -WarningAction Ignore }
