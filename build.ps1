<#
.SYNOPSIS
Builds, tests and packs the module, for those who have PowerShell. Each task is one dotnet command.

.PARAMETER Task
Build lays the module out in out/AzImageTools. Test runs all tests. Analyze checks the formatting and, where
PSScriptAnalyzer is installed, the scripts. Package builds what ships and makes in out/ the .nupkg that
Publish-PSResource -NupkgPath takes, a list of its parts (CycloneDX), and SHA256SUMS; the same sources make the same package.
Reproduce packs what is committed twice, in clones in two folders, and fails where a byte differs. Site makes the documentation's
site in out/site.

.PARAMETER Certificate
A certificate for code signing: Package signs the module's scripts and its own assemblies with it. On Windows alone, and
what is signed is no longer the same byte for byte.

.PARAMETER TimestampServer
Whose time the signatures carry, so that they outlive the certificate.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Analyze', 'Package', 'Reproduce', 'Site')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

    [string] $TimestampServer = 'http://timestamp.digicert.com'
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
        $project = Join-Path $PSScriptRoot 'src/module/AzImageTools.Module.csproj'
        $module = Join-Path $output 'AzImageTools'
        # The analyzers take longer than all else, change nothing in what is built, and have judged the same sources in the build of the tests.
        Invoke-Dotnet build $project --configuration Release '-p:RunAnalyzers=false'
        if ($Certificate) {
            Get-ChildItem $module -Recurse -Include 'AzImageTools*.dll', '*.ps*1', '*.ps1xml' |
                Set-AuthenticodeSignature -Certificate $Certificate -TimestampServer $TimestampServer -HashAlgorithm SHA256 -ErrorAction Stop
        }

        Remove-Item (Join-Path $output '*.nupkg'), (Join-Path $output '*.cdx.json') -ErrorAction Ignore
        Invoke-Dotnet pack $project --configuration Release --no-build
        $package = Get-ChildItem $output -Filter *.nupkg

        # Beside the tools of the manifest, which every build restores.
        $tools = Join-Path ([IO.Path]::GetTempPath()) 'AzImageTools-CycloneDX-6.3.1'
        if (-not (Test-Path $tools)) {
            Invoke-Dotnet tool install CycloneDX --version 6.3.1 --tool-path $tools
        }

        & (Join-Path $tools 'dotnet-CycloneDX') (Join-Path $PSScriptRoot 'src/AzImageTools/AzImageTools.csproj') --output $output --filename "$($package.BaseName).cdx.json" --output-format Json `
            --set-name AzImageTools --set-version ($package.BaseName -replace "^AzImageTools\.") --no-serial-number --disable-package-restore
        if ($LASTEXITCODE -ne 0) {
            throw "dotnet-CycloneDX ended with $LASTEXITCODE."
        }

        # What only builds it, and what is left out, is no part; and the same sources make the same list.
        $list = Join-Path $output "$($package.BaseName).cdx.json"
        $parts = Get-Content $list -Raw | ConvertFrom-Json -AsHashtable -DateKind String
        $shipped = [IO.File]::ReadAllLines((Join-Path $module 'THIRD-PARTY-NOTICES.txt')) | ForEach-Object { ($_ -split ' \| ')[0] }
        $parts.metadata.Remove('timestamp')
        $parts.components = @($parts.components | Where-Object { $_.name -in $shipped })
        $known = @($parts.metadata.component.'bom-ref') + $parts.components.'bom-ref'
        $parts.dependencies = @($parts.dependencies | Where-Object { $_.ref -in $known })
        foreach ($dependency in $parts.dependencies) { if ($dependency.dependsOn) { $dependency.dependsOn = @($dependency.dependsOn | Where-Object { $_ -in $known }) } }
        ConvertTo-Json $parts -Depth 32 | Set-Content $list

        Get-ChildItem $output -File | Where-Object Extension -In '.nupkg', '.json' | Get-FileHash -Algorithm SHA256 |
            ForEach-Object { "$($_.Hash.ToLowerInvariant())  $(Split-Path $_.Path -Leaf)" } | Set-Content (Join-Path $output 'SHA256SUMS')
        Get-ChildItem $output -File
    }
    'Reproduce' {
        $folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "AzImageTools-$([guid]::NewGuid())")).FullName
        try {
            # Of one commit, whatever becomes of the branch meanwhile; in paths of other lengths; each by a compiler of its own.
            $clones = 'one', 'another/deeper' | ForEach-Object { Join-Path $folder $_ }
            foreach ($clone in $clones) {
                & git clone --quiet $PSScriptRoot $clone
                if ($LASTEXITCODE -ne 0) { throw "git clone ended with $LASTEXITCODE." }
            }
            $sums = foreach ($clone in $clones) {
                $env:UseSharedCompilation = 'false'
                & (Join-Path $clone 'build.ps1') -Task Package | Out-Host
                Get-Content (Join-Path $clone 'out/SHA256SUMS') -Raw
            }
            $sums[0]
            if ($sums[0] -ne $sums[1]) {
                throw "Two builds of the same sources differ: $($sums[1])"
            }
        }
        finally {
            Remove-Item Env:UseSharedCompilation -ErrorAction Ignore
            Remove-Item $folder -Recurse -Force
        }
    }
    'Site' {
        Invoke-Dotnet build (Join-Path $PSScriptRoot 'docs/site.proj')
    }
}
