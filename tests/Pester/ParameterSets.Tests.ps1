BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $subscription = (Get-AzImageContext).SubscriptionId
    $upload = Send-AzVhd (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Parameter sets' {
    It 'are by name, unless told otherwise: nobody is asked for an object' -ForEach @(
        @{ Command = 'New-AzVhdImage'; Missing = 'ResourceGroupName*DiskName*' }
        @{ Command = 'New-AzCapturedImage'; Missing = 'ResourceGroupName*VMName*' }
        @{ Command = 'Stop-AzVhdUpload'; Missing = 'ResourceGroupName*DiskName*' }
    ) {
        { & $Command } | Should -Throw -ErrorId 'MissingMandatoryParameter,*' -ExpectedMessage "*$Missing"
        (Get-Command $Command).DefaultParameterSet | Should -Be 'Name'
    }

    It 'of Stop-AzVhdUpload with an access of its own say what to pipe' {
        { Stop-AzVhdUpload -SasUri 'https://a.blob.core.windows.net/c/b.vhd?sig=c2VjcmV0' -ErrorAction Stop } | Should -Throw -ErrorId 'UploadMissing,*' -ExpectedMessage '*Get-AzVhdUpload*'
    }

    It 'of New-AzVhdImage make the same image by names, by resource id and of what is piped' {
        (New-AzVhdImage by-name -ResourceGroupName sandbox-rg -DiskName generalized).SourceId | Should -Be $upload.Id
        (New-AzVhdImage by-id -ResourceId $upload.Id).SourceId | Should -Be $upload.Id
        ([pscustomobject] @{ ResourceId = $upload.Id; ImageName = 'by-row' } | New-AzVhdImage).SourceId | Should -Be $upload.Id
        (New-AzVhdImage by-object -InputObject $upload).SourceId | Should -Be $upload.Id
        ($upload | New-AzVhdImage by-pipe).SourceId | Should -Be $upload.Id
    }

    It 'of New-AzVhdImage for a blob ask for what a blob does not tell' {
        { New-AzVhdImage x -BlobUri https://sandboximages.blob.core.windows.net/vhds/a.vhd -ResourceGroupName sandbox-rg } | Should -Throw -ErrorId 'MissingMandatoryParameter,*' -ExpectedMessage '*OsType*'
    }

    It 'of New-AzCapturedImage keep managed images and gallery versions apart' {
        { New-AzCapturedImage sandbox-rg linux-vm img -TargetRegion northeurope -ImageVersion 2.0.0 -Publisher p -WhatIf } | Should -Throw -ErrorId 'MissingMandatoryParameter,*' -ExpectedMessage '*GalleryName*'
        { New-AzCapturedImage sandbox-rg linux-vm -ImageName img -GalleryName sandboxGallery -GalleryImageDefinitionName d -WhatIf } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { New-AzCapturedImage sandbox-rg linux-vm -ImageName img -OsState Specialized -WhatIf } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { New-AzCapturedImage sandbox-rg linux-vm } | Should -Throw -ErrorId 'MissingMandatoryParameter,*' -ExpectedMessage '*ImageName*'
        { New-AzCapturedImage sandbox-rg linux-vm -GalleryName sandboxGallery } | Should -Throw -ErrorId 'MissingMandatoryParameter,*' -ExpectedMessage '*GalleryImageDefinitionName*'
    }

    It 'of New-AzCapturedImage know the names of Az' {
        $version = New-AzCapturedImage sandbox-rg linux-vm definition -GalleryName sandboxGallery -GalleryImageVersionName 2.0.0 -PublisherName p -Offer o -Skus s -Force
        $version.GalleryImageDefinitionName | Should -Be 'definition'
        $version.Name | Should -Be '2.0.0'
        (Get-AzImageSource -Kind Gallery -GalleryImageDefinitionName definition).Id | Should -Be $version.Id
        (Get-AzImageSource -PublisherName Canonical -Kind Marketplace).Publisher | Should -Contain 'Canonical'
        (Get-Command New-AzCapturedImage).Parameters.ResourceId.Aliases | Should -Not -Contain 'VMId'
    }

    It 'leave out what has no meaning in them' {
        { Test-DeprovisionReadiness -ParentPath . } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Test-DeprovisionReadiness -AsIs -EvidencePath x } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Send-AzVhd x -StorageContext 1 -Container c -SubscriptionId s } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        (Get-Command Send-AzVhd).Parameters.ParentPath.ParameterSets.Count | Should -Be 8
        (Get-Command Copy-AzVhdItem).Parameters.ParentPath.ParameterSets.Keys | Should -Not -Contain 'InputObject'
    }

    It 'of New-AzCapturedImage refuse what contradicts a definition that is there' {
        $null = New-AzCapturedImage sandbox-rg linux-vm known -GalleryName sandboxGallery -Publisher p -Force
        { New-AzCapturedImage sandbox-rg linux-vm known -GalleryName sandboxGallery -Publisher q -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ImageDefinitionMismatch,*' -ExpectedMessage "*'p'*'q'*"
        (New-AzCapturedImage sandbox-rg linux-vm known -GalleryName sandboxGallery -Publisher P -Force).Name | Should -Be '1.0.1'
    }

    It 'of New-AzCapturedImage refuse what is no version with an example of one' {
        { New-AzCapturedImage sandbox-rg linux-vm definition -GalleryName sandboxGallery -ImageVersion two -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ImageVersionInvalid,*' -ExpectedMessage '*1.0.0*'
    }

    It 'of New-AzCapturedImage take a machine by its id, and as Get-AzVM emits it' {
        $id = "/subscriptions/$subscription/resourceGroups/sandbox-rg/providers/Microsoft.Compute/virtualMachines/win-vm"
        New-AzCapturedImage -ResourceId $id -ImageName x -AllowRunning -WhatIf | Should -BeNullOrEmpty
        [pscustomobject] @{ Id = $id; VmId = [guid]::NewGuid(); Name = 'win-vm'; ResourceGroupName = 'sandbox-rg'; Location = 'westeurope'; Tags = @{ a = 'b' } } |
            New-AzCapturedImage -ImageName x -AllowRunning -WhatIf | Should -BeNullOrEmpty
        { [pscustomobject] @{ Id = $id } | New-AzCapturedImage -ImageName x -Force -ErrorAction Stop } | Should -Throw -ErrorId 'VMNotStopped,*'
    }

    It 'take the subscription of each call, by id and by name' {
        Get-AzVhdUpload $TestDrive -SubscriptionId $subscription | Should -BeNullOrEmpty
        (Get-AzImageSource -Kind Gallery -SubscriptionId 'Sandbox (Visual Studio subscription)').SubscriptionId | Should -Contain $subscription
        foreach ($command in
            { Get-AzVhdUpload -SubscriptionId none -ErrorAction Stop },
            { Get-AzImageSource -SubscriptionId none -ErrorAction Stop },
            { Send-AzVhd $upload.SourcePath -ResourceGroupName sandbox-rg -DiskName elsewhere -SubscriptionId none -ErrorAction Stop },
            { [pscustomobject] @{ ResourceId = $upload.Id; ImageName = 'i'; SubscriptionId = 'none' } | New-AzVhdImage -ErrorAction Stop },
            { Stop-AzVhdUpload d -ResourceGroupName sandbox-rg -SubscriptionId none -ErrorAction Stop },
            { New-AzCapturedImage sandbox-rg linux-vm i -SubscriptionId none -Force -ErrorAction Stop }) {
            $command | Should -Throw -ErrorId 'SubscriptionNotFound,*'
        }
    }
}
