BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Invoke-AzVMGeneralization' {
    BeforeEach {
        $null = Connect-AzImageService -Sandbox
    }

    AfterEach {
        Disconnect-AzImageService
    }

    It 'generalizes a <System> by <Method>, and an image is captured of what it emits' -ForEach @(
        @{ System = 'Windows'; VM = 'win-vm'; Method = 'Sysprep' }
        @{ System = 'Linux'; VM = 'linux-vm'; Method = 'Deprovision' }
    ) {
        $result = Invoke-AzVMGeneralization sandbox-rg $VM -Force -WarningAction SilentlyContinue
        $result.Method | Should -Be $Method
        $result.Generalization | Should -Be 'Generalized'
        $result.BackupIds | Should -Not -BeNullOrEmpty
        $result.Stages | Should -HaveCount 4
        $image = $result | New-AzCapturedImage -ImageName golden -NoBackup -Force
        $image.OsType | Should -Be $System
        $image.ProvisioningState | Should -Be 'Succeeded'
    }

    It 'shows its steps with -WhatIf, and does none' {
        $shown = Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
`$null = Connect-AzImageService -Sandbox
Invoke-AzVMGeneralization sandbox-rg win-vm -WhatIf
"@
        $shown -match '^What if: Generalize the guest' | Should -HaveCount 1
        $shown -match "^[0-9]+\. Run Sysprep in the guest.*This can't be undone" | Should -HaveCount 1
        Invoke-AzVMGeneralization sandbox-rg win-vm -WhatIf 6> $null
        (Invoke-AzVMGeneralization sandbox-rg win-vm -Force -WarningAction SilentlyContinue).Method | Should -Be 'Sysprep'
    }

    It 'warns of what nobody could answer' {
        $warnings = $null
        $result = Invoke-AzVMGeneralization sandbox-rg win-vm -Force -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*RearmLeft*443*'
        $result.NotChecked | Should -Contain 'RearmLeft'
    }

    It 'takes a resource id, a row of a table, and several machines' {
        $id = (Invoke-AzVMGeneralization sandbox-rg win-vm -Force -NoBackup -WarningAction SilentlyContinue).Id
        (Invoke-AzVMGeneralization -ResourceId $id -Force).Method | Should -Be 'None'
        $rows = @{ ResourceGroupName = 'sandbox-rg'; VMName = 'linux-vm' }, @{ ResourceGroupName = 'sandbox-rg'; VMName = 'tl-vm' } | ForEach-Object { [pscustomobject] $_ }
        ($rows | Invoke-AzVMGeneralization -Force -WarningAction SilentlyContinue).Name | Should -Be 'linux-vm', 'tl-vm'
    }

    It 'runs as a job' {
        $job = Invoke-AzVMGeneralization sandbox-rg linux-vm -Force -AsJob
        $result = $job | Wait-Job | Receive-Job -WarningAction SilentlyContinue
        $result.Generalization | Should -Be 'Generalized'
        $job | Remove-Job
    }

    It 'tells a machine that is not there' {
        { Invoke-AzVMGeneralization sandbox-rg none -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceNotFound,*'
    }

    It 'tells a rule that there is none of' {
        { Invoke-AzVMGeneralization sandbox-rg win-vm -Force -ExcludeRule NoSuchRule -ErrorAction Stop } | Should -Throw -ExpectedMessage '*NoSuchRule*'
    }
}

Describe 'The backup of a generalization' {
    BeforeEach { $null = Connect-AzImageService -Sandbox }
    AfterEach { Disconnect-AzImageService }

    It 'brings the machine back' {
        $result = Invoke-AzVMGeneralization sandbox-rg win-vm -Force -WarningAction SilentlyContinue
        $null = Restore-AzVMBackup -ResourceId $result.BackupIds[0] -Force -WarningAction SilentlyContinue
        # Stopped, as it was found, and its disk is what it was before.
        { Invoke-AzVMGeneralization sandbox-rg win-vm -Force -ErrorAction Stop } | Should -Throw -ErrorId 'GuestNotGeneralized,*' -ExpectedMessage '*IMAGE_STATE_COMPLETE*'
    }
}
