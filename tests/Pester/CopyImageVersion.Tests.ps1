BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $into = @{ DestinationGalleryName = 'sandboxGallery'; DestinationGalleryImageDefinitionName = 'copied'; Sku = 'copied' }
    $source = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu
    foreach ($version in '1.0.1', '1.0.2') {
        $null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName many -Sku many -ImageVersion $version -Tag @{ build = $version }
    }
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Copy-AzImageVersion' {
    It 'shows what it would do with -WhatIf, and does nothing' {
        $plan = Copy-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 @into -WhatIf 6>&1
        $plan | Should -BeNullOrEmpty
        Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name copied -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'copies a version by its names, and finds it made the next time' {
        $copy = Copy-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 @into
        $copy.Name, $copy.GalleryImageDefinitionName, $copy.ProvisioningState, $copy.SourceId | Should -Be '1.0.0', 'copied', 'Succeeded', $source.Id
        (Copy-AzImageVersion -ResourceId $source.Id @into).Id | Should -Be $copy.Id
    }

    It 'copies a list at once' {
        $copies = @(Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name many -AllVersions | Copy-AzImageVersion -DestinationGalleryName sandboxGallery -DestinationGalleryImageDefinitionName all -Sku all)
        $copies.Name | Sort-Object | Should -Be '1.0.1', '1.0.2'
        $copies.ProvisioningState | Select-Object -Unique | Should -Be 'Succeeded'
    }

    It 'copies a list in the background, and the others where one fails' {
        $missing = $source.Id -replace '1\.0\.0$', '9.9.9'
        $rows = $source.Id, $missing, (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name many).Id | ForEach-Object { [pscustomobject]@{ ResourceId = $_ } }
        $job = $rows | Copy-AzImageVersion -DestinationGalleryName sandboxGallery -DestinationGalleryImageDefinitionName jobs -Sku jobs -AsJob
        @($job) | Should -HaveCount 1
        $made = $job | Wait-Job | Receive-Job -ErrorVariable problem -ErrorAction SilentlyContinue
        $made.Name | Sort-Object | Should -Be '1.0.0', '1.0.2'
        $problem.FullyQualifiedErrorId | Should -BeLike 'ImageVersionNotFound*'
        $job.State | Should -Be 'Failed'
        $job | Remove-Job
    }

    It 'goes by the rows of a table, for source and destination' {
        $row = [pscustomobject]@{
            ResourceGroupName = 'sandbox-rg'; GalleryName = 'sandboxGallery'; GalleryImageDefinitionName = 'many'; ImageVersion = '1.0.1'
            DestinationGalleryName = 'sandboxGallery'; DestinationGalleryImageDefinitionName = 'rows'; DestinationImageVersion = '3.0.0'; Sku = 'rows'; EndOfLifeDate = '2040-01-02'
        }
        ($row | Copy-AzImageVersion).Name | Should -Be '3.0.0'
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name rows).EndOfLife.UtcDateTime.Year | Should -Be 2040
    }

    It 'says what is wrong: <Id>' -ForEach @(
        @{ Id = 'CopyOntoItself'; Parameters = @{ DestinationGalleryName = 'sandboxGallery' } }
        @{ Id = 'GalleryNotFound'; Parameters = @{ DestinationGalleryName = 'nosuch' } }
        @{ Id = 'ImageIdentifierInUse'; Parameters = @{ DestinationGalleryName = 'sandboxGallery'; DestinationGalleryImageDefinitionName = 'twin' } }
        @{ Id = 'SubscriptionNotFound'; Parameters = @{ DestinationGalleryName = 'sandboxGallery'; DestinationSubscriptionId = 'nosuch' } }
    ) {
        { $source | Copy-AzImageVersion @Parameters -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }
}
