BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Get-AzImageSource' {
    It 'finds the Marketplace''s Windows Server' {
        $servers = @(Get-AzImageSource -Publisher MicrosoftWindowsServer -Offer WindowsServer)
        $servers.Count | Should -BeGreaterThan 0
        foreach ($server in $servers) {
            $server.Kind | Should -Be 'Marketplace'
            $server.Urn | Should -BeLike 'MicrosoftWindowsServer:WindowsServer:*:*'
            $server.OsType | Should -Be 'Windows'
            # What Set-AzVMSourceImage binds.
            "$($server.PublisherName) $($server.Offer) $($server.Skus) $($server.Version)" | Should -Not -BeNullOrEmpty
        }
    }

    It 'tells which images take a Visual Studio subscription' {
        $clients = @(Get-AzImageSource -Publisher MicrosoftWindowsDesktop)
        $clients.Count | Should -BeGreaterThan 0
        $clients[0].BenefitRequired | Should -BeLike '*Visual Studio*'
    }

    It 'filters by wildcard and operating system' {
        $linux = @(Get-AzImageSource -Kind Marketplace -OsType Linux -Publisher Canon*)
        $linux.Count | Should -BeGreaterThan 0
        @($linux | Where-Object { $_.Publisher -ne 'Canonical' -or $_.OsType -ne 'Linux' }) | Should -BeNullOrEmpty
    }

    It 'says nothing of a wildcard that matches nothing' {
        Get-AzImageSource -Kind ManagedImage -Name 'nosuch*' -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'takes the name that it prints, of every kind' {
        foreach ($source in Get-AzImageSource -Publisher Canonical) {
            @(Get-AzImageSource $source.Name).Urn | Should -Contain $source.Urn
        }

        Get-AzImageSource 2022* | Should -HaveCount 3
        Get-AzImageSource 2022* -Kind Marketplace | Should -HaveCount 3
    }

    It 'says which exact name does not exist, and lists the others: <Id>' -ForEach @(
        @{ Id = 'PublisherNotFound'; Target = 'Nope'; Count = 4; Parameters = @{ Publisher = 'Canonical', 'Nope' } }
        @{ Id = 'OfferNotFound'; Target = 'Nope'; Count = 0; Parameters = @{ Publisher = 'Canonical'; Offer = 'Nope' } }
        @{ Id = 'SkuNotFound'; Target = 'nope'; Count = 0; Parameters = @{ Publisher = 'Canonical'; Sku = 'nope' } }
        @{ Id = 'GalleryNotFound'; Target = 'nope'; Count = 0; Parameters = @{ GalleryName = 'nope' } }
        @{ Id = 'ImageSourceNotFound'; Target = 'nope'; Count = 0; Parameters = @{ Name = 'nope' } }
    ) {
        $found = Get-AzImageSource @Parameters -ErrorAction SilentlyContinue -ErrorVariable failures
        @($found) | Should -HaveCount $Count
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failures[0].TargetObject | Should -Be $Target
    }
}

Describe 'What Get-AzImageSource looks for' {
    It 'finds images of kind <Kind>' -ForEach @(
        @{ Kind = 'Marketplace'; Parameters = @{ Name = 'win11-24h2-pro' } }
        @{ Kind = 'CommunityGallery'; Parameters = @{} }
        @{ Kind = 'SharedGallery'; Parameters = @{} }
        @{ Kind = 'Gallery'; Parameters = @{} }
    ) {
        $found = @(Get-AzImageSource -Kind $Kind @Parameters)
        $found | Should -Not -BeNullOrEmpty
        $found.Kind | Sort-Object -Unique | Should -Be $Kind
        $found | ForEach-Object { $_.Locations | Should -Not -BeNullOrEmpty }
    }

    It 'filters by <Filter>' -ForEach @(
        @{ Filter = '-OperatingSystem'; Parameters = @{ OperatingSystem = 'Linux' }; Holds = { $_.OsType -eq 'Linux' } }
        @{ Filter = '-Architecture'; Parameters = @{ Architecture = 'Arm64' }; Holds = { $_.Architecture -eq 'Arm64' } }
        @{ Filter = '-Generation'; Parameters = @{ Generation = 'V1' }; Holds = { $_.HyperVGeneration -eq 'V1' } }
        @{ Filter = '-SecurityType'; Parameters = @{ SecurityType = 'TrustedLaunch' }; Holds = { $_.SecurityType -like 'TrustedLaunch*' } }
        @{ Filter = '-DiskControllerType'; Parameters = @{ DiskControllerType = 'NVMe' }; Holds = { $_.DiskControllerTypes -contains 'NVMe' } }
        @{ Filter = '-FitsSize'; Parameters = @{ FitsSize = 'Standard_D2ps_v5' }; Holds = { $_.Architecture -eq 'Arm64' } }
        @{ Filter = '-Publisher'; Parameters = @{ Publisher = 'canon*' }; Holds = { $_.Publisher -eq 'Canonical' } }
        @{ Filter = '-Offer'; Parameters = @{ Offer = 'windows-1?' }; Holds = { $_.Offer -like 'windows-1?' } }
        @{ Filter = '-Sku'; Parameters = @{ Sku = '*-g2' }; Holds = { $_.Sku -like '*-g2' } }
        @{ Filter = '-Version'; Parameters = @{ Publisher = 'Canonical'; Version = '24.*' }; Holds = { $_.Version -like '24.*' } }
        @{ Filter = '-Application'; Parameters = @{ Application = 'ubuntu server' }; Holds = { $_.Urn -like '*ubuntu*' } }
        @{ Filter = '-Search'; Parameters = @{ Search = 'ubuntu 24.04' }; Holds = { $_.Offer -eq 'ubuntu-24_04-lts' } }
        @{ Filter = '-Location'; Parameters = @{ Location = 'northeurope'; Publisher = 'Canonical' }; Holds = { $_.Location -eq 'northeurope' } }
    ) {
        $found = @(Get-AzImageSource -Kind Marketplace @Parameters)
        $found | Should -Not -BeNullOrEmpty
        $found | Where-Object { -not (& $Holds) } | Should -BeNullOrEmpty
    }

    It 'takes a URN, with latest too, and an id' {
        $latest = Get-AzImageSource -Urn Canonical:ubuntu-24_04-lts:server:latest
        $latest.Version | Should -Be '24.04.202502210'
        (Get-AzImageSource -Urn $latest.Urn).Urn | Should -Be $latest.Urn
        $version = @(Get-AzImageSource -Kind Gallery)[0]
        (Get-AzImageSource -ResourceId $version.Id).Id | Should -Be $version.Id
        { Get-AzImageSource -Urn Canonical:ubuntu -ErrorAction Stop } | Should -Throw -ErrorId 'UrnInvalid,*'
        { Get-AzImageSource -ResourceId nothing -ErrorAction Stop } | Should -Throw -ErrorId 'ImageIdInvalid,*'
    }

    It 'takes latest for a version, and all of them' {
        @(Get-AzImageSource -Publisher Canonical -Sku server -Version latest) | Should -HaveCount 1
        @(Get-AzImageSource -Publisher Canonical -Sku server -Latest) | Should -HaveCount 1
        @(Get-AzImageSource -Publisher Canonical -Sku server -AllVersions) | Should -HaveCount 2
        { Get-AzImageSource -Latest -AllVersions -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersContradict,*'
    }

    It 'lists what is deprecated only when asked to, with a warning that tells since when' {
        Get-AzImageSource -Offer windows-10 -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $old = Get-AzImageSource -Offer windows-10 -IncludeDeprecated -WarningVariable warned -WarningAction SilentlyContinue
        $old.DeprecationState | Should -Be 'Deprecated'
        "$warned" | Should -BeLike '*2025-10-14*'
    }

    It 'finds VHDs in storage accounts' {
        $disk = Expand-TestDisk 'linux.vhd' $TestDrive
        $null = Send-AzVhd $disk -StorageAccountName sandboximages -Container vhds -BlobName found.vhd -Readiness None
        $vhd = Get-AzImageSource found* -Kind Vhd -ErrorAction Stop
        $vhd.Kind | Should -Be 'Vhd'
        $vhd.Uri | Should -Be 'https://sandboximages.blob.core.windows.net/vhds/found.vhd'
        $vhd.OsDiskSizeGB | Should -Be 1
        Get-AzImageSource other* -Kind Vhd | Should -BeNullOrEmpty
        { Get-AzImageSource -StorageAccountName nosuchaccount -ErrorAction Stop } | Should -Throw -ErrorId 'StorageAccountNotFound,*'
    }

    It 'fits into 120 columns' {
        $lines = Get-AzImageSource -Search ubuntu | Out-String -Width 120 -Stream
        ($lines | ForEach-Object { $_.TrimEnd().Length } | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 120
        ($lines -join "`n") | Should -BeLike '*ubuntu-24_04-lts*24.04.202502210*'
        ($lines -join "`n") | Should -Not -BeLike '*...*'
    }

    It 'leads to a machine' {
        $admin = [pscredential]::new('azureuser', (ConvertTo-SecureString 'Passw0rd!Passw0rd' -AsPlainText -Force))
        $vm = Get-AzImageSource -Search sql -OperatingSystem Windows | Select-Object -First 1 | New-AzImageVM searched sandbox-rg -Credential $admin
        $vm.SourceId | Should -BeLike 'MicrosoftSQLServer:sql2022-ws2022:*'
        $vm.Name | Should -Be 'searched'
    }
}
