BeforeDiscovery {
    $formats = @(
        @{ Name = 'ready.raw'; Format = 'Raw'; SubFormat = 'Fixed' }
        @{ Name = 'ready-fixed.vhd'; Format = 'Vhd'; SubFormat = 'Fixed' }
        @{ Name = 'ready-dynamic.vhd'; Format = 'Vhd'; SubFormat = 'Dynamic' }
        @{ Name = 'ready-fixed.vhdx'; Format = 'Vhdx'; SubFormat = 'Fixed' }
        @{ Name = 'ready-dynamic.vhdx'; Format = 'Vhdx'; SubFormat = 'Dynamic' }
    )
}

BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Get-AzVhdInfo' {
    It 'reads <Name>' -ForEach $formats {
        $info = Get-AzVhdInfo -Path (Expand-TestDisk $Name $TestDrive)
        $info.Format | Should -Be $Format
        $info.SubFormat | Should -Be $SubFormat
        $info.Capacity | Should -Be 63963136
        $info.PartitionStyle | Should -Be 'Gpt'
        "$($info.SupportedGenerations)" | Should -Be 'V2'
        $info.Guest.Product | Should -BeLike 'Windows Server 2022*'
        $info.IsUploadable | Should -BeTrue
        $info.UploadBlockers | Should -BeNullOrEmpty
    }

    It 'lists logical volumes by name, and names the Linux on them' {
        $info = Get-AzVhdInfo -Path (Expand-TestDisk 'lvm.vhd' $TestDrive)
        $usr = $info.Volumes | Where-Object { $_.LogicalVolumeName -eq 'system/usr' }
        $usr.FileSystem | Should -Be 'Ext4'
        $usr.UsedBytes + $usr.FreeBytes | Should -Be $usr.Capacity
        $thin = $info.Volumes | Where-Object { $_.LogicalVolumeName -eq 'system/thin' }
        $thin.Problem | Should -BeLike "*type 'thin'*not read*"
        $info.Problems | Should -HaveCount 4
        $info.Guest.HostName | Should -Be 'golden-lvm'
        "$($info.Guest.BootLoaders)" | Should -Be 'GrubEfi'
        "$($info.SupportedGenerations)" | Should -Be 'V2'
        "$($info.BootObstacles)" | Should -BeLike 'Generation 1:*no boot code*'
    }

    It 'takes files from the pipeline' {
        $file = [System.IO.FileInfo]::new((Expand-TestDisk 'no-os.vhd' $TestDrive))
        ($file | Get-AzVhdInfo).Name | Should -Be 'no-os.vhd'
    }

    It 'takes wildcards' {
        $null = Expand-TestDisk 'mbr-fixed.vhd' $TestDrive
        $null = Expand-TestDisk 'mbr-dynamic.vhd' $TestDrive
        Get-AzVhdInfo -Path ([System.IO.Path]::Combine($TestDrive, 'mbr-*.vhd')) | Should -HaveCount 2
    }

    It 'reads several disks side by side, and emits them in the order in which they came' {
        $slow = Expand-TestDisk 'lvm.vhd' $TestDrive
        $fast = Expand-TestDisk 'no-os.vhd' $TestDrive
        $broken = Join-Path $TestDrive 'broken.vhdx'
        Set-Content $broken 'vhdxfile, and nothing of it'
        $disks = $slow, $fast, $fast, $broken, $slow, $fast, $fast, $fast, $slow
        $found = $disks | Get-AzVhdInfo -ThrottleLimit 4 -ErrorAction SilentlyContinue -ErrorVariable problems
        $found.Path | Should -Be @($disks -ne $broken)
        $problems | Should -HaveCount 1
        "$($problems[0].TargetObject)" | Should -Be $broken
    }

    It 'reads each disk as soon as it comes with -ThrottleLimit 1' {
        $source = Expand-TestDisk 'no-os.vhd' $TestDrive
        $passing = Join-Path $TestDrive 'passing.vhd'
        $found = 1..2 | ForEach-Object { Copy-Item $source $passing; $passing; Remove-Item $passing } | Get-AzVhdInfo -ThrottleLimit 1
        $found | Should -HaveCount 2
    }

    It 'ends reading several disks with the first object that is enough' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        @($disk) * 50 | Get-AzVhdInfo -ThrottleLimit 8 | Select-Object -First 1 | Should -HaveCount 1
    }

    It 'reports a missing file and goes on with the next one' {
        $file = Expand-TestDisk 'no-os.vhd' $TestDrive
        $found = Get-AzVhdInfo -Path 'nosuch.vhd', $file -ErrorAction SilentlyContinue -ErrorVariable problems
        $found.Name | Should -Be 'no-os.vhd'
        $problems | Should -HaveCount 1
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'reports a missing file the same way by -Path, by -LiteralPath and by a pattern' {
        { Get-AzVhdInfo -Path 'nosuch.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*' -ExpectedMessage 'There is no file *nosuch.vhd.'
        { Get-AzVhdInfo -LiteralPath 'nosuch.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*' -ExpectedMessage 'There is no file *nosuch.vhd.'
        { Get-AzVhdInfo -Path 'nosuch*.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*' -ExpectedMessage "No file matches 'nosuch*"
    }

    It 'takes brackets literally with -LiteralPath and from the pipeline, and says so with -Path' {
        $path = [System.IO.Path]::Combine($TestDrive, 'disk[1].vhd')
        [System.IO.File]::Copy((Expand-TestDisk 'no-os.vhd' $TestDrive), $path)
        (Get-AzVhdInfo -LiteralPath $path).Name | Should -Be 'disk[1].vhd'
        ([pscustomobject]@{ FullName = $path } | Get-AzVhdInfo).Name | Should -Be 'disk[1].vhd'
        (Get-AzVhdInfo -LiteralPath $path | Get-AzVhdInfo).Name | Should -Be 'disk[1].vhd'
        { Get-AzVhdInfo -Path $path -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*' -ExpectedMessage '*-LiteralPath*'
    }

    It 'reports a text file that is called a disk image' {
        $path = [System.IO.Path]::Combine($TestDrive, 'text.vhdx')
        [System.IO.File]::WriteAllText($path, 'this is no disk')
        { Get-AzVhdInfo -Path $path -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
    }

    It 'looks for the parent of a differencing disk where -ParentPath says' {
        # The disk itself as its own child: type, parent's identifier and name, and the checksums of both structures.
        $parent = Expand-TestDisk 'no-os.vhd' $TestDrive
        $bytes = [System.IO.File]::ReadAllBytes($parent)
        $footer = $bytes.Length - 512
        $bytes[$footer + 63] = 4
        [System.Array]::Copy($bytes, $footer + 68, $bytes, 512 + 40, 16)
        $name = [System.Text.Encoding]::BigEndianUnicode.GetBytes('no-os.vhd')
        [System.Array]::Copy($name, 0, $bytes, 512 + 64, $name.Length)
        foreach ($structure in @(@{ Offset = $footer; Length = 512; Checksum = 64 }, @{ Offset = 512; Length = 1024; Checksum = 36 })) {
            $sum = 0
            for ($i = 0; $i -lt $structure.Length; $i++) {
                if ($i -lt $structure.Checksum -or $i -ge $structure.Checksum + 4) { $sum += $bytes[$structure.Offset + $i] }
            }

            $checksum = [System.BitConverter]::GetBytes([uint32]([uint32]::MaxValue - $sum))
            [System.Array]::Reverse($checksum)
            [System.Array]::Copy($checksum, 0, $bytes, $structure.Offset + $structure.Checksum, 4)
        }

        $folder = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($TestDrive, 'checkpoints')).FullName
        $child = [System.IO.Path]::Combine($folder, 'child.avhd')
        [System.IO.File]::WriteAllBytes($child, $bytes)

        { Get-AzVhdInfo -Path $child -ErrorAction Stop } | Should -Throw '*-ParentPath*'
        $info = Get-AzVhdInfo -Path $child -ParentPath $TestDrive
        $info.SubFormat | Should -Be 'Differencing'
        $info.Parent | Should -Be $parent
        (Get-AzVhdInfo -Path $child -ParentPath $parent).Parent | Should -Be $parent
    }

    It 'finds nothing with -Check in a disk that is whole' {
        Get-AzVhdInfo -Path (Expand-TestDisk 'mbr-dynamic.vhd' $TestDrive) -Check | Should -BeNullOrEmpty
    }

    It 'finds with -Check what is inconsistent' {
        $path = [System.IO.Path]::Combine($TestDrive, 'inconsistent.vhd')
        [System.IO.File]::Copy((Expand-TestDisk 'no-os.vhd' $TestDrive), $path)
        $file = [System.IO.File]::OpenWrite($path)
        try { $file.WriteByte(0) } finally { $file.Dispose() }
        $found = Get-AzVhdInfo -Path $path -Check
        $found | Should -HaveCount 1
        $found.Structure | Should -Be 'Footer copy'
        $found.Offset | Should -Be 0
        $found.Severity | Should -Be 'Error'
        $found.Path | Should -Be $path
        $found.Rule | Should -Be 'VHD specification 1.0, Hard Disk Footer Format'
    }
}
