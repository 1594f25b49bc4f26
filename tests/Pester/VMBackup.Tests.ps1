BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Backup-AzVMDisk and Restore-AzVMBackup' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'shows the plan with -WhatIf and makes nothing' {
        $plan = Backup-AzVMDisk sandbox-rg win-vm -BackupName planned -WhatIf *>&1 | Out-String
        $plan | Should -Not -Match 'planned-os'
        { Restore-AzVMBackup sandbox-rg planned -Force } | Should -Throw -ErrorId 'BackupNotFound,*'
    }

    It 'backs a machine up, and brings it back in its place and beside' {
        $backup = Backup-AzVMDisk sandbox-rg win-vm -BackupName nightly -Tag @{ cost = 'it' }
        $backup.Name | Should -Be 'nightly'
        $backup.Kind | Should -Be 'RestorePoint'
        $backup.VMName | Should -Be 'win-vm'
        $backup.DiskIds.Count | Should -Be 2
        ($backup | Out-String -Width 200) | Should -Match 'nightly +sandbox-rg +win-vm +RestorePoint'

        $restored = Restore-AzVMBackup sandbox-rg nightly -Force
        $restored.Method | Should -Be 'DisksReplaced'
        $restored.Name | Should -Be 'win-vm'
        $restored.ReplacedDiskIds.Count | Should -Be 2

        $second = $backup | Restore-AzVMBackup -NewVMName second -WarningVariable warnings -WarningAction SilentlyContinue
        $second.Method | Should -Be 'Beside'
        $second.Name | Should -Be 'second'
        $second.InterfaceIds.Count | Should -Be 1
        "$warnings" | Should -Match 'second machine with the identity'
    }

    It 'takes snapshots where a restore point was made within the hour, or they are asked for' {
        (Backup-AzVMDisk sandbox-rg win-vm -BackupName again -WarningAction SilentlyContinue).Kind | Should -Be 'Snapshot'
        (Backup-AzVMDisk sandbox-rg linux-vm -BackupType Snapshot).Name | Should -Match '^linux-vm-backup-\d{14}-[0-9a-f]{4}$'
        { Backup-AzVMDisk sandbox-rg win-vm -BackupType RestorePoint } | Should -Throw -ErrorId 'RestorePointNotPossible,*'
    }

    It 'lists backups, the newest first, and brings the machine back from one that is piped' {
        $listed = Get-AzVMBackup sandbox-rg -VMName WIN-*
        $listed.Name | Should -Be 'again', 'nightly'
        $listed.Kind | Should -Be 'Snapshot', 'RestorePoint'
        $listed.IsUsable | Should -Be $true, $true
        $listed[0].DiskNames.Count | Should -Be 2
        (Get-AzVMBackup -BackupName n*).Name | Should -Be 'nightly'
        (Get-AzVMBackup -BackupName nothing) | Should -BeNullOrEmpty
        ($listed[0] | Restore-AzVMBackup -NewVMName third -WarningAction SilentlyContinue).Name | Should -Be 'third'
    }

    It 'refuses a name that is taken' {
        { Backup-AzVMDisk sandbox-rg win-vm -BackupName again -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'BackupAlreadyExists,*'
    }

    It 'offers the names of backups' {
        (TabExpansion2 'Restore-AzVMBackup sandbox-rg a' 31).CompletionMatches.CompletionText | Should -Contain 'again'
    }

    It 'asks before a machine loses what its disks hold' {
        { Restore-AzVMBackup sandbox-rg again -Confirm:$false -WhatIf } | Should -Not -Throw
        (Get-Command Restore-AzVMBackup).Parameters.ContainsKey('Force') | Should -BeTrue
    }
}
