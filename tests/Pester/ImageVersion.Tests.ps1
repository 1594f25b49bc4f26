BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Publish-AzImageVersion' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
        $upload = Send-AzVhd -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
        $data = Send-AzVhd -Path (Expand-TestDisk 'mbr-fixed.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName data
        $gallery = @{ GalleryName = 'sandboxGallery'; OsType = 'Windows'; HyperVGeneration = 'V2' }
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'makes a version of an upload, and tells its checksum in a tag' {
        $version = $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName uploaded
        $version.Name | Should -Be '1.0.0'
        $version.ImageKind | Should -Be 'Gallery'
        $version.ProvisioningState | Should -Be 'Succeeded'
        $version.Replication.State | Should -Be 'Completed'
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name uploaded).Id | Should -Be $version.Id
    }

    It 'takes data disks beside the OS disk' {
        $version = $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName whole -DataDisk $data
        $version.ImageType | Should -Be 'VmImage'
        $version.DataDiskCount | Should -Be 1
        $other = $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName whole -DataDisk @{ Lun = 5; Id = $data.Id; Caching = 'ReadOnly' }
        $other.Name | Should -Be '1.0.1'
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName whole -DataDisk @{ Id = $data.Id; Size = 4 } } | Should -Throw -ExpectedMessage "*no 'Size'*Lun*"
    }

    It 'takes regions as names, as az has them, and as New-AzGalleryImageVersion has them' {
        $to = 'northeurope', 'eastus=2', @{ Name = 'westeurope'; ReplicaCount = 3; StorageAccountType = 'Standard_ZRS' }
        $version = $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName spread -TargetRegion $to -ReplicaCount 4
        $version.Replication | ForEach-Object { "$($_.Name) $($_.ReplicaCount) $($_.StorageAccountType)" } |
            Should -Be 'westeurope 3 Standard_ZRS', 'northeurope 4 Standard_LRS', 'eastus 2 Standard_LRS'
        ($version.Replication | Out-String) | Should -Match '(?m)^northeurope\s+Completed\s+100\s+4\s+Standard_LRS'
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName spread -TargetRegion @{ Region = 'eastus' } } | Should -Throw -ExpectedMessage "*no 'Region'*Name*"
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName spread -TargetRegion 'eastus=many' } | Should -Throw -ExpectedMessage '*name=copies*'
    }

    It 'goes through page blobs where the definition takes nothing else, and leaves none' {
        $through = @{ GalleryImageDefinitionName = 'through'; SecurityType = 'TrustedLaunchSupported'; OsState = 'Specialized' }
        { $upload | Publish-AzImageVersion @gallery @through } | Should -Throw -ErrorId 'ImageDefinitionMismatch,*' -ExpectedMessage '*page blobs*'
        $version = $upload | Publish-AzImageVersion @gallery @through -TemporaryStorageAccountName sandboximages -TemporaryContainer vhds
        $version.OsState | Should -Be 'Specialized'
        $version.ProvisioningState | Should -Be 'Succeeded'
        Get-AzImageSource -Kind Vhd | Where-Object Name -Like 'for-through*' | Should -BeNullOrEmpty
    }

    It 'takes a row of a table' {
        $row = [pscustomobject]@{ ResourceGroupName = 'sandbox-rg'; DiskName = $upload.Name; GalleryName = 'sandboxGallery'; GalleryImageDefinitionName = 'rows'; OsType = 'Windows'; HyperVGeneration = 'V2'; TargetRegion = 'northeurope;eastus=2'; ImageVersion = '3.2.1' }
        $version = $row | Publish-AzImageVersion
        $version.Name | Should -Be '3.2.1'
        $version.TargetRegions | Should -Be 'westeurope', 'northeurope', 'eastus'
    }

    It 'refuses a key of another region, and asks for those that are missing' {
        $keys = '/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg/providers/Microsoft.Compute/diskEncryptionSets/keys'
        $to = @{ Name = 'northeurope'; Encryption = @{ OSDiskImage = @{ DiskEncryptionSetId = $keys } } }
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName keyed -TargetRegion $to -ErrorAction Stop } | Should -Throw -ErrorId 'EncryptionSetNeededInRegion,*' -ExpectedMessage '*OSDiskImage*'
        $home1 = @{ Name = 'westeurope'; Encryption = @{ OSDiskImage = @{ DiskEncryptionSetId = $keys } } }
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName keyed -TargetRegion $home1 -ErrorAction Stop } | Should -Throw -ErrorId 'EncryptionSetNotFound,*'
    }

    It 'makes nothing with -WhatIf' {
        $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName unmade -WhatIf | Should -BeNullOrEmpty
        { Get-AzImageSource -Kind Gallery -Name unmade -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'
    }

    It 'says what to do where the gallery is not there' {
        { $upload | Publish-AzImageVersion nowhere golden -OsType Windows -HyperVGeneration V2 -ErrorAction Stop } | Should -Throw -ErrorId 'GalleryNotFound,*' -ExpectedMessage '*New-AzGallery*'
    }

    It 'says what to pipe when something else is piped' {
        { 42 | Publish-AzImageVersion sandboxGallery golden -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
        { [pscustomobject]@{ Id = '42' } | Publish-AzImageVersion sandboxGallery golden -ErrorAction Stop } | Should -Throw -ErrorId 'InputNotASource,*'
    }

    It 'publishes a version again elsewhere' {
        $again = Get-AzImageSource -Kind Gallery -Name ubuntu | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName ubuntu-copy
        $again.OsType | Should -Be 'Linux'
        $again.SourceId | Should -BeLike '*/ubuntu/versions/1.0.0'
    }

    It 'tells of a readiness report that is not there' {
        { $upload | Publish-AzImageVersion @gallery -GalleryImageDefinitionName reported -ReadinessReportPath (Join-Path $TestDrive none.json) -ErrorAction Stop } | Should -Throw -ErrorId 'ReadinessReportUnreadable,*'
    }
}

Describe 'Wait-AzImageVersion' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
        $upload = Send-AzVhd -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'joins a version that was not waited for, and takes away what was made on the way' {
        $left = $upload | Publish-AzImageVersion sandboxGallery golden -OsType Windows -HyperVGeneration V2 -SecurityType TrustedLaunchSupported -NoWait
        $left.ProvisioningState | Should -Be 'Creating'
        Get-AzImageSource -Kind ManagedImage -Name for-golden-* | Should -HaveCount 1
        $joined = $left | Wait-AzImageVersion
        $joined.ProvisioningState | Should -Be 'Succeeded'
        $joined.Id | Should -Be $left.Id
        Get-AzImageSource -Kind ManagedImage -Name for-golden-* | Should -BeNullOrEmpty
    }

    It 'takes names, an id and an object, and waits for none that is there already' {
        (Wait-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0).ProvisioningState | Should -Be 'Succeeded'
        $source = Get-AzImageSource -Kind Gallery -Name ubuntu
        (Wait-AzImageVersion -ResourceId $source.Id).Name | Should -Be '1.0.0'
        ($source | Wait-AzImageVersion).Name | Should -Be '1.0.0'
    }

    It 'tells of one that is not there' {
        { Wait-AzImageVersion sandbox-rg sandboxGallery ubuntu 9.9.9 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageVersionNotFound,*'
        { Wait-AzImageVersion -ResourceId /nothing -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceIdInvalid,*'
    }

    It 'waits in a job' {
        $job = Wait-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 -AsJob
        ($job | Wait-Job | Receive-Job).Name | Should -Be '1.0.0'
    }
}

Describe 'New-AzVhdImage -DataDisk' {
    It 'makes an image of a whole machine from uploads' {
        $null = Connect-AzImageService -Sandbox
        $upload = Send-AzVhd -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
        $data = Send-AzVhd -Path (Expand-TestDisk 'mbr-fixed.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName data
        $image = $upload | New-AzVhdImage -ImageName whole -OsType Windows -HyperVGeneration V2 -DataDisk $data
        $image.ImageType | Should -Be 'VmImage'
        $image.DataDiskCount | Should -Be 1
        { $upload | New-AzVhdImage -ImageName whole2 -DataDisk $upload -ErrorAction Stop } | Should -Throw -ErrorId 'DataDiskGivenTwice,*'
        Disconnect-AzImageService
    }
}

Describe 'New-AzCapturedImage -TargetRegion' {
    It 'takes copies, storage and keys of regions' {
        $null = Connect-AzImageService -Sandbox
        $into = @{ ResourceGroupName = 'sandbox-rg'; VMName = 'linux-vm'; GalleryName = 'sandboxGallery'; GalleryImageDefinitionName = 'spread'; Force = $true }
        $image = New-AzCapturedImage @into -TargetRegion 'northeurope=2', @{ Name = 'eastus'; StorageAccountType = 'Premium_LRS' } -ReplicaCount 3 -StorageAccountType Standard_ZRS
        $image.Replication | ForEach-Object { "$($_.Name) $($_.ReplicaCount) $($_.StorageAccountType)" } |
            Should -Be 'westeurope 3 Standard_ZRS', 'northeurope 2 Standard_ZRS', 'eastus 3 Premium_LRS'
        { New-AzCapturedImage @into -TargetRegion northeurope -ReplicaCount 0 -ErrorAction Stop } | Should -Throw -ErrorId 'ReplicaCountInvalid,*'
        Disconnect-AzImageService
    }
}

Describe 'nightly-image.ps1' {
    BeforeAll {
        $nightly = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../../docs/examples/nightly-image.ps1))
        $disk = Expand-TestDisk 'generalized.vhdx' $TestDrive
    }

    It 'publishes once a version, run as often as may be' {
        $folder = Join-Path $TestDrive twice
        & $nightly -Path $disk -SandboxPath $folder -Version 2026.11.28 | Should -BeLike 'Version 2026.11.28 is published: */images/nightly/versions/2026.11.28 (westeurope 100%, northeurope 100%)'
        & $nightly -Path $disk -SandboxPath $folder -Version 2026.11.28 | Should -BeLike 'Version 2026.11.28 is there already: *'
        & $nightly -Path $disk -SandboxPath $folder -Version 2026.11.29 | Should -BeLike 'Version 2026.11.29 is published: *'
    }

    It 'goes on where an earlier run was killed after the upload' {
        $folder = Join-Path $TestDrive killed
        $null = Connect-AzImageService -Sandbox -SandboxPath $folder
        $null = Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName nightly-1.2.3
        Disconnect-AzImageService
        & $nightly -Path $disk -SandboxPath $folder -Version 1.2.3 | Should -BeLike 'Version 1.2.3 is published: *'
    }

    It 'fails for a disk that is not generalized, and with 1 as a process' {
        $notReady = Expand-TestDisk 'notready.vhdx' $TestDrive
        { & $nightly -Path $notReady } | Should -Throw -ExpectedMessage '*is not generalized*'
        $null = Invoke-FreshPowerShell "Import-Module '$manifestPath'; & '$nightly' -Path '$notReady'"
        $LASTEXITCODE | Should -Be 1
        $null = Invoke-FreshPowerShell "Import-Module '$manifestPath'; & '$nightly' -Path '$disk'"
        $LASTEXITCODE | Should -Be 0
    }
}
