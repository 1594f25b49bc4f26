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
        foreach ($source in Get-AzImageSource) {
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
