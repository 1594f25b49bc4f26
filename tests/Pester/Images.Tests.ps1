BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'New-AzVhdImage' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
        $upload = Send-AzVhd -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'makes an image of an upload' {
        $image = $upload | New-AzVhdImage -ImageName golden
        $image.ImageKind | Should -Be 'ManagedImage'
        $image.ImageType | Should -Be 'OsImage'
        $image.OsType | Should -Be 'Windows'
        $image.HyperVGeneration | Should -Be 'V2'
        $image.ProvisioningState | Should -Be 'Succeeded'
        (Get-AzImageSource -Kind ManagedImage -Name golden).Id | Should -Be $image.Id
    }

    It 'refuses a name that is taken' {
        $null = $upload | New-AzVhdImage -ImageName twice
        { $upload | New-AzVhdImage -ImageName twice -ErrorAction Stop } | Should -Throw -ErrorId 'ImageAlreadyExists,*'
    }

    It 'makes an image of a page blob' {
        $blob = Send-AzVhd -Path (Expand-TestDisk 'mbr-fixed.vhd' $TestDrive) -StorageAccountName sandboximages -Container vhds
        $image = $blob | New-AzVhdImage -ImageName from-blob -ResourceGroupName sandbox-rg -OsType Windows -HyperVGeneration V1
        $image.HyperVGeneration | Should -Be 'V1'
    }

    It 'makes nothing with -WhatIf' {
        $upload | New-AzVhdImage -ImageName unmade -WhatIf | Should -BeNullOrEmpty
        { Get-AzImageSource -Kind ManagedImage -Name unmade -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'
    }

    It 'says what to pipe when something else is piped' {
        { 42 | New-AzVhdImage -ImageName x -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
        { [pscustomobject]@{ Id = '42' } | New-AzVhdImage -ImageName x -ErrorAction Stop } | Should -Throw -ErrorId 'InputNotADisk,*'
    }

    It 'names what is wrong with a resource id that is none of a disk' {
        { New-AzVhdImage -ImageName x -ResourceId nonsense -ErrorAction Stop } | Should -Throw -ExpectedMessage "'nonsense' is not the resource id of a managed disk.*"
    }

    It 'asks for the resource group that a piped page blob does not tell' {
        $blob = [pscustomobject]@{ Uri = 'https://sandboximages.blob.core.windows.net/vhds/a.vhd'; ResourceGroupName = $null }
        { $blob | New-AzVhdImage -ImageName x -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceGroupNameRequired,*' -ExpectedMessage '*Give -ResourceGroupName.'
    }
}

Describe 'New-AzCapturedImage' {
    BeforeEach {
        $null = Connect-AzImageService -Sandbox
    }

    AfterEach {
        Disconnect-AzImageService
    }

    It 'captures a machine with its data disk, after a snapshot' {
        $image = New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName win-vm -ImageName captured -AllowRunning -Force
        $image.ImageType | Should -Be 'VmImage'
        $image.DataDiskCount | Should -Be 1
        $image.SnapshotIds | Should -HaveCount 1
        (Get-AzImageSource -Kind ManagedImage -Name captured).DataDiskCount | Should -Be 1
    }

    It 'captures the OS disk alone with -ImageType OsImage' {
        $image = New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName linux-vm -ImageName os-only -ImageType OsImage -NoBackup -Confirm:$false
        $image.ImageType | Should -Be 'OsImage'
        $image.DataDiskCount | Should -Be 0
        $image.SnapshotIds | Should -BeNullOrEmpty
    }

    It 'refuses a running Windows machine without -AllowRunning' {
        { New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName win-vm -ImageName refused -Force -ErrorAction Stop } | Should -Throw -ErrorId 'VMNotStopped,*' -ExpectedMessage '*-AllowRunning*'
    }

    It 'captures into a gallery' {
        $image = New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName linux-vm -GalleryImageDefinitionName from-gallery -GalleryName sandboxGallery -Confirm:$false
        $image.ImageKind | Should -Be 'Gallery'
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name from-gallery).Id | Should -Be $image.Id
    }

    It 'sends Trusted Launch machines to a gallery' {
        { New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName tl-vm -ImageName refused -AllowRunning -Confirm:$false -ErrorAction Stop } | Should -Throw -ExpectedMessage '*-GalleryName*'
    }

    It 'goes through a managed image where the definition takes no machine' {
        $image = New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName win-vm -GalleryName sandboxGallery -GalleryImageDefinitionName golden -SecurityType TrustedLaunchSupported -AllowRunning -Force
        $image.ProvisioningState | Should -Be 'Succeeded'
        (Get-AzImageSource -Kind Gallery -Name golden).SecurityType | Should -Be 'TrustedLaunchSupported'
        Get-AzImageSource -Kind ManagedImage -Name for-* | Should -BeNullOrEmpty
    }

    It 'refuses before the machine is lost what its definition would refuse' {
        $wrong = @{ ResourceGroupName = 'sandbox-rg'; VMName = 'tl-vm'; GalleryName = 'sandboxGallery'; AllowRunning = $true; Force = $true; ErrorAction = 'Stop' }
        { New-AzCapturedImage @wrong -GalleryImageDefinitionName windows-server } | Should -Throw -ErrorId 'ImageDefinitionMismatch,*' -ExpectedMessage '*security type*-GalleryImageDefinitionName*'
        { New-AzCapturedImage @wrong -GalleryImageDefinitionName new -Sku ('x' * 65) } | Should -Throw -ErrorId 'ImageIdentifierInvalid,*' -ExpectedMessage '*at most 64*'
        (New-AzCapturedImage @wrong -GalleryImageDefinitionName new).SnapshotIds | Should -HaveCount 1
    }

    It 'warns of what a definition lacks, and adds it with -UpdateDefinition' {
        $into = @{ ResourceGroupName = 'sandbox-rg'; VMName = 'win-vm'; GalleryName = 'sandboxGallery'; GalleryImageDefinitionName = 'windows-server'; DiskControllerType = 'SCSI', 'NVMe'; AllowRunning = $true; Force = $true }
        $null = New-AzCapturedImage @into -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue 6>$null
        "$warnings" | Should -BeLike '*DiskControllerTypes=SCSI, NVMe*-UpdateDefinition*'
        $null = New-AzCapturedImage @into -UpdateDefinition -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Not -BeLike '*-UpdateDefinition*'
        $null = New-AzCapturedImage @into -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue 6>$null
        "$warnings" | Should -Not -BeLike '*-UpdateDefinition*'
    }

    It 'changes nothing with -WhatIf' {
        New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName linux-vm -ImageName unmade -WhatIf | Should -BeNullOrEmpty
        { Get-AzImageSource -Kind ManagedImage -Name unmade -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'
    }
}
