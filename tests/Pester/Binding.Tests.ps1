BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $linux = Expand-TestDisk 'linux.vhd' $TestDrive
    $empty = Expand-TestDisk 'no-os.vhd' $TestDrive
    $bracketed = [System.IO.Path]::Combine($TestDrive, 'a[1]`b.vhd')
    [System.IO.File]::Copy($empty, $bracketed)

    # What Hyper-V's Get-VHD and Get-VMHardDiskDrive emit, as far as binding sees it.
    class HardDiskDrive { [string] $Path; [string] $VMName = 'vm'; [string] $Name = 'Hard Drive' }
    class Vhd { [string] $Path; [string] $ParentPath = ''; [string] $VhdFormat = 'VHD' }
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'A disk image that is piped' {
    It 'is found by the path of <Name>, never by a text' -ForEach @(
        @{ Name = 'a file'; Disk = { Get-Item -LiteralPath $linux } }
        @{ Name = 'a FileInfo that no provider made'; Disk = { [System.IO.FileInfo]::new($linux) } }
        @{ Name = 'a drive of Hyper-V'; Disk = { [HardDiskDrive] @{ Path = $linux } } }
        @{ Name = 'a VHD of Hyper-V'; Disk = { [Vhd] @{ Path = $linux } } }
        @{ Name = 'a row with Path'; Disk = { [pscustomobject] @{ Path = $linux } } }
        @{ Name = 'a row with LiteralPath'; Disk = { [pscustomobject] @{ LiteralPath = $linux } } }
        @{ Name = 'a text'; Disk = { $linux } }
        @{ Name = 'a line of a file'; Disk = { $list = "$TestDrive/list.txt"; Set-Content $list $linux; Get-Content $list } }
        @{ Name = 'Get-AzVhdInfo'; Disk = { Get-AzVhdInfo $linux } }
        @{ Name = 'Convert-AzVhd'; Disk = { Convert-AzVhd $linux "$TestDrive/converted.vhd" -Force } }
        @{ Name = 'Test-DeprovisionReadiness'; Disk = { Test-DeprovisionReadiness $linux } }
    ) {
        (& $Disk | Get-AzVhdInfo).Guest.Family | Should -Be 'Linux'
        (& $Disk | Test-DeprovisionReadiness).Path | Should -Not -BeNullOrEmpty
        (& $Disk | Get-AzVhdItem -ItemPath etc).Name | Should -Be 'etc'
        (& $Disk | Convert-AzVhd -Destination "$TestDrive/again.vhd" -Force).Name | Should -Be 'again.vhd'
        (& $Disk | Send-AzVhd -StorageAccountName sandboximages -Container vhds -BlobName piped.vhd -Force -Readiness None).Name | Should -Be 'piped.vhd'
        & $Disk | Send-AzVhd -ResourceGroupName sandbox-rg -WhatIf -Readiness None | Should -BeNullOrEmpty
    }

    It 'goes from one cmdlet to the next' {
        (Convert-AzVhd $linux "$TestDrive/next.vhd" | Send-AzVhd -ResourceGroupName sandbox-rg -Readiness None).Name | Should -Be 'next'
        (Test-DeprovisionReadiness $linux | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName judged -Readiness None).Name | Should -Be 'judged'
        $folder = "$TestDrive/copied"
        (Get-AzVhdItem $linux etc/fstab | Copy-AzVhdItem -Destination $folder).Name | Should -Be 'fstab'
    }

    It 'is one file where its name has wildcards: a path of an object is that path' {
        foreach ($disk in (Get-Item -LiteralPath $bracketed), [Vhd] @{ Path = $bracketed }, [pscustomobject] @{ LiteralPath = $bracketed }) {
            ($disk | Get-AzVhdInfo).Path | Should -Be $bracketed
            (Get-AzVhdInfo -Path $disk).Path | Should -Be $bracketed
        }
    }

    It 'is none where the object has no path' {
        { 42 | Get-AzVhdInfo -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
        { Get-Culture | Send-AzVhd -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'InputObject*'
        { Get-AzVhdInfo -Path (Get-Culture) } | Should -Throw -ExpectedMessage '*has no path*FullName*'
    }

    It 'is not this machine where the row is of another table' {
        { [pscustomobject] @{ File = $linux; HyperVGeneration = 'V2' } | Test-DeprovisionReadiness -ErrorAction Stop } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'brings no place where parents are looked for: paths inside a disk are never followed' {
        (Get-Command Get-AzVhdInfo).Parameters.ParentPath.Attributes.ValueFromPipelineByPropertyName | Should -Not -Contain $true
    }
}

Describe 'A row of a table' {
    It 'tells everything of a managed disk, and the next row nothing of it' {
        $rows = @'
Path,DiskName,ResourceGroupName,Location,Zone,DiskSku,Tag
LINUX,first,sandbox-rg,westeurope,1,Premium_LRS,owner=me;cost=1
EMPTY,,sandbox-rg,,,,
'@ -replace 'LINUX', $linux -replace 'EMPTY', $empty | ConvertFrom-Csv
        $plans = $rows | Send-AzVhd -Readiness None
        $plans.Name | Sort-Object | Should -Be @('first', 'no-os')
        $plans.Location | Should -Be @('westeurope', 'westeurope')
    }

    It 'gives a name with LiteralPath too' {
        (('LiteralPath,DiskName', "$linux,literal" | ConvertFrom-Csv) | Send-AzVhd -ResourceGroupName sandbox-rg -Readiness None).Name | Should -Be 'literal'
    }

    It 'tells everything of a page blob' {
        foreach ($column in 'Path', 'LiteralPath') {
            $row = "$column,StorageAccountName,Container,BlobName", "$linux,sandboximages,vhds,$column.vhd" | ConvertFrom-Csv
            ($row | Send-AzVhd -Readiness None).Name | Should -Be "$column.vhd"
        }
    }

    It 'captures a machine' {
        $image = 'ResourceGroupName,VMName,ImageName', 'sandbox-rg,linux-vm,from-row' | ConvertFrom-Csv | New-AzCapturedImage -Force
        $image.Name | Should -Be 'from-row'
        $columns = 'ResourceGroupName', 'VMName', 'GalleryName', 'GalleryImageDefinitionName', 'ImageVersion', 'TargetRegion', 'ZoneResilient', 'OsState'
        $version = ($columns -join ','), 'sandbox-rg,linux-vm,sandboxGallery,from-row,4.0.0,northeurope,yes,' | ConvertFrom-Csv | New-AzCapturedImage -Force
        $version.Name | Should -Be '4.0.0'
        $version.TargetRegions | Should -Contain 'northeurope'
        ([pscustomobject] @{ VMName = 'linux-vm'; ImageName = 'from-half-a-row' } | New-AzCapturedImage -ResourceGroupName sandbox-rg -Force).Name | Should -Be 'from-half-a-row'
        { [pscustomobject] @{ ResourceGroupName = 'sandbox-rg'; VMName = 'linux-vm'; ImageName = 'x'; ZoneResilient = 'maybe' } | New-AzCapturedImage -Force -ErrorAction Stop } | Should -Throw -ExpectedMessage '*true or false*'
    }

    It 'is refused where a cell is wrong, and says what is right' {
        { [pscustomobject] @{ Path = $linux; DiskSku = 'Fast' } | Send-AzVhd -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ExpectedMessage '*Fast*Premium_LRS*'
        { [pscustomobject] @{ Path = $linux; Format = 'Floppy' } | Get-AzVhdInfo -ErrorAction Stop } | Should -Throw -ExpectedMessage '*Floppy*Vhdx*'
        { [pscustomobject] @{ Path = $linux; Tag = 'owner' } | Send-AzVhd -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ExpectedMessage '*name=value*'
        { [pscustomobject] @{ Path = $linux; DiskName = Get-Culture } | Send-AzVhd -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ExpectedMessage '*CultureInfo is no text*'
    }

    It 'may leave a cell empty; an argument may not be' {
        { Send-AzVhd $linux -ResourceGroupName sandbox-rg -DiskName $null -ErrorAction Stop } | Should -Throw -ErrorId 'ArgumentEmpty,*' -ExpectedMessage '*-DiskName*'
        { Get-AzVhdUpload -ResourceGroupName '' } | Should -Throw -ErrorId 'ArgumentEmpty,*'
        { [pscustomobject] @{ Path = $linux; ResourceGroupName = '' } | Send-AzVhd -ErrorAction Stop } | Should -Throw -ExpectedMessage '*ResourceGroupName*'
    }

    It 'is asked by script blocks' {
        (Get-Item $linux | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName { $_.BaseName + '-x' } -Readiness None).Name | Should -Be 'linux-x'
        $machine = [pscustomobject] @{ Id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v'; Name = 'v' }
        { $machine | New-AzCapturedImage -ImageName { $_.Name + '-image' } -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceIdInvalid,*'
    }
}

Describe 'Two inputs with one target' {
    It 'are refused before anything is made of either' {
        $machines = 'ResourceGroupName,VMName', 'sandbox-rg,linux-vm', 'sandbox-rg,win-vm' | ConvertFrom-Csv
        $machines | New-AzCapturedImage -ImageName both -AllowRunning -Force -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures.FullyQualifiedErrorId | Should -BeLike 'TargetGivenTwice,*'
        $failures | Should -HaveCount 2
        { Get-AzImageSource -Kind ManagedImage -Name both -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'

        $uploads = Get-Item -LiteralPath $linux, $empty | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName { "$($_.BaseName)-both" } -Readiness None
        $uploads | New-AzVhdImage both -OsType Linux -HyperVGeneration V1 -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures | Should -HaveCount 2
    }
}
