BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $source = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu
    foreach ($version in '1.0.8', '1.0.9', '1.0.10') {
        $null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName retired -ImageVersion $version
    }
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Set-AzImageVersion' {
    It 'keeps a version from being the latest, and back' {
        (Set-AzImageVersion sandbox-rg sandboxGallery retired 1.0.10 -ExcludeFromLatest $true).Name | Should -Be '1.0.10'
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired).Name | Should -Be '1.0.9'
        $null = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -Version 1.0.10 | Set-AzImageVersion -ExcludeFromLatest $false
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired).Name | Should -Be '1.0.10'
    }

    It 'sets an end of life, and changes nothing with -WhatIf' {
        $end = [DateTimeOffset]'2040-01-02'
        Set-AzImageVersion sandbox-rg sandboxGallery retired 1.0.8 -EndOfLifeDate $end -WhatIf | Should -BeNullOrEmpty
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -Version 1.0.8).EndOfLife | Should -BeNullOrEmpty
        $null = Set-AzImageVersion sandbox-rg sandboxGallery retired 1.0.8 -EndOfLifeDate $end -BlockDeletion $true
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -Version 1.0.8).EndOfLife.UtcDateTime.Date | Should -Be $end.UtcDateTime.Date
    }

    It 'says what is wrong: <Id>' -ForEach @(
        @{ Id = 'NothingToChange'; Parameters = @{} }
        @{ Id = 'RegionNotTarget'; Parameters = @{ ExcludeFromLatestIn = 'eastus' } }
        @{ Id = 'EndOfLifeInvalid'; Parameters = @{ EndOfLifeDate = '2020-01-01' } }
    ) {
        { Set-AzImageVersion sandbox-rg sandboxGallery retired 1.0.9 @Parameters -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }
}

Describe 'Remove-AzStaleImageVersion' {
    It 'tells of each version what becomes of it and why, and removes nothing with -WhatIf' {
        $told = @(Remove-AzStaleImageVersion sandbox-rg sandboxGallery retired -KeepNewest 1 -WhatIf -WarningAction SilentlyContinue)
        $told.Name | Should -Be '1.0.10', '1.0.8'
        ($told | Where-Object Name -EQ '1.0.8').Reason | Should -BeLike '*blocked*2040-01-02*'
        ($told | Out-String -Width 120) | Should -Match 'retired +1\.0\.10 +Keep +It is the newest\.'
        @(Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -AllVersions) | Should -HaveCount 3
    }

    It 'removes what is stale' {
        $done = @(Remove-AzStaleImageVersion sandbox-rg sandboxGallery retired -KeepNewest 1 -WarningVariable warned -WarningAction SilentlyContinue)
        ($done | Where-Object Action -EQ 'Delete').Name | Should -Be '1.0.9'
        "$warned" | Should -BeLike '*not seen*'
        (Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -AllVersions).Name | Should -Be '1.0.10', '1.0.8'
    }

    It 'wants to be told which versions are stale' {
        { Remove-AzStaleImageVersion sandbox-rg sandboxGallery -ErrorAction Stop } | Should -Throw -ErrorId 'StaleUndefined,*'
        { Remove-AzStaleImageVersion sandbox-rg sandboxGallery nosuch -KeepNewest 1 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageDefinitionNotFound,*'
    }
}

Describe 'Restore-AzImageVersion' {
    It 'says which versions can be restored' {
        { Restore-AzImageVersion sandbox-rg sandboxGallery retired 1.0.9 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageVersionNotDeleted,*'
        (Restore-AzImageVersion sandbox-rg sandboxGallery retired 1.0.10 -WarningAction SilentlyContinue).Name | Should -Be '1.0.10'
    }
}

Describe 'Get-AzImageConsumer' {
    It 'finds what was made of an image' {
        $version = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name retired -Version 1.0.8
        $key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl0r0y1jP0aQm8Bz3c5eO6F8uYh1vN3b7s9mQd2wKxR admin@example'
        $vm = $version | New-AzImageVM consumer sandbox-rg -UserName admin1 -SshPublicKey $key
        $found = $version | Get-AzImageConsumer
        $found.Id | Should -Be $vm.Id
        $found.Kind, $found.ImageVersion, $found.LatestVersion, $found.IsOutdated | Should -Be 'VirtualMachine', '1.0.8', '1.0.10', $true
        (Get-AzImageConsumer -Outdated).Name | Should -Contain 'consumer'
        (Get-AzImageConsumer).Kind | Should -Contain 'ImageVersion'
    }

    It 'tells which version came from an image that has a newer one, within 120 columns' {
        $source = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu
        $null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName based -Sku based -BaseImage Canonical:ubuntu-24_04-lts:server:0.0.1
        $found = @(Get-AzImageConsumer -Outdated | Where-Object IsBaseOutdated)
        $found.Kind | Should -Be 'ImageVersion', 'ImageDefinition'
        $found[1].Name, $found[1].BaseImage | Should -Be 'based', 'Canonical:ubuntu-24_04-lts:server:0.0.1'
        $found[1].LatestBaseVersion | Should -Match '^[0-9.]+$'
        $lines = ($found | Out-String -Width 120) -split '\r?\n' | Where-Object { $_.Trim() }
        $lines[0] | Should -Match 'Kind +Name +ResourceGroupName +Version +Latest +Outdated +BaseOutdated'
        ($lines | ForEach-Object Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 120
    }
}
