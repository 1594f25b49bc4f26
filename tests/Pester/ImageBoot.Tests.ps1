BeforeAll {
    . $PSScriptRoot/common.ps1
    $ubuntu = 'Canonical:ubuntu-24_04-lts:server:latest'
}

Describe 'Test-AzImageBoot' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
        $version = @(Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu)[0]
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'boots an image, saves what it shows and leaves nothing' {
        $result = $version | Test-AzImageBoot -OutputPath $TestDrive/boot
        $result.Verdict | Should -Be 'Boots'
        $result.Summary | Should -Be 'It came up, and its agent reported.'
        $result.SourceId | Should -Be $version.Id
        $result.Stages.Name | Should -Be @('Network', 'Create', 'Agent', 'Diagnostics', 'Remove')
        Get-Content $result.SerialLogPath -Raw | Should -Match 'login:'
        Test-Path $result.ScreenshotPath | Should -BeTrue
        (Get-Content $result.InstanceViewPath -Raw | ConvertFrom-Json).vmAgent.statuses[0].code | Should -Be 'ProvisioningState/succeeded'
        ($result | Out-String -Width 200) | Should -Match 'Boots'
        Remove-AzImageLeftover | Should -BeNullOrEmpty
    }

    It 'tells of an image that was not generalized' {
        $image = Send-AzVhd -Path (Expand-TestDisk 'ready-fixed.vhdx' $TestDrive) -ResourceGroupName sandbox-rg | New-AzVhdImage -ImageName not-generalized
        $result = $image | Test-AzImageBoot
        $result.Verdict | Should -Be 'DoesNotBoot'
        $result.Cause | Should -Be 'NotGeneralized'
        $result.Remedy | Should -BeLike 'Generalize the source*'
        ($result | Out-String -Width 200) | Should -Match 'NotGeneralized'
        Remove-AzImageLeftover | Should -BeNullOrEmpty
    }

    It 'runs a smoke test' {
        $result = Test-AzImageBoot -Urn $ubuntu -Location westeurope -Script 'systemctl is-system-running' -AllowOutboundAccess
        $result.Verdict | Should -Be 'Boots'
        $result.Stages.Name | Should -Contain 'Script'
    }

    It 'makes nothing with -WhatIf' {
        Test-AzImageBoot -Urn $ubuntu -Location westeurope -OutputPath $TestDrive/unmade -WhatIf | Should -BeNullOrEmpty
        Test-Path $TestDrive/unmade | Should -BeFalse
        Remove-AzImageLeftover | Should -BeNullOrEmpty
    }

    It 'refuses a size that can not start the image before anything is made' {
        { $version | Test-AzImageBoot -Size Standard_D2s_v6 -ErrorAction Stop } | Should -Throw -ErrorId 'SizeControllerMismatch,*'
        { Test-AzImageBoot -Urn $ubuntu -ErrorAction Stop } | Should -Throw -ErrorId 'LocationRequired,*'
    }

    It 'works as a job, and says yes or no' {
        $version | Test-AzImageBoot -Quiet -AsJob | Receive-Job -Wait -AutoRemoveJob | Should -BeTrue
    }
}
