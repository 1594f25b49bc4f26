# Dot-source this in the BeforeAll of a file: it brings the built module into the session.
$moduleRoot = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../../out/AzImageTools))
$manifestPath = Join-Path $moduleRoot AzImageTools.psd1
if (-not (Test-Path $manifestPath)) {
    throw "The module is not built: $manifestPath does not exist. 'dotnet build' makes it."
}

Import-Module $manifestPath -ErrorAction Stop
Import-Module (Join-Path $PSScriptRoot ../../docs/examples/SampleDisk.psm1)

# The rules that the disks of tests/data were made for. Tests of whole disks ask these alone (-Include): a newer rule has its own tests.
# Each cmdlet takes the rules of its family.
$testRules = [IO.File]::ReadAllLines((Join-Path $PSScriptRoot ../data/rules.txt))
$windowsTestRules = @(Get-AzImageReadinessRule $testRules | Where-Object Scope -NE 'Linux' | ForEach-Object Id)
$linuxTestRules = @(Get-AzImageReadinessRule $testRules | Where-Object Scope -In 'Disk', 'Linux' | ForEach-Object Id)

# Unpacks a disk image of tests/data/disks into a folder, once, and returns its path.
function Expand-TestDisk([string] $Name, [string] $Folder) {
    $target = Join-Path $Folder $Name
    if (Test-Path $target) { $target } else { Expand-SampleDisk $Name -Destination $Folder }
}

# What a script prints in a PowerShell of its own, line by line, errors among it. -As is a command that starts another.
function Invoke-FreshPowerShell([string] $Script, [string[]] $As) {
    $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
    Set-Content -LiteralPath $file -Value '$PSStyle.OutputRendering = "PlainText"', $Script
    $program, $arguments = @($As) + @('dotnet', [Environment]::GetCommandLineArgs()[0], '-NoProfile', '-NonInteractive', '-File', $file) | Where-Object { $_ }
    & $program @arguments 2>&1 | ForEach-Object { "$_" }
}
