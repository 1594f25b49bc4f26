BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
    $crc = (Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName web01 -Readiness None).Crc64
    $blob = Send-AzVhd -Path $disk -StorageAccountName sandboximages -Container vhds -BlobName web01.vhd -Readiness None
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Receive-AzVhd' {
    It 'brings a managed disk down as <Format>' -TestCases @(
        @{ Format = 'a fixed VHD'; File = 'fixed.vhd'; More = @{}; Kept = 'Fixed' }
        @{ Format = 'a dynamic VHD'; File = 'dynamic.vhd'; More = @{ Dynamic = $true }; Kept = 'Dynamic' }
        @{ Format = 'a VHDX'; File = 'made.vhdx'; More = @{}; Kept = 'Dynamic' }
    ) {
        $made = Receive-AzVhd "$TestDrive/$File" -ResourceGroupName sandbox-rg -DiskName web01 @More
        $made.Crc64 | Should -Be $crc
        $made.SubFormat | Should -Be $Kept
        $made.Verified | Should -BeTrue
        ($made.BytesReceived + $made.BytesSkipped) | Should -Be $made.Capacity
        (Get-AzVhdInfo $made.Path).Guest.Family | Should -Be 'Windows'
    }

    It 'brings a page blob down by <By>' -TestCases @(
        @{ By = 'its names'; More = @{ StorageAccountName = 'sandboximages'; Container = 'vhds'; BlobName = 'web01.vhd' } }
        @{ By = 'its address'; More = @{ BlobUri = 'https://sandboximages.blob.core.windows.net/vhds/web01.vhd' } }
    ) {
        (Receive-AzVhd -Path "$TestDrive/blob.vhdx" -Force @More).Crc64 | Should -Be $crc
    }

    It 'takes what Send-AzVhd emits, and a resource id' {
        ($blob | Receive-AzVhd "$TestDrive/piped.vhd").Crc64 | Should -Be $crc
        (Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName piped -Readiness None | Receive-AzVhd "$TestDrive/piped.vhdx").Crc64 | Should -Be $crc
        $id = "/subscriptions/$((Get-AzImageContext).SubscriptionId)/resourceGroups/sandbox-rg/providers/Microsoft.Compute/disks/web01"
        ([pscustomobject]@{ ResourceId = $id; Path = "$TestDrive/row.vhd"; Dynamic = 'yes' } | Receive-AzVhd).SubFormat | Should -Be 'Dynamic'
    }

    It 'makes a VHD with the name of the disk in a folder' {
        $folder = New-Item -ItemType Directory "$TestDrive/many"
        @('web01', 'piped') | ForEach-Object { [pscustomobject]@{ ResourceGroupName = 'sandbox-rg'; DiskName = $_ } } | Receive-AzVhd $folder | ForEach-Object Name | Should -Be 'web01.vhd', 'piped.vhd'
    }

    It 'replaces nothing without -Force' {
        $file = "$TestDrive/there.vhd"
        Set-Content $file 'mine'
        { Receive-AzVhd $file -ResourceGroupName sandbox-rg -DiskName web01 -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*' -ExpectedMessage '*-Force*'
        Get-Content $file | Should -Be 'mine'
        (Receive-AzVhd $file -ResourceGroupName sandbox-rg -DiskName web01 -Force).Crc64 | Should -Be $crc
    }

    It 'makes nothing of two disks in one file' {
        @('web01', 'piped') | ForEach-Object { [pscustomobject]@{ ResourceGroupName = 'sandbox-rg'; DiskName = $_ } } |
            Receive-AzVhd "$TestDrive/one.vhd" -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        @($failures)[0].FullyQualifiedErrorId | Should -BeLike 'TargetGivenTwice,*'
        Test-Path "$TestDrive/one.vhd" | Should -BeFalse
    }

    It 'writes nothing with -WhatIf' {
        Receive-AzVhd "$TestDrive/whatif.vhdx" -ResourceGroupName sandbox-rg -DiskName web01 -WhatIf | Should -BeNullOrEmpty
        @(Get-ChildItem $TestDrive -Force -Filter '*whatif*').Count | Should -Be 0
    }

    It 'runs as a job with -AsJob' {
        $job = Receive-AzVhd "$TestDrive/job.vhdx" -ResourceGroupName sandbox-rg -DiskName web01 -AsJob
        ($job | Wait-Job | Receive-Job).Crc64 | Should -Be $crc
        $job | Remove-Job
    }

    It 'is shown as a table of its own' {
        $text = Receive-AzVhd "$TestDrive/shown.vhdx" -ResourceGroupName sandbox-rg -DiskName web01 | Format-Table | Out-String -Width 160
        $text | Should -BeLike '*Received*Skipped*shown.vhdx*Vhdx*Dynamic*61 MiB*'
    }

    It 'says by name what is no disk' {
        { Receive-AzVhd "$TestDrive/a.vhd" -ResourceId '/subscriptions/a/resourceGroups/b/providers/Microsoft.Compute/images/c' -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceIdInvalid,*'
        { Receive-AzVhd "$TestDrive/a.raw" -ResourceGroupName sandbox-rg -DiskName web01 -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotVhd,*' -ExpectedMessage '*.vhd or .vhdx*'
    }
}
