BeforeDiscovery {
    $disks = @(
        @{ Name = 'ready.raw' }
        @{ Name = 'ready-fixed.vhd' }
        @{ Name = 'ready-dynamic.vhd' }
        @{ Name = 'ready-fixed.vhdx' }
        @{ Name = 'ready-dynamic.vhdx' }
    )
}

BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Convert-AzVhd' {
    It 'converts <Name> to a fixed VHD' -ForEach $disks {
        $made = Convert-AzVhd -Path (Expand-TestDisk $Name $TestDrive) -Destination ([System.IO.Path]::Combine($TestDrive, "made-of-$Name.vhd"))
        $made.Capacity | Should -Be 63963136
        $made.BytesWritten | Should -BeLessThan $made.FileSize
        $info = Get-AzVhdInfo -LiteralPath $made.Path
        "$($info.Format) $($info.SubFormat)" | Should -Be 'Vhd Fixed'
        $info.Guest.Product | Should -BeLike 'Windows Server 2022*'
        $info.IsUploadable | Should -BeTrue
    }

    It 'takes files from the pipeline, and a folder as the destination' {
        $folder = [System.IO.Path]::Combine($TestDrive, 'converted')
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $files = 'mbr-fixed.vhd', 'mbr-dynamic.vhd' | ForEach-Object { [System.IO.FileInfo]::new((Expand-TestDisk $_ $TestDrive)) }
        ($files | Convert-AzVhd -Destination $folder).Name | Should -Be @('mbr-fixed.vhd', 'mbr-dynamic.vhd')
    }

    It 'converts several disks side by side, each as it is made of it alone' {
        $folder = [System.IO.Path]::Combine($TestDrive, 'several')
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $files = 'lvm.vhd', 'ready-dynamic.vhdx', 'mbr-dynamic.vhd', 'ready.raw' | ForEach-Object { Expand-TestDisk $_ $TestDrive }
        $made = $files | Convert-AzVhd -Destination $folder -ThrottleLimit 4 -Force
        $made.Name | Should -Be @('lvm.vhd', 'ready-dynamic.vhd', 'mbr-dynamic.vhd', 'ready.vhd')
        foreach ($one in 0..3) {
            $alone = Convert-AzVhd $files[$one] -Destination ([System.IO.Path]::Combine($TestDrive, "alone-$one.vhd"))
            # But for the footers, which have an identity of their own.
            $contents = $made[$one], $alone | ForEach-Object {
                $hash = [Security.Cryptography.IncrementalHash]::CreateHash('SHA256')
                $hash.AppendData([IO.File]::ReadAllBytes($_.Path), 0, $_.Capacity)
                [Convert]::ToHexString($hash.GetHashAndReset())
            }
            $contents[0] | Should -Be $contents[1]
        }
    }

    It 'does not make one VHD of two disks' {
        $made = [System.IO.Path]::Combine($TestDrive, 'one.vhd')
        $disks = (Expand-TestDisk 'mbr-fixed.vhd' $TestDrive), (Expand-TestDisk 'mbr-dynamic.vhd' $TestDrive)
        Convert-AzVhd -Path $disks -Destination $made -Force -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems | Should -HaveCount 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'TargetGivenTwice,*'
        [System.IO.File]::Exists($made) | Should -BeFalse
    }

    It 'replaces a file with -Force only' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $made = [System.IO.Path]::Combine($TestDrive, 'there.vhd')
        [System.IO.File]::WriteAllText($made, 'an older file')
        { Convert-AzVhd -Path $disk -Destination $made -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*' -ExpectedMessage '*-Force*'
        [System.IO.File]::ReadAllText($made) | Should -Be 'an older file'
        (Convert-AzVhd -Path $disk -Destination $made -Force).Path | Should -Be $made
    }

    It 'refuses to convert a disk onto itself' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        { Convert-AzVhd -Path $disk -Destination $disk -Force -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationInUse,*'
    }

    It 'writes nothing with -WhatIf' {
        $made = [System.IO.Path]::Combine($TestDrive, 'whatif.vhd')
        Convert-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -Destination $made -WhatIf | Should -BeNullOrEmpty
        [System.IO.File]::Exists($made) | Should -BeFalse
    }

    It 'warns of a disk that Azure does not take' {
        $disk = [System.IO.Path]::Combine($TestDrive, 'small.raw')
        [System.IO.File]::WriteAllBytes($disk, [byte[]]::new(3 * 1024 * 1024 + 512))
        $made = Convert-AzVhd -Path $disk -Destination ([System.IO.Path]::Combine($TestDrive, 'small.vhd')) -WarningAction SilentlyContinue -WarningVariable warnings
        $made.Capacity | Should -Be (4 * 1024 * 1024)
        "$warnings" | Should -BeLike '*20 MiB*'
    }

    It 'leaves out free space with -SkipFreeSpace, and says of which volumes' {
        $made = Convert-AzVhd -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Destination ([System.IO.Path]::Combine($TestDrive, 'skipped.vhd')) -SkipFreeSpace -WarningAction SilentlyContinue
        $made.FreeSpaceSkipped | Should -BeTrue
        $made.BytesSkippedAsFree | Should -BeGreaterThan (4 * 1024 * 1024)
        ($made.FreeSpace | Where-Object { $_.FileSystem -eq 'Ntfs' }).IsSkipped | Should -BeTrue
        (Get-AzVhdInfo -LiteralPath $made.Path).Guest.Product | Should -BeLike 'Windows Server 2022*'
    }

    It 'takes everything without -SkipFreeSpace' {
        $made = Convert-AzVhd -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Destination ([System.IO.Path]::Combine($TestDrive, 'whole.vhd'))
        $made.FreeSpaceSkipped | Should -BeFalse
        $made.BytesSkippedAsFree | Should -Be 0
    }

    It 'tells with -WhatIf which volumes -SkipFreeSpace leaves whole' {
        $disk = [System.IO.Path]::Combine($TestDrive, 'unknown.raw')
        $content = [byte[]]::new(21 * 1024 * 1024)
        $content[5000] = 1
        [System.IO.File]::WriteAllBytes($disk, $content)
        Convert-AzVhd -Path $disk -Destination ([System.IO.Path]::Combine($TestDrive, 'unknown.vhd')) -SkipFreeSpace -WhatIf -WarningAction SilentlyContinue -WarningVariable warnings
        "$warnings" | Should -BeLike '*left whole*not known*'
    }

    It 'refuses a disk with 4096-byte sectors before anything is written or sent' {
        # The sector size in the metadata of a VHDX, which no checksum covers.
        $path = [System.IO.Path]::Combine($TestDrive, '4k.vhdx')
        [System.IO.File]::Copy((Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive), $path)
        $bytes = [System.IO.File]::ReadAllBytes($path)
        $find = {
            param([int] $Start, [int] $Length, [guid] $Id)
            for ($i = $Start; $i -lt $Start + $Length; $i += 16) {
                $found = [byte[]]::new(16)
                [System.Array]::Copy($bytes, $i, $found, 0, 16)
                if ([guid]::new($found) -eq $Id) { return $i }
            }
        }
        $region = & $find (192KB + 16) 2KB '8B7CA206-4790-4B9A-B8FE-575F050F886E'
        $metadata = [System.BitConverter]::ToInt64($bytes, $region + 16)
        $entry = & $find $metadata 2KB '8141BF1D-A96F-4709-BA47-F233A8FAAB5F'
        $item = $metadata + [System.BitConverter]::ToInt32($bytes, $entry + 16)
        [System.Array]::Copy([System.BitConverter]::GetBytes(4096), 0, $bytes, $item, 4)
        [System.IO.File]::WriteAllBytes($path, $bytes)

        (Get-AzVhdInfo -Path $path).LogicalSectorSize | Should -Be 4096
        $made = [System.IO.Path]::Combine($TestDrive, '4k.vhd')
        { Convert-AzVhd -Path $path -Destination $made -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*' -ExpectedMessage '*logical sectors of 4096 bytes*'
        [System.IO.File]::Exists($made) | Should -BeFalse
        $null = Connect-AzImageService -Sandbox
        try {
            { Send-AzVhd -Path $path -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ExpectedMessage '*4096*'
        }
        finally {
            Disconnect-AzImageService
        }
    }

    It 'runs as a job with -AsJob' {
        $job = Convert-AzVhd -Path (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -Destination ([System.IO.Path]::Combine($TestDrive, 'job.vhd')) -AsJob
        ($job | Wait-Job | Receive-Job).Name | Should -Be 'job.vhd'
        $job | Remove-Job
    }
}
