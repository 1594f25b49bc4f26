BeforeAll {
    . $PSScriptRoot/common.ps1
    $cdrom = 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom'

    # A disk of its own for each test, since what is changed is kept beside it.
    function New-Disk([string] $Name = 'ready-dynamic.vhdx') {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        Expand-TestDisk $Name $folder
    }
}

Describe 'Set-AzVhdRegistryValue' {
    It 'keeps a value beside the disk, which stays as it is' {
        $disk = New-Disk
        $hash = (Get-FileHash $disk).Hash
        $change = Set-AzVhdRegistryValue $disk $cdrom Start 3 -Type DWord
        $change.DataBefore, $change.Data, $change.TypeBefore, $change.IsChanged | Should -Be 1, 3, 'DWord', $true
        $change.RepairPath | Should -Be "$disk.azrepair"
        (Get-FileHash $disk).Hash | Should -Be $hash
        (Get-AzVhdRegistryValue $disk $cdrom Start -WarningAction Ignore).Data | Should -Be 1
        (Get-AzVhdRegistryValue $disk $cdrom Start -UseRepair).Data | Should -Be 3
    }

    It 'shows before and after with -WhatIf, and keeps nothing' {
        $disk = New-Disk
        Set-AzVhdRegistryValue $disk $cdrom Start 3 -Type DWord -WhatIf | Should -BeNullOrEmpty
        Test-Path "$disk.azrepair" | Should -BeFalse
        $log = Join-Path $TestDrive whatif.txt
        Start-Transcript $log | Out-Null
        try { Set-AzVhdRegistryValue $disk $cdrom Start 3 -Type DWord -WhatIf } finally { Stop-Transcript | Out-Null }
        Get-Content $log -Raw | Should -Match 'DWord 1 -> DWord 3'
    }

    It 'makes what is missing, of each type' -ForEach @(
        @{ Type = 'DWord'; Value = -1; Expected = [uint32]::MaxValue }
        @{ Type = 'DWord'; Value = '0x10'; Expected = 16 }
        @{ Type = 'QWord'; Value = 5000000000; Expected = 5000000000 }
        @{ Type = 'String'; Value = 'text'; Expected = 'text' }
        @{ Type = 'ExpandString'; Value = '%SystemRoot%\x'; Expected = '%SystemRoot%\x' }
        @{ Type = 'MultiString'; Value = 'a', 'b'; Expected = 'a', 'b' }
        @{ Type = 'Binary'; Value = [byte[]](1, 2, 3); Expected = 1, 2, 3 }
    ) {
        $disk = New-Disk
        (Set-AzVhdRegistryValue $disk 'HKLM\SYSTEM\Contoso\Below' Fresh $Value -Type $Type).TypeBefore | Should -BeNullOrEmpty
        $read = Get-AzVhdRegistryValue $disk 'HKLM\SYSTEM\Contoso\Below' Fresh -UseRepair
        $read.Type | Should -Be $Type
        $read.Data | Should -Be $Expected
    }

    It 'refuses data that the type does not hold' {
        $disk = New-Disk
        Set-AzVhdRegistryValue $disk $cdrom Start 'many' -Type DWord -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RegistryDataInvalid,*'
        $problem[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        Test-Path "$disk.azrepair" | Should -BeFalse
    }

    It 'refuses what it can not change safely, with what to do' {
        Set-AzVhdRegistryValue (New-Disk) 'HKLM\SYSTEM\Größe' x 1 -Type DWord -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RegistryChangeNotSupported,*'
    }

    It 'emits what is so already, and keeps nothing' {
        $disk = New-Disk
        (Set-AzVhdRegistryValue $disk $cdrom Start 1 -Type DWord).IsChanged | Should -BeFalse
        Test-Path "$disk.azrepair" | Should -BeFalse
    }
}

Describe 'Get-AzVhdRepair and Undo-AzVhdRepair' {
    It 'lists changes and takes them back, the last ones first' {
        $disk = New-Disk
        3, 4 | ForEach-Object { Set-AzVhdRegistryValue $disk $cdrom Start $_ -Type DWord | Out-Null }
        $repairs = @(Get-AzVhdRepair $disk)
        $repairs.Number | Should -Be 1, 2
        $repairs[1].Description | Should -Be "$cdrom\Start: DWord 3 -> DWord 4"
        $repairs[0].Path | Should -Be $disk
        Undo-AzVhdRepair $disk -Number 2 -WhatIf
        @(Get-AzVhdRepair $disk) | Should -HaveCount 2
        Undo-AzVhdRepair $disk -Number 2
        (Get-AzVhdRegistryValue $disk $cdrom Start -UseRepair).Data | Should -Be 3
        Get-AzVhdRepair $disk | Undo-AzVhdRepair
        Get-AzVhdRepair $disk | Should -BeNullOrEmpty
        Test-Path "$disk.azrepair" | Should -BeFalse
    }

    It 'takes all back that was listed' {
        $disk = New-Disk
        3, 4 | ForEach-Object { Set-AzVhdRegistryValue $disk $cdrom Start $_ -Type DWord | Out-Null }
        Get-AzVhdRepair $disk | Undo-AzVhdRepair
        Test-Path "$disk.azrepair" | Should -BeFalse
    }

    It 'tells where there is nothing to take back' {
        Undo-AzVhdRepair (New-Disk) -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepairNotFound,*'
    }

    It 'warns of changes that were made for another disk' {
        $disk = New-Disk
        $other = New-Disk 'notready.vhdx'
        Set-AzVhdRegistryValue $disk $cdrom Start 3 -Type DWord | Out-Null
        Copy-Item "$disk.azrepair" "$other.azrepair"
        Get-AzVhdRepair $other -WarningVariable warnings -WarningAction SilentlyContinue | Should -Not -BeNullOrEmpty
        $warnings | Should -Match 'another disk'
    }

    It 'removes what is damaged only with -Force' {
        $disk = New-Disk
        Set-Content "$disk.azrepair" 'nonsense'
        Undo-AzVhdRepair $disk -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepairFileInvalid,*'
        Undo-AzVhdRepair $disk -Force
        Test-Path "$disk.azrepair" | Should -BeFalse
    }
}

Describe 'Repair-AzVhd' {
    It 'repairs what a value can set right, judges again, and tells what is left' {
        $disk = New-Disk 'notready.vhdx'
        $hash = (Get-FileHash $disk).Hash
        $results = Repair-AzVhd $disk -Include $windowsTestRules
        $cdrom = $results | Where-Object Id -EQ CdromEnabled
        $cdrom.State | Should -Be 'Repaired'
        "$($cdrom.Changes)" | Should -Be 'HKLM\SYSTEM\CurrentControlSet\Services\cdrom\Start: DWord 4 -> DWord 1'
        $left = $results | Where-Object Id -EQ CertifiedRoles
        $left.State, $left.Changes.Count | Should -Be 'NotRepairable', 0
        $left.Remedy | Should -Not -BeNullOrEmpty
        (Get-FileHash $disk).Hash | Should -Be $hash
        $finding = (Test-SysprepReadiness $disk -Include CdromEnabled -UseRepair).Findings | Where-Object Id -EQ CdromEnabled
        $finding.Result | Should -Be 'Pass'
        (Get-AzVhdRepair $disk).Description | Should -Contain 'CdromEnabled: HKLM\SYSTEM\CurrentControlSet\Services\cdrom\Start: DWord 4 -> DWord 1'
        Repair-AzVhd $disk -Include CdromEnabled | Should -BeNullOrEmpty
    }

    It 'deletes files, and changes the boot configuration on the EFI system partition' {
        $disk = New-Disk 'notready.vhdx'
        $default = (Get-AzVhdRegistryValue $disk 'HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003' Element).Data
        $policy = "HKLM\BCD00000000\Objects\$default\Elements\250000E0"
        Set-AzVhdRegistryValue $disk $policy Element ([byte[]](0)) -Type Binary | Out-Null
        $results = Repair-AzVhd $disk -Include BcdBoot, LeftoverAnswerFile
        $results | ForEach-Object ToString | Should -Be 'LeftoverAnswerFile: Repaired', 'BcdBoot: Repaired'
        "$($results[0].Changes)" | Should -BeLike 'Windows\Panther\unattend.xml: * bytes -> not there'
        (Get-AzVhdRegistryValue $disk $policy Element -UseRepair).Data | Should -Be 1, 0, 0, 0, 0, 0, 0, 0
        Get-AzVhdItem $disk 'Windows\Panther\*' -UseRepair | Where-Object Name -EQ unattend.xml | Should -BeNullOrEmpty
        Get-AzVhdInfo $disk -Check -UseRepair | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
    }

    It 'says why a rule is not repaired' {
        (Repair-AzVhd (New-Disk 'notready.vhdx') -Include CertifiedRoles).Reason | Should -BeLike '*needs the running Windows*'
    }

    It 'repairs several rules, each taken back alone' {
        $disk = New-Disk
        Set-AzVhdRegistryValue $disk 'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' fDenyTSConnections 1 -Type DWord | Out-Null
        Set-AzVhdRegistryValue $disk 'HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services' fDenyTSConnections 1 -Type DWord | Out-Null
        Set-AzVhdRegistryValue $disk 'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' PortNumber 3390 -Type DWord | Out-Null
        $results = Repair-AzVhd $disk -Include RdpEnabled, RdpPort
        $results | ForEach-Object ToString | Should -Be 'RdpEnabled: Repaired', 'RdpPort: Repaired'
        $results[0].Changes | Should -HaveCount 2
        Undo-AzVhdRepair $disk -Number 5
        $findings = (Test-SysprepReadiness $disk -Include RdpEnabled, RdpPort -UseRepair).Findings
        $findings.Result | Should -Be 'Pass', 'Fail'
    }

    It 'shows each rule''s change with -WhatIf, and keeps nothing' {
        $disk = New-Disk 'notready.vhdx'
        Repair-AzVhd $disk -Include CdromEnabled -WhatIf | Should -BeNullOrEmpty
        Test-Path "$disk.azrepair" | Should -BeFalse
    }

    It 'repairs nothing where nothing fails, or no Windows is found' {
        Repair-AzVhd (New-Disk) -Include CdromEnabled | Should -BeNullOrEmpty
        Repair-AzVhd (New-Disk 'linux.vhd') -Include CdromEnabled | Should -BeNullOrEmpty
    }
}

Describe 'Repair-AzVhd -Destination' {
    It 'makes a VHD of the disk with its changes' {
        $disk = New-Disk 'notready.vhdx'
        $vhd = Join-Path $TestDrive "$(New-Guid).vhd"
        $results = Repair-AzVhd $disk -Include CdromEnabled -Destination $vhd
        $results.Destination | Should -Be $vhd
        (Get-AzVhdInfo $vhd).Format | Should -Be 'Vhd'
        (Get-AzVhdRegistryValue $vhd $cdrom Start).Data | Should -Be 1
        { Repair-AzVhd $disk -Destination $vhd -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*'
        Repair-AzVhd $disk -Destination $vhd -Include CdromEnabled -Force | Should -BeNullOrEmpty
    }

    It 'makes nothing with -WhatIf' {
        $vhd = Join-Path $TestDrive "$(New-Guid).vhd"
        Repair-AzVhd (New-Disk 'notready.vhdx') -Include CdromEnabled -Destination $vhd -WhatIf
        Test-Path $vhd | Should -BeFalse
    }
}

Describe 'Send-AzVhd -Repair' {
    BeforeAll {
        Connect-AzImageService -Sandbox | Out-Null
        $target = @{ StorageAccountName = 'sandboximages'; Container = 'vhds'; Readiness = 'None' }
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'repairs on the way, and tells what' {
        $disk = New-Disk
        Set-AzVhdRegistryValue $disk $cdrom Start 4 -Type DWord | Out-Null
        $hash = (Get-FileHash $disk).Hash
        $upload = Send-AzVhd $disk @target -BlobName repaired.vhd -Repair -WarningAction SilentlyContinue
        ($upload.Repairs | Where-Object Id -EQ CdromEnabled).ToString() | Should -Be 'CdromEnabled: Repaired'
        (Get-FileHash $disk).Hash | Should -Be $hash
        (Receive-AzVhd -StorageAccountName sandboximages -Container vhds -BlobName repaired.vhd -Path (Join-Path $TestDrive back.vhd)) | Out-Null
        (Get-AzVhdRegistryValue (Join-Path $TestDrive back.vhd) $cdrom Start).Data | Should -Be 1
    }

    It 'keeps and sends nothing with -WhatIf' {
        $disk = New-Disk 'notready.vhdx'
        Send-AzVhd $disk @target -BlobName none.vhd -Repair -WhatIf -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        Test-Path "$disk.azrepair" | Should -BeFalse
    }

    It 'runs in a job' {
        $disk = New-Disk 'notready.vhdx'
        $upload = Send-AzVhd $disk @target -BlobName job.vhd -Repair -AsJob -WarningAction SilentlyContinue | Receive-Job -Wait -AutoRemoveJob -WarningAction SilentlyContinue
        $upload.Repairs.State | Should -Contain 'Repaired'
    }
}

Describe '-UseRepair' {
    BeforeAll {
        $changed = New-Disk
        Set-AzVhdRegistryValue $changed $cdrom Start 4 -Type DWord | Out-Null
    }

    It 'is never meant unsaid: without it, <_> warns' -ForEach @('Get-AzVhdInfo', 'Get-AzVhdItem', 'Test-SysprepReadiness') {
        & $_ $changed -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
        $warnings | Where-Object { $_ -match 'UseRepair' } | Should -HaveCount 1
        & $_ $changed -UseRepair -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
        $warnings | Where-Object { $_ -match 'UseRepair' } | Should -BeNullOrEmpty
    }

    It 'judges the disk with its changes' {
        $rule = (Test-SysprepReadiness $changed -Include CdromEnabled -WarningAction Ignore).Findings | Where-Object Id -EQ CdromEnabled
        $with = (Test-SysprepReadiness $changed -Include CdromEnabled -UseRepair).Findings | Where-Object Id -EQ CdromEnabled
        $rule.Result, $with.Result | Should -Be 'Pass', 'Fail'
    }

    It 'converts the disk with its changes' {
        $vhd = Join-Path $TestDrive converted.vhd
        Convert-AzVhd $changed $vhd -UseRepair | Out-Null
        (Get-AzVhdRegistryValue $vhd $cdrom Start).Data | Should -Be 4
    }

    It 'is an error where no changes are kept' {
        Get-AzVhdInfo (New-Disk) -UseRepair -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepairNotFound,*'
    }
}
