BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $subscription = (Get-AzImageContext).SubscriptionId
    $compute = "/subscriptions/$subscription/resourceGroups/sandbox-rg/providers/Microsoft.Compute"

    # As Get-AzVM and Get-AzDisk emit them.
    $machines = 'win-vm', 'tl-vm', 'linux-vm' | ForEach-Object { [pscustomobject] @{ ResourceGroupName = 'sandbox-rg'; Id = "$compute/virtualMachines/$_"; VmId = [guid]::NewGuid(); Name = $_; Location = 'westeurope'; Tags = @{ a = 'b' } } }
    $file = Expand-TestDisk 'ready-fixed.vhd' $TestDrive
    $upload = Send-AzVhd $file -ResourceGroupName sandbox-rg -DiskName ready
    $blob = Send-AzVhd $file -StorageAccountName sandboximages -Container vhds -BlobName ready.vhd
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Disks in Azure' {
    It 'are told of by resource id, object and address, as the file is' {
        $told = Get-AzVhdInfo $file
        foreach ($info in @(
            Get-AzVhdInfo -ResourceId "$compute/disks/ready"
            Get-AzVhdInfo -InputObject $upload
            $upload, $blob | Get-AzVhdInfo
            [pscustomobject] @{ ResourceId = "$compute/disks/ready" } | Get-AzVhdInfo
            [pscustomobject] @{ BlobUri = $blob.Uri } | Get-AzVhdInfo
            Get-AzVhdInfo -BlobUri $blob.Uri)) {
            $info.Guest | Should -Be $told.Guest
            "$($info.Partitions)" | Should -Be "$($told.Partitions)"
            $info.FileSize | Should -BeGreaterOrEqual $info.Capacity
        }
        (Get-AzVhdInfo -ResourceId "$compute/disks/ready").Path | Should -Be "$compute/disks/ready"
    }

    It 'are judged many at once, in whatever order, and an error about one leaves the others' {
        $missing = [pscustomobject] @{ Id = "$compute/virtualMachines/missing" }
        $reports = $machines[0], $missing, $machines[1] | Test-SysprepReadiness -Include $windowsTestRules -ErrorAction SilentlyContinue -ErrorVariable problems
        ($reports.Target | Sort-Object) -join ' ' | Should -Be "$compute/virtualMachines/tl-vm $compute/virtualMachines/win-vm"
        $reports.Verdict | Should -Not -Contain 'Undetermined'
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'ResourceNotFound,AzImageTools.Commands.Readiness.TestSysprepReadinessCommand'
        (Test-DeprovisionReadiness -ResourceId $machines[2].Id -Include $linuxTestRules).Guest.Family | Should -Be 'Linux'
        $machines[0] | Test-SysprepReadiness -Include $windowsTestRules -Quiet | Should -BeOfType bool
    }

    It 'are listed and copied from, one snapshot a disk' {
        $items = $machines | Get-AzVhdItem -ItemPath /etc/hostname, \Windows\System32\config -ErrorAction SilentlyContinue
        ($items.Name | Sort-Object) -join ' ' | Should -Be 'config config hostname'
        $target = Join-Path $TestDrive copied
        (Get-AzVhdItem -ResourceId $machines[2].Id /etc/os-release, /etc/hostname | Copy-AzVhdItem -Destination $target).Name | Sort-Object | Should -Be 'hostname', 'os-release'
        (Copy-AzVhdItem -ResourceId "$compute/disks/ready" \Windows\Setup\State\State.ini $target).Name | Should -Be 'State.ini'
        ($machines[2] | Copy-AzVhdItem -ItemPath /etc/fstab -Destination $target).Name | Should -Be 'fstab'
        (Get-ChildItem $target).Name | Sort-Object | Should -Be 'fstab', 'hostname', 'os-release', 'State.ini'
        { $machines[2] | Copy-AzVhdItem -Destination $target -ErrorAction Stop } | Should -Throw -ErrorId 'ItemPathMissing,*'
    }

    It 'have a registry' {
        ($machines[0] | Get-AzVhdRegistryValue -Key HKLM\SYSTEM\Select -Name Current).Data | Should -Be 3
        (Get-AzVhdRegistryValue -ResourceId "$compute/disks/ready" HKLM\SYSTEM\Select Current).Data | Should -Be 3
    }

    It 'tell with -WhatIf what would be made, and make nothing' {
        $result = Invoke-FreshPowerShell ". '$PSScriptRoot/common.ps1'; `$null = Connect-AzImageService -Sandbox; Get-AzVhdInfo -ResourceId $compute/virtualMachines/win-vm -WhatIf" | Out-String
        $result | Should -BeLike '*What if:*temporary snapshot*access*revoked*'
        Get-AzVhdInfo -ResourceId $machines[0].Id -WhatIf | Should -BeNullOrEmpty
        (Get-AzVhdInfo -ResourceId "$compute/disks/ready" -Verbose 4>&1 | Out-String) | Should -BeLike '*were fetched with*requests*'
    }

    It 'that are no disks are refused' {
        { Get-AzVhdInfo -ResourceId '/subscriptions/x' -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceIdInvalid,*'
        { Get-AzVhdInfo -ResourceId $machines[0].Id -Lun 7 -ErrorAction Stop } | Should -Throw -ErrorId 'DataDiskNotFound,*'
        { Get-AzVhdInfo -SasUri 'https://a.blob.core.windows.net/c/b.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSasUri,*'
        { Get-Process -Id $PID | Get-AzVhdInfo -ErrorAction Stop } | Should -Throw
    }
}
