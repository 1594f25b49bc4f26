BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $report = Test-SysprepReadiness -LiteralPath (Expand-TestDisk 'notready.vhdx' $TestDrive)
    $linux = Expand-TestDisk 'linux.vhd' $TestDrive
    $objects = @{
        'a report'       = $report
        'a finding'      = $report.Blockers[0]
        'a rule'         = Get-AzImageReadinessRule CdromEnabled
        'a disk'         = Get-AzVhdInfo -LiteralPath $linux
        'an item'        = Get-AzVhdItem -LiteralPath $linux /etc/fstab
        'a conversion'   = Convert-AzVhd -LiteralPath $linux -Destination ([IO.Path]::Combine($TestDrive, 'converted.vhd'))
        'an upload'      = Send-AzVhd -LiteralPath $linux -ResourceGroupName sandbox-rg
        'a source'       = @(Get-AzImageSource -Kind Marketplace)[0]
        'a context'      = Get-AzImageContext
    }
}

AfterAll {
    $null = Disconnect-AzImageService
}

Describe 'Objects on their way to other programs' {
    It 'writes <_> as a row that can be read' -TestCases @('a report', 'a finding', 'a rule', 'a disk', 'an item', 'a conversion', 'an upload', 'a source', 'a context') {
        $row = $objects[$_] | ConvertTo-Csv | ConvertFrom-Csv
        foreach ($property in $row.PSObject.Properties) {
            $property.Value | Should -Not -Match '^(System|AzImageTools)\.|<>|\[\]$' -Because "it is the $($property.Name) of $_"
        }
    }

    It 'writes enumerations as words in JSON' {
        $json = $report | ConvertTo-Json -Depth 3 | ConvertFrom-Json
        $json.Verdict | Should -Be 'NotReady'
        $json.Blockers[0].Severity | Should -Be 'Blocker'
        ($objects['a disk'] | ConvertTo-Json -Depth 2 | ConvertFrom-Json).Format | Should -Be 'Vhd'
    }

    It 'lists by number' {
        $report.NotChecked[0].Id | Should -Be @($report.NotChecked)[0].Id
        $report.Blockers[-1].Id | Should -Be @($report.Blockers)[-1].Id
        $report.Blockers[0..1].Id | Should -Be @($report.Blockers)[0..1].Id
    }

    It 'keeps what a finding rests on in its row' {
        $finding = $report.Blockers[0]
        ($finding | ConvertTo-Csv | ConvertFrom-Csv).Evidence | Should -Be ($finding.Evidence -join '; ')
    }
}
