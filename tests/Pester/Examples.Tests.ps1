BeforeDiscovery {
    # Each block of PowerShell on the pages of help, in their order. One that can't run has a comment with the reason before it.
    $folder = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../../docs/en-US))
    $script:pages = foreach ($page in Get-ChildItem $folder -Filter *.md) {
        $blocks = [regex]::Matches([IO.File]::ReadAllText($page), '(?ms)(?:<!-- not run: (?<reason>[^\n]*?) -->\s+)?^```powershell\r?\n(?<code>.*?)^```')
        @{
            Page    = $page.BaseName
            Blocks  = @($blocks | Where-Object { -not $_.Groups['reason'].Success } | ForEach-Object { $_.Groups['code'].Value })
            Left    = @($blocks | Where-Object { $_.Groups['reason'].Success } | ForEach-Object { $_.Groups['reason'].Value })
        }
    }
}

BeforeAll {
    . $PSScriptRoot/common.ps1

    # As where the module is installed: other runspaces find it by its cmdlets.
    $modulePath = $env:PSModulePath
    $env:PSModulePath = (Split-Path $moduleRoot) + [IO.Path]::PathSeparator + $modulePath

    # The disks that the examples name.
    $disks = @{ 'web01.vhdx' = 'ready-dynamic.vhdx'; 'old01.vhdx' = 'notready.vhdx'; 'linux01.vhd' = 'linux.vhd'; 'data01.vhd' = 'no-os.vhd' }
}

AfterAll {
    $env:PSModulePath = $modulePath
}

Describe 'The examples of <Page>' -ForEach $pages {
    It 'run as they stand, in a folder with the disks that they name and with the sandbox' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive $Page)
        foreach ($name in $disks.Keys) {
            Copy-Item (Expand-TestDisk $disks[$name] $TestDrive) (Join-Path $folder $name)
        }

        Set-Content (Join-Path $folder key.pub) 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl0r0y1jP0aQm8Bz3c5eO6F8uYh1vN3b7s9mQd2wKxR admin@example'
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
