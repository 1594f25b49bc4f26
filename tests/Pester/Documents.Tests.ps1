BeforeDiscovery {
    . $PSScriptRoot/documents.ps1
    $root = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../..))
    $files = @(Get-Item (Join-Path $root README.md)) + @(Get-ChildItem (Join-Path $root docs) -Recurse -Filter *.md | Where-Object FullName -NotLike '*en-US*')
    $script:documents = foreach ($file in $files) {
        $blocks = @(Get-ExampleBlock $file.FullName)
        if ($blocks) {
            $number = 0
            @{
                Document = [IO.Path]::GetRelativePath($root, $file.FullName)
                Blocks   = @($blocks | Where-Object { -not $_.Reason } | ForEach-Object { $number++; @{ Number = $number; Code = $_.Code } })
                Left     = @($blocks | Where-Object { $_.Reason } | ForEach-Object Reason)
            }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/documents.ps1

    # As where the module is installed: other runspaces find it by its cmdlets.
    $modulePath = $env:PSModulePath
    $env:PSModulePath = (Split-Path $moduleRoot) + [IO.Path]::PathSeparator + $modulePath

    $credential = [pscredential]::new('admin1', (ConvertTo-SecureString 'C0rrect-Horse-Battery' -AsPlainText -Force))
    $cloud = Join-Path $TestDrive cloud
    $known = New-DocumentedCloud $cloud (Expand-TestDisk generalized.vhdx $TestDrive) $credential
    $model = Join-Path $TestDrive model
    $null = New-ExampleFolder $model -Web01 notready.vhdx
    Add-DocumentFile $model

    # What Az and people answer.
    function Get-Credential { $credential }
    function Get-AzVM { $known.vm }
    function Get-AzSnapshot { $known.snapshot }
    function Invoke-AzVMRunCommand { @{ Value = @(@{ Message = Get-Content (Join-Path $model web01.txt) -Raw }) } }
}

AfterAll {
    $env:PSModulePath = $modulePath
}

Describe 'The examples of <Document>' -ForEach $documents {
    It 'run, each by itself: <Number>' -ForEach $Blocks {
        $folder = Join-Path $TestDrive "$([guid]::NewGuid())"
        Copy-Item $model $folder -Recurse
        cp -R --sparse=auto $cloud "$folder.cloud"      # Copy-Item would fill the disks' holes
        $LASTEXITCODE | Should -Be 0
        $known.GetEnumerator() | ForEach-Object { Set-Variable $_.Name $_.Value }
        $ConfirmPreference = 'None'
        Push-Location $folder
        try {
            Connect-AzImageService -Sandbox -SandboxPath "$folder.cloud"
            . ([scriptblock]::Create($Code)) *> output.txt
        }
        finally {
            Pop-Location
            Disconnect-AzImageService
            Remove-Item $folder, "$folder.cloud" -Recurse -Force
        }
    }

    It 'are left out only with a reason' {
        $Left | ForEach-Object { Write-Host "${Document}: not run, $_" }
        $Blocks.Count + $Left.Count | Should -BeGreaterThan 0
    }
}
