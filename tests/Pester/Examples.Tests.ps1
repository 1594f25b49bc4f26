BeforeDiscovery {
    . $PSScriptRoot/documents.ps1
    $folder = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../../docs/en-US))
    $script:pages = foreach ($page in Get-ChildItem $folder -Filter *.md) {
        $blocks = Get-ExampleBlock $page.FullName
        @{
            Page   = $page.BaseName
            Blocks = @($blocks | Where-Object { -not $_.Reason } | ForEach-Object Code)
            Left   = @($blocks | Where-Object { $_.Reason } | ForEach-Object Reason)
        }
    }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/documents.ps1

    # As where the module is installed: other runspaces find it by its cmdlets.
    $modulePath = $env:PSModulePath
    $env:PSModulePath = (Split-Path $moduleRoot) + [IO.Path]::PathSeparator + $modulePath
}

AfterAll {
    $env:PSModulePath = $modulePath
}

Describe 'The examples of <Page>' -ForEach $pages {
    It 'run as they stand, in a folder with the disks that they name and with the sandbox' {
        $folder = New-ExampleFolder (Join-Path $TestDrive $Page)
        Push-Location $folder
        try {
            Connect-AzImageService -Sandbox
            foreach ($block in $Blocks) {
                . ([scriptblock]::Create($block)) *> (Join-Path $folder output.txt)
            }
        }
        finally {
            Pop-Location
            Disconnect-AzImageService
        }
    }

    It 'are left out only with a reason' {
        $Blocks.Count + $Left.Count | Should -BeGreaterThan 0
        $Left | ForEach-Object { Write-Host "${Page}: not run, $_" }
    }
}
