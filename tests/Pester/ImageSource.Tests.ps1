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
}
