BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Remove-AzImageLeftover' {
    BeforeAll {
        $null = Connect-AzImageService -Sandbox
        $disk = Expand-TestDisk 'mbr-fixed.vhd' $TestDrive

        # As a policy copies tags from a group, or a person from another disk.
        $null = Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName copied -Tag @{
            'azimagetools-temporary' = 'read 2026-01-01T00:00:00Z 00112233445566778899aabbccddeeff'
            'azimagetools-lease'     = '2026-01-01T01:00:00Z'
        }
    }

    AfterAll {
        Disconnect-AzImageService
    }

    It 'keeps what only looks like something left, and tells why' -TestCases @(@{ WhatIf = $false }, @{ WhatIf = $true }) {
        $kept = @(Remove-AzImageLeftover -WhatIf:$WhatIf)
        $kept.Count | Should -Be 1
        $kept[0].Name | Should -Be 'copied'
        $kept[0].Kind | Should -Be 'managed disk'
        $kept[0].Purpose | Should -Be 'read'
        $kept[0].CreatedAt | Should -Not -BeNullOrEmpty
        $kept[0].IsRemoved | Should -BeFalse
        $kept[0].Reason | Should -BeLike 'Neither its name*'
        ($kept | Out-String -Width 200) | Should -Match 'copied +sandbox-rg +False'
    }

    It 'finds nothing of another run, and refuses an id that is none' {
        Remove-AzImageLeftover sandbox-rg -RunId ffffffffffffffff | Should -BeNullOrEmpty
        { Remove-AzImageLeftover -RunId mine -ErrorAction Stop } | Should -Throw -ErrorId 'RunIdInvalid,*'
        { Remove-AzImageLeftover nosuch -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceGroupNotFound,*'
    }
}
