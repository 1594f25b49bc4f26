BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Get-AzImageReadinessRule' {
    It 'lists every rule with a title, a remedy and a public source' {
        $rules = @(Get-AzImageReadinessRule)
        $rules.Count | Should -BeGreaterThan 60
        foreach ($rule in $rules) {
            $rule.Title | Should -Not -BeNullOrEmpty
            $rule.Remedy | Should -Not -BeNullOrEmpty
            "$($rule.Source)" | Should -BeLike 'https://*'
        }
    }

    It 'lists by name and by purpose' {
        (Get-AzImageReadinessRule CdromEnabled).Severity | Should -Be 'Blocker'
        @(Get-AzImageReadinessRule 'Rdp*').Count | Should -BeGreaterThan 4
        @(Get-AzImageReadinessRule -Purpose Sysprep | Where-Object { $_.Id -eq 'CdromEnabled' }) | Should -BeNullOrEmpty
    }

    It 'takes the blockers of a report from the pipeline' {
        $report = Test-SysprepReadiness -LiteralPath (Expand-TestDisk 'notready.vhdx' $TestDrive) -Include $windowsTestRules
        @($report.Blockers | Get-AzImageReadinessRule).Id | Should -Be $report.Blockers.Id
        @(Get-AzImageReadinessRule CdromEnabled | Get-AzImageReadinessRule).Id | Should -Be 'CdromEnabled'
    }

    It 'names a rule that does not exist' {
        { Get-AzImageReadinessRule NoSuchRule -ErrorAction Stop } | Should -Throw -ErrorId 'RuleNotFound*'
    }
}

Describe 'Export-AzImageReadinessReport' {
    BeforeAll {
        $reports = 'notready.vhdx', 'ready-dynamic.vhd' | ForEach-Object { Test-SysprepReadiness -LiteralPath (Expand-TestDisk $_ $TestDrive) -Include $windowsTestRules }
    }

    It 'writes one page of all reports, which needs nothing else' {
        $page = [IO.Path]::Combine($TestDrive, 'report.html')
        $file = $reports | Export-AzImageReadinessReport -Path $page
        $file.FullName | Should -Be $page
        $file.PSParentPath | Should -BeLike '*FileSystem::*'
        $text = [IO.File]::ReadAllText($page)
        $text | Should -BeLike '<!DOCTYPE html>*'
        $text | Should -BeLike '*notready.vhdx*ready-dynamic.vhd*'
        $text | Should -Not -BeLike '*<script*'
        $text | Should -Not -BeLike '*<link*'
    }

    It 'writes CSV by the name of the file, a row a finding' {
        $csv = [IO.Path]::Combine($TestDrive, 'report.csv')
        $null = $reports | Export-AzImageReadinessReport -Path $csv
        $rows = @(Import-Csv -LiteralPath $csv)
        $rows | Should -HaveCount ($reports[0].Findings.Count + $reports[1].Findings.Count)
        $row = @($rows | Where-Object { $_.Id -eq 'CdromEnabled' })[0]
        $row.Verdict | Should -Be 'NotReady'
        $row.Result | Should -Be 'Fail'
        $row.Evidence | Should -Be "$($reports[0].Findings.Where({ $_.Id -eq 'CdromEnabled' }).Evidence)"
    }

    It 'writes JSON and JUnit by the name of the file' {
        $null = $reports | Export-AzImageReadinessReport -Path ([IO.Path]::Combine($TestDrive, 'report.json'))
        [IO.File]::ReadAllText([IO.Path]::Combine($TestDrive, 'report.json')) | Should -BeLike '*"Verdict": "NotReady"*'
        $null = $reports | Export-AzImageReadinessReport -Path ([IO.Path]::Combine($TestDrive, 'report.xml'))
        $suites = ([xml][IO.File]::ReadAllText([IO.Path]::Combine($TestDrive, 'report.xml'))).testsuites.testsuite
        $suites | Should -HaveCount 2
        $suites[0].failures | Should -Be 4
        $suites[1].failures | Should -Be 0
    }

    It 'leaves a file that is there unless -Force is given' {
        $page = [IO.Path]::Combine($TestDrive, 'mine.html')
        [IO.File]::WriteAllText($page, 'mine')
        { $reports | Export-AzImageReadinessReport -Path $page -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists*'
        [IO.File]::ReadAllText($page) | Should -Be 'mine'
        $null = $reports | Export-AzImageReadinessReport -Path $page -Force
        [IO.File]::ReadAllText($page) | Should -BeLike '<!DOCTYPE html>*'
    }

    It 'writes nothing with -WhatIf' {
        $page = [IO.Path]::Combine($TestDrive, 'whatif.html')
        $reports | Export-AzImageReadinessReport -Path $page -WhatIf
        [IO.File]::Exists($page) | Should -BeFalse
    }

    It 'says where a folder is missing' {
        { $reports | Export-AzImageReadinessReport -Path ([IO.Path]::Combine($TestDrive, 'gone', 'report.html')) -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationFolderNotFound*'
    }
}
