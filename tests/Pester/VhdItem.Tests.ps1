BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Get-AzVhdItem' {
    It 'lists what a folder of the guest holds' {
        $items = Get-AzVhdItem -Path (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -ItemPath 'Windows\System32\config\*'
        $items.Name | Should -Be @('SECURITY', 'SOFTWARE', 'SYSTEM', 'SYSTEM.LOG1', 'SYSTEM.LOG2')
        $items[2].Length | Should -Be 28672
        $items[2].ItemPath | Should -Be 'Windows\System32\config\SYSTEM'
        $items[2].Volume | Should -Be '3'
        $items[2].FileSystem | Should -Be 'Ntfs'
        $items[2].IsDirectory | Should -BeFalse
    }

    It 'lists the root of the guest''s volume by itself, and all of it with -Recurse' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        (Get-AzVhdItem $disk).Name | Should -Contain 'Windows'
        (Get-AzVhdItem $disk -Recurse).ItemPath | Should -Contain 'Windows\System32\config\SYSTEM'
    }

    It 'finds on another volume what the guest''s has not, or on the one that is named' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        (Get-AzVhdItem $disk 'EFI\Microsoft\Boot\BCD').Volume | Should -Be '1'
        (Get-AzVhdItem $disk -Volume SYSTEM).Name | Should -Be 'EFI'
    }

    It 'tells where a link leads' {
        $link = Get-AzVhdItem (Expand-TestDisk 'linux.vhd' $TestDrive) '/etc/os-releas?'
        $link.IsLink | Should -BeTrue
        $link.LinkTarget | Should -Be '../usr/lib/os-release'
        $link.Mode | Should -Be 'lrwxrwxrwx'
        $link.ItemPath | Should -Be 'etc/os-release'
    }

    It 'reports an item that is not there, and goes on with the next one' {
        $found = Get-AzVhdItem (Expand-TestDisk 'linux.vhd' $TestDrive) 'nosuch', 'etc/hostname' -ErrorAction SilentlyContinue -ErrorVariable problems
        $found.Name | Should -Be 'hostname'
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'reports a volume that is not there' {
        { Get-AzVhdItem (Expand-TestDisk 'linux.vhd' $TestDrive) -Volume 9 -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeNotFound,*' -ExpectedMessage '*cloudimg-rootfs*'
    }

    It 'takes disks from the pipeline' {
        $disks = 'ready-dynamic.vhdx', 'mbr-fixed.vhd' | ForEach-Object { [System.IO.FileInfo]::new((Expand-TestDisk $_ $TestDrive)) }
        $disks | Get-AzVhdItem -ItemPath 'Windows\System32\config\SYSTEM' | Should -HaveCount 2
    }
}

Describe 'Copy-AzVhdItem' {
    It 'copies files, and makes the destination' {
        $folder = [System.IO.Path]::Combine($TestDrive, 'copied', 'config')
        $copy = Copy-AzVhdItem (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) 'Windows\System32\config\SYSTEM' $folder
        $copy.Path | Should -Be ([System.IO.Path]::Combine($folder, 'SYSTEM'))
        $copy.FileCount | Should -Be 1
        [System.IO.FileInfo]::new($copy.Path).Length | Should -Be 28672
    }

    It 'copies what Get-AzVhdItem found' {
        $folder = [System.IO.Path]::Combine($TestDrive, 'piped')
        $copies = Get-AzVhdItem (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) 'Windows\System32\config\S*' |
            Where-Object { $_.Length -gt 0 } | Copy-AzVhdItem -Destination $folder
        $copies.Name | Should -Be @('SECURITY', 'SOFTWARE', 'SYSTEM')
        [System.IO.Directory]::GetFiles($folder) | Should -HaveCount 3
    }

    It 'copies each row of a table, and each item, to the destination of its own' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        'Path,ItemPath,Destination', "$disk,Windows\System32\config\SAM?,$TestDrive/one", "$disk,Windows\System32\config\SYSTEM,$TestDrive/two", "$disk,Windows\System32\config\SOFTWARE,$TestDrive/one" |
            ConvertFrom-Csv | Copy-AzVhdItem -ErrorAction SilentlyContinue
        (Get-ChildItem "$TestDrive/one").Name | Should -Be 'SOFTWARE'
        (Get-ChildItem "$TestDrive/two").Name | Should -Be 'SYSTEM'

        Get-AzVhdItem $disk 'Windows\System32\config\SYSTEM*' | Copy-AzVhdItem -Destination { Join-Path $TestDrive "of-$($_.Name)" }
        (Get-ChildItem "$TestDrive/of-SYSTEM", "$TestDrive/of-SYSTEM.LOG1").Name | Should -Be 'SYSTEM', 'SYSTEM.LOG1'
    }

    It 'copies a folder with -Recurse, and says so without it' {
        $disk = Expand-TestDisk 'linux.vhd' $TestDrive
        $folder = [System.IO.Path]::Combine($TestDrive, 'recursed')
        Copy-AzVhdItem $disk etc $folder -WarningAction SilentlyContinue -WarningVariable warnings | Should -BeNullOrEmpty
        "$warnings" | Should -BeLike '*-Recurse*'
        $copy = Copy-AzVhdItem $disk etc $folder -Recurse -WarningAction SilentlyContinue
        $copy.FolderCount | Should -Be 3
        $copy.SkippedCount | Should -Be 1
        [System.IO.File]::ReadAllText([System.IO.Path]::Combine($folder, 'etc', 'hostname')) | Should -BeLike 'golden-linux*'
    }

    It 'writes nothing with -WhatIf' {
        $folder = [System.IO.Path]::Combine($TestDrive, 'whatif')
        Copy-AzVhdItem (Expand-TestDisk 'linux.vhd' $TestDrive) 'etc' $folder -Recurse -WhatIf | Should -BeNullOrEmpty
        [System.IO.Directory]::Exists($folder) | Should -BeFalse
    }

    It 'replaces a file with -Force only' {
        $disk = Expand-TestDisk 'linux.vhd' $TestDrive
        $folder = [System.IO.Path]::Combine($TestDrive, 'there')
        $null = Copy-AzVhdItem $disk etc/hostname $folder
        { Copy-AzVhdItem $disk etc/hostname $folder -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*' -ExpectedMessage '*-Force*'
        (Copy-AzVhdItem $disk etc/hostname $folder -Force).FileCount | Should -Be 1
    }
}

Describe 'Get-AzVhdRegistryValue' {
    It 'reads a value by the path of a running Windows' {
        $value = Get-AzVhdRegistryValue -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -Key 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom' -Name Start
        $value.Data | Should -Be 4
        $value.Type | Should -Be 'DWord'
        $value.Key | Should -Be 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom'
        $value.HiveState | Should -Be 'Clean'
    }

    It 'reads all values of keys by wildcards' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        $values = Get-AzVhdRegistryValue $disk 'HKLM\SYSTEM\CurrentControlSet\Services\*' Start
        @($values | Where-Object { $_.Key -like '*\cdrom' })[0].Data | Should -Be 1
        $values.Length | Should -BeGreaterThan 20
        (Get-AzVhdRegistryValue $disk 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion').Name | Should -Contain 'ProductName'
    }

    It 'reports a key, a value and a hive that are not there' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        { Get-AzVhdRegistryValue $disk 'HKLM\SOFTWARE\nosuch' -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryKeyNotFound,*'
        { Get-AzVhdRegistryValue $disk 'HKLM\SYSTEM\Select' nosuch -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryValueNotFound,*'
        { Get-AzVhdRegistryValue $disk 'HKLM\SAM' -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryHiveNotFound,*'
        { Get-AzVhdRegistryValue (Expand-TestDisk 'linux.vhd' $TestDrive) 'HKLM\SYSTEM' -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryHiveNotFound,*' -ExpectedMessage '*no Windows*'
    }
}
