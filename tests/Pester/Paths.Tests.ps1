BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $disk = Expand-TestDisk 'linux.vhd' $TestDrive
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'A path' {
    It 'may have <Name>' -ForEach @(
        @{ Name = 'spaces'; Part = 'my golden  images' }
        @{ Name = 'quotes'; Part = "it's ""one""" }
        @{ Name = 'other scripts and an emoji'; Part = 'образы-画像-🚀' }
        @{ Name = 'brackets'; Part = 'web[01]' }
        @{ Name = 'what PowerShell reads elsewhere'; Part = 'a$b`c;d&e#f{g}' }
    ) {
        $folder = [IO.Path]::Combine($TestDrive, $Part)
        $path = [IO.Path]::Combine($folder, "$Part.vhd")
        $null = [IO.Directory]::CreateDirectory($folder)
        [IO.File]::Copy($disk, $path)

        (Get-AzVhdInfo -LiteralPath $path).Path | Should -Be $path
        (Get-ChildItem -LiteralPath $folder | Get-AzVhdInfo).Path | Should -Be $path
        (Get-AzVhdItem -LiteralPath $path etc/fstab).Name | Should -Be 'fstab'
        (Get-AzVhdItem -LiteralPath $path etc/fstab | Copy-AzVhdItem -Destination $folder).Path | Should -Be ([IO.Path]::Combine($folder, 'fstab'))
        $converted = Convert-AzVhd -LiteralPath $path -Destination ([IO.Path]::Combine($folder, 'made.vhd'))
        $converted.Path | Should -Be ([IO.Path]::Combine($folder, 'made.vhd'))
        (Send-AzVhd -LiteralPath $path -StorageAccountName sandboximages -Container vhds -BlobName made.vhd -Force -Readiness None).SourcePath | Should -Be $path
        [IO.Directory]::GetFiles($folder, '*.azupload') | Should -BeNullOrEmpty
    }

    It 'may be relative, and of a drive of PowerShell''s own' {
        $null = New-PSDrive -Name Images -PSProvider FileSystem -Root $TestDrive -Scope Script
        (Get-AzVhdInfo Images:\linux.vhd).Path | Should -Be $disk
        (Get-AzVhdInfo Images:\li*.vhd).Path | Should -Be $disk
        Push-Location Images:
        try {
            (Get-AzVhdInfo ./linux.vhd).Path | Should -Be $disk
            (Convert-AzVhd linux.vhd relative.vhd).Path | Should -Be ([IO.Path]::Combine($TestDrive, 'relative.vhd'))
            (Convert-AzVhd linux.vhd Images:\driven.vhd).Path | Should -Be ([IO.Path]::Combine($TestDrive, 'driven.vhd'))
        }
        finally {
            Pop-Location
        }
    }

    It 'in a folder that may not be written is told as the user gave it, with the way out' -Skip:(-not $IsLinux) {
        $closed = [IO.Path]::Combine($TestDrive, 'closed')
        $null = [IO.Directory]::CreateDirectory($closed)
        [IO.File]::Copy($disk, "$closed/linux.vhd")
        [IO.File]::SetUnixFileMode($closed, [IO.UnixFileMode]'UserRead, UserExecute')
        $script = @"
Import-Module '$manifestPath'
`$null = Connect-AzImageService -Sandbox
try { Send-AzVhd '$closed/linux.vhd' -ResourceGroupName sandbox-rg -Readiness None -ErrorAction Stop } catch { "`$(`$_.FullyQualifiedErrorId) `$(`$_.ErrorDetails.RecommendedAction)" }
(Send-AzVhd '$closed/linux.vhd' -ResourceGroupName sandbox-rg -Readiness None -JournalPath '$TestDrive').Name
foreach (`$command in { Convert-AzVhd '$disk' '$closed/out.vhd' }, { Copy-AzVhdItem '$disk' etc/fstab '$closed' }, { Test-DeprovisionReadiness '$disk' | Export-AzImageReadinessReport '$closed/r.html' }) {
    try { `$ErrorActionPreference = 'Stop'; & `$command; 'written' } catch { "`$(`$_.FullyQualifiedErrorId -replace ',.*') `$_" }
}
"@
        try {
            # Root may write anywhere, unless it gives that up.
            $printed = Invoke-FreshPowerShell $script -As $(if ([Environment]::UserName -eq 'root') { 'setpriv', '--bounding-set=-dac_override,-dac_read_search' })
        }
        finally {
            [IO.File]::SetUnixFileMode($closed, [IO.UnixFileMode]'UserRead, UserWrite, UserExecute')
        }

        $printed | Should -HaveCount 5
        $printed[0] | Should -BeLike 'JournalNotWritable,*-JournalPath*'
        $printed[1] | Should -Be 'linux'
        $printed[2] | Should -BeLike "FileAccessDenied $closed/out.vhd may not be written*"
        $printed[3] | Should -BeLike "FileAccessDenied $closed/fstab may not be written*"
        $printed[4] | Should -BeLike "FileAccessDenied *$closed/r.html*denied*"
    }
}
