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

Describe 'Copy-AzVhd' {
    It 'copies a managed disk to a page blob with its name' {
        $copy = Copy-AzVhd -ResourceGroupName sandbox-rg -DiskName web01 -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName of-disk.vhd
        $copy.CopyKind | Should -Be 'PageBlob'
        $copy.Crc64 | Should -Be $crc
        "$($copy.Uri)" | Should -Be 'https://sandboximages.blob.core.windows.net/vhds/of-disk.vhd'
        ($copy.BytesCopied + $copy.BytesSkipped) | Should -Be $copy.Capacity
    }

    It 'copies what is piped, and its copy is what Receive-AzVhd and New-AzVhdImage take' {
        $copy = $blob | Copy-AzVhd -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName piped.vhd -Verify
        $copy.BytesVerified | Should -Be $copy.BytesCopied
        ($copy | Receive-AzVhd "$TestDrive/copy.vhd").Crc64 | Should -Be $crc
    }

    It 'copies nothing onto itself or over a blob that is there' {
        { $blob | Copy-AzVhd -DestinationStorageAccountName sandboximages -DestinationContainer vhds -ErrorAction Stop } | Should -Throw -ErrorId 'TargetIsSource,*'
        $there = @{ DestinationStorageAccountName = 'sandboximages'; DestinationContainer = 'vhds'; DestinationBlobName = 'there.vhd' }
        $null = $blob | Copy-AzVhd @there
        { $blob | Copy-AzVhd @there -ErrorAction Stop } | Should -Throw -ErrorId 'BlobAlreadyExists,*' -ExpectedMessage '*-Force*'
        ($blob | Copy-AzVhd @there -Force).Crc64 | Should -Be $crc
    }

    It 'changes nothing with -WhatIf' {
        $blob | Copy-AzVhd -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName whatif.vhd -WhatIf | Should -BeNullOrEmpty
        { Receive-AzVhd "$TestDrive/whatif.vhd" -StorageAccountName sandboximages -Container vhds -BlobName whatif.vhd -ErrorAction Stop } | Should -Throw -ErrorId 'BlobNotFound,*'
    }

    It 'says what is missing of a destination, and that a disk is none' {
        { Copy-AzVhd -ResourceGroupName sandbox-rg -DiskName web01 -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationMissing,*' -ExpectedMessage '*managed disk is made of the copy*'
        { Copy-AzVhd -ResourceGroupName sandbox-rg -DiskName web01 -DestinationStorageAccountName sandboximages -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationMissing,*' -ExpectedMessage '*-DestinationContainer*'
        { Copy-AzVhd -ResourceGroupName sandbox-rg -DiskName web01 -DestinationSnapshotName a -DestinationResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'DiskNotCopied,*' -ExpectedMessage '*New-AzSnapshot*'
    }

    It 'is shown as a table of its own' {
        $text = $blob | Copy-AzVhd -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName shown.vhd | Format-Table | Out-String -Width 160
        $text | Should -BeLike '*Copied*Skipped*shown.vhd*PageBlob*61 MiB*'
    }
}
