BeforeAll {
    . $PSScriptRoot/common.ps1
    $root = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../..))
    $project = [IO.Path]::Combine($root, 'src', 'module', 'AzImageTools.Module.csproj')
    $manifest = Import-PowerShellDataFile $manifestPath
    $version = "$($manifest.ModuleVersion)-$($manifest.PrivateData.PSData.Prerelease)".TrimEnd('-')

    # Packs the module as it is laid out.
    function New-Package([string] $Folder) {
        $output = dotnet pack $project --no-build --nologo --output (Join-Path $TestDrive $Folder) 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$output"
        Join-Path $TestDrive $Folder "AzImageTools.$version.nupkg"
    }

    # A PowerShell whose user has nothing yet but the folder that PSResourceGet keeps its list of repositories in: without it, .NET knows none.
    function Invoke-AtHome([string] $Folder, [string] $Script) {
        $data = (New-Item -ItemType Directory -Force (Join-Path $Folder .local share)).FullName
        Invoke-FreshPowerShell $Script -As 'env', '-u', 'PSModulePath', "HOME=$Folder", "XDG_DATA_HOME=$data", "XDG_CONFIG_HOME=$Folder/.config", "XDG_CACHE_HOME=$Folder/.cache"
    }
}

Describe 'The package' {
    It 'is published to a repository, installed from there into a fresh home, and does the main job in a new process' {
        $package = New-Package one
        $repository = New-Item -ItemType Directory (Join-Path $TestDrive repository)
        $author = New-Item -ItemType Directory (Join-Path $TestDrive author)
        $user = New-Item -ItemType Directory (Join-Path $TestDrive user)

        Invoke-AtHome $author @"
            `$ErrorActionPreference = 'Stop'
            Register-PSResourceRepository shelf -Uri '$repository' -Trusted
            Publish-PSResource -NupkgPath '$package' -Repository shelf
"@ | Should -BeNullOrEmpty
        (Get-ChildItem $repository).Name | Should -Be (Split-Path $package -Leaf)

        Invoke-AtHome $user @"
            `$ErrorActionPreference = 'Stop'
            Register-PSResourceRepository shelf -Uri '$repository' -Trusted
            Install-PSResource AzImageTools -Repository shelf -Prerelease
            "`$((Get-InstalledPSResource AzImageTools).Version)"
"@ | Should -Be $manifest.ModuleVersion

        $output = Invoke-AtHome $user "`$ErrorActionPreference = 'Stop'; & '$(Join-Path $root docs examples golden-image.ps1)'; (Get-Module AzImageTools).Path"
        $output[-1] | Should -BeLike "$user/*AzImageTools.psm1" -Because ($output -join "`n")
    }

    It 'is the same byte for byte when it is made again' {
        (Get-FileHash (New-Package two)).Hash | Should -Be (Get-FileHash (New-Package three)).Hash
    }

    It 'names its cmdlets, so that they are found by them' {
        $entry = [IO.Compression.ZipFile]::OpenRead((New-Package four))
        try {
            $reader = [IO.StreamReader]::new($entry.GetEntry('AzImageTools.nuspec').Open())
            $tags = ([xml]$reader.ReadToEnd()).package.metadata.tags -split ' '
        }
        finally {
            $entry.Dispose()
        }

        $manifest.CmdletsToExport | ForEach-Object { $tags | Should -Contain "PSCmdlet_$_" }
    }
}
