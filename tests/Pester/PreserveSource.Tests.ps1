BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'New-AzCapturedImage -Generalize' {
    BeforeEach { $null = Connect-AzImageService -Sandbox }
    AfterEach { Disconnect-AzImageService }

    It 'captures a running machine in one go' {
        $image = New-AzCapturedImage sandbox-rg win-vm golden -Generalize -Force -WarningAction SilentlyContinue
        $image.ProvisioningState | Should -Be 'Succeeded'
        $image.SnapshotIds | Should -HaveCount 1
    }

    It 'goes on where the guest has been generalized' {
        $null = Invoke-AzVMGeneralization sandbox-rg linux-vm -Force -WarningAction SilentlyContinue
        (New-AzCapturedImage sandbox-rg linux-vm golden -Generalize -NoBackup -Force).ProvisioningState | Should -Be 'Succeeded'
    }

    It 'is not for what stays specialized' {
        { New-AzCapturedImage sandbox-rg win-vm -GalleryName sandboxGallery -GalleryImageDefinitionName golden -OsState Specialized -Generalize -ErrorAction Stop } |
            Should -Throw -ErrorId 'SpecializedNotGeneralized,*'
    }
}

Describe 'New-AzCapturedImage -PreserveSource' {
    BeforeEach { $null = Connect-AzImageService -Sandbox }
    AfterEach { Disconnect-AzImageService }

    It 'captures <VM> by a clone, twice, and leaves nothing' -ForEach @(@{ VM = 'win-vm' }, @{ VM = 'linux-vm' }, @{ VM = 'tl-vm' }) {
        $capture = @{ ResourceGroupName = 'sandbox-rg'; VMName = $VM; GalleryName = 'sandboxGallery'; GalleryImageDefinitionName = 'golden'; PreserveSource = $true; Confirm = $false }
        $images = 1..2 | ForEach-Object { New-AzCapturedImage @capture -WarningAction SilentlyContinue }
        $images.Name | Should -Be '1.0.0', '1.0.1'
        $images.SourceId | Should -BeLike "*/virtualMachines/$VM"
        Remove-AzImageLeftover -Confirm:$false | Should -BeNullOrEmpty
    }

    It 'does not ask where nothing is lost, and asks about a subnet' {
        $shown = Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
`$null = Connect-AzImageService -Sandbox
(New-AzCapturedImage sandbox-rg win-vm golden -PreserveSource -WarningAction Ignore).ProvisioningState
try { New-AzCapturedImage sandbox-rg win-vm beside -PreserveSource -SubnetId /subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s -ErrorAction Stop }
catch { `$_.FullyQualifiedErrorId }
"@
        $shown | Should -Contain 'Succeeded'
        $shown -match '^ConfirmationUnavailable,' | Should -HaveCount 1
    }

    It 'wants a temporary resource group that is there' {
        { New-AzCapturedImage sandbox-rg win-vm golden -PreserveSource -TemporaryResourceGroupName none -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceGroupNotFound,*'
    }

    It 'tells what is only for a clone' {
        { New-AzCapturedImage sandbox-rg win-vm golden -TemporaryResourceGroupName sandbox-rg -Force -ErrorAction Stop } | Should -Throw -ErrorId 'PreserveSourceMissing,*'
        { New-AzCapturedImage sandbox-rg win-vm -GalleryName sandboxGallery -GalleryImageDefinitionName golden -OsState Specialized -PreserveSource -ErrorAction Stop } |
            Should -Throw -ErrorId 'PreserveSourceNotNeeded,*'
    }
}
