# Dot-source this in the BeforeAll of a file: it brings the built module into the session.
$moduleRoot = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'out', 'AzImageTools'))
$manifestPath = [System.IO.Path]::Combine($moduleRoot, 'AzImageTools.psd1')
if (-not [System.IO.File]::Exists($manifestPath)) {
    throw "The module is not built: $manifestPath does not exist. 'dotnet build' makes it."
}

Import-Module -Name $manifestPath -ErrorAction Stop
