BeforeAll {
    . $PSScriptRoot/common.ps1
    $admin = [pscredential]::new('admin1', (ConvertTo-SecureString 'C0rrect-Horse-Battery' -AsPlainText -Force))
    $key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx me@here'
    $windows = 'MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:latest'
    $ubuntu = 'Canonical:ubuntu-24_04-lts:server:latest'
}

Describe 'New-AzImageVM' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'makes a machine of a Marketplace image, by its URN or piped' {
        $vm = New-AzImageVM web01 sandbox-rg -Urn $windows -Credential $admin -LicenseType Windows_Server
        $vm.ProvisioningState | Should -Be 'Succeeded'
        $vm.Name, $vm.VMName, $vm.ResourceGroupName, $vm.Location | Should -Be 'web01', 'web01', 'sandbox-rg', 'westeurope'
        $vm.SecurityType | Should -Be 'TrustedLaunch'
        ($vm | Out-String -Width 200) | Should -Match 'web01 +sandbox-rg +westeurope +Standard_D2s_v5'

        $linux = Get-AzImageSource -Publisher Canonical -Offer ubuntu-24_04-lts -Sku server |
            New-AzImageVM web02 sandbox-rg -UserName admin1 -SshPublicKey $key
        $linux.OsType | Should -Be 'Linux'
        $linux.SourceId | Should -BeLike 'Canonical:ubuntu-24_04-lts:server:24.04.*'
    }

    It 'makes a machine of what Az emits' {
        $azImage = [pscustomobject]@{
            Id            = '/Subscriptions/x/Providers/Microsoft.Compute/Locations/westeurope/Publishers/Canonical/ArtifactTypes/VMImage/Offers/ubuntu-24_04-lts/Skus/server/Versions/24.04.202502210'
            PublisherName = 'Canonical'
            Offer         = 'ubuntu-24_04-lts'
            Skus          = 'server'
            Version       = '24.04.202502210'
            Location      = 'westeurope'
        }
        ($azImage | New-AzImageVM web03 sandbox-rg -UserName admin1 -SshPublicKey $key).ProvisioningState | Should -Be 'Succeeded'
    }

    It 'makes a machine of an uploaded disk, which becomes its own' {
        $disk = Send-AzVhd -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -ResourceGroupName sandbox-rg -DiskName web04-os -OsType Windows
        $vm = $disk | New-AzImageVM web04
        $vm.OsDiskId | Should -Be $disk.Id
        { $disk | New-AzImageVM web05 -Credential $admin -ErrorAction Stop } | Should -Throw -ErrorId 'CredentialNotUsed,*'
    }

    It 'makes nothing with -WhatIf' {
        New-AzImageVM web06 sandbox-rg -Urn $ubuntu -UserName admin1 -SshPublicKey $key -WhatIf | Should -BeNullOrEmpty
        (New-AzImageVM web06 sandbox-rg -Urn $ubuntu -UserName admin1 -SshPublicKey $key).Name | Should -Be 'web06'
        { New-AzImageVM web06 sandbox-rg -Urn $ubuntu -UserName admin1 -SshPublicKey $key -ErrorAction Stop } | Should -Throw -ErrorId 'VMAlreadyExists,*'
    }

    It 'asks for the terms of a plan, and accepts them with -AcceptTerms' {
        $rocky = @{ Urn = 'cognosys:rocky-linux-9:rocky-linux-9:1.2024.1204'; UserName = 'admin1'; SshPublicKey = $key }
        { New-AzImageVM web07 sandbox-rg @rocky -ErrorAction Stop } | Should -Throw -ErrorId 'TermsNotAccepted,*'
        (New-AzImageVM web07 sandbox-rg @rocky -AcceptTerms).ProvisioningState | Should -Be 'Succeeded'
    }

    It 'works as a job, whose command shows no password' {
        $job = New-AzImageVM web08 sandbox-rg -Urn $windows -Credential ([pscredential]::new('admin1', (ConvertTo-SecureString 'C0rrect-Horse-Battery' -AsPlainText -Force))) -AsJob
        $job.Command | Should -Not -Match 'Horse'
        ($job | Receive-Job -Wait -AutoRemoveJob).Name | Should -Be 'web08'
    }

    It 'says what to give where something is missing' {
        { New-AzImageVM x -Urn $ubuntu -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceGroupNameRequired,*'
        { New-AzImageVM x sandbox-rg -Urn $ubuntu -ErrorAction Stop } | Should -Throw -ErrorId 'CredentialRequired,*'
        { [pscustomobject]@{ PublisherName = 'x' } | New-AzImageVM x sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'SourceMissing,*'
        { New-AzImageVM x sandbox-rg -ResourceId nonsense -ErrorAction Stop } | Should -Throw -ErrorId 'SourceInvalid,*'
    }
}
