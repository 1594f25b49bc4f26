<#
.SYNOPSIS
Builds, tests and packs the module, for those who have PowerShell. Each task is one dotnet command.

.PARAMETER Task
Build lays the module out in out/AzImageTools. Test runs all tests. Analyze checks the formatting and, where
PSScriptAnalyzer is installed, the scripts. Package makes out/AzImageTools.<version>.zip.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Analyze', 'Package')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$solution = Join-Path $PSScriptRoot 'AzImageTools.sln'
$output = Join-Path $PSScriptRoot 'out'

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args -join ' ') ended with $LASTEXITCODE."
    }
}

switch ($Task) {
    'Build' {
        Invoke-Dotnet build $solution --configuration $Configuration
    }
    'Test' {
        Invoke-Dotnet test $solution --configuration $Configuration
    }
    'Analyze' {
        Invoke-Dotnet format $solution --verify-no-changes
        if (Get-Module PSScriptAnalyzer -ListAvailable) {
            # The module as it is laid out: there its manifest stands beside the files that it names.
            $settings = Join-Path $PSScriptRoot 'PSScriptAnalyzerSettings.psd1'
            $findings = 'out/AzImageTools', 'docs/examples', 'tests/Pester', 'build.ps1' | ForEach-Object {
                Invoke-ScriptAnalyzer -Path (Join-Path $PSScriptRoot $_) -Recurse -Settings $settings
            }
            $findings
            if ($findings) {
                throw "PSScriptAnalyzer has $(@($findings).Count) findings."
            }
        }
    }
    'Package' {
        Invoke-Dotnet build $solution --configuration Release
        $module = Join-Path $output 'AzImageTools'
        $version = (Import-PowerShellDataFile (Join-Path $module 'AzImageTools.psd1')).ModuleVersion
        Compress-Archive -Path $module -DestinationPath (Join-Path $output "AzImageTools.$version.zip") -Force
    }
}
