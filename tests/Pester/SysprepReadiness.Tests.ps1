BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Test-SysprepReadiness' {
    It 'finds a good disk ready, and not generalized' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive)
        $report.Verdict | Should -Be 'Ready'
        $report.Generalization | Should -Be 'NotGeneralized'
        $report.Blockers | Should -BeNullOrEmpty
        $report.Warnings | Should -BeNullOrEmpty
    }

    It 'names exactly what is wrong with a bad disk, and what to do' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive)
        $report.Verdict | Should -Be 'NotReady'
        $failures = @($report.Findings | Where-Object { $_.Result -eq 'Fail' })
        $failures | Should -HaveCount 4
        foreach ($id in 'PendingServicing', 'LeftoverAnswerFile', 'CdromEnabled', 'ServerRoles') {
            $failures.Id | Should -Contain $id
        }
        foreach ($finding in $failures) {
            $finding.Remedy | Should -Not -BeNullOrEmpty
            "$($finding.Source)" | Should -BeLike 'https://*'
        }
    }

    It 'sees that a disk is generalized' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive)
        $report.Generalization | Should -Be 'Generalized'
        $report.Verdict | Should -Be 'Ready'
    }

    It 'never calls a disk without an operating system ready' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'no-os.vhd' $TestDrive)
        $report.Verdict | Should -Not -Be 'Ready'
    }

    It 'answers true or false with -Quiet' {
        Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Quiet | Should -BeTrue
        Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -Quiet | Should -BeFalse
    }

    It 'tells which rules only a running machine could answer' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive)
        $report.NotChecked | Should -Not -BeNullOrEmpty
        @($report.NotChecked | Where-Object { $_.Result -eq 'Pass' }) | Should -BeNullOrEmpty
    }

    It 'says so where this machine does not run Windows' {
        if ([System.IO.Path]::DirectorySeparatorChar -eq '\') { Set-ItResult -Skipped -Because 'this machine runs Windows'; return }
        { Test-SysprepReadiness -ErrorAction Stop } | Should -Throw '*does not run Windows*-Path*'
        try { Test-SysprepReadiness -ErrorAction Stop } catch { $_.FullyQualifiedErrorId | Should -BeLike 'NotWindows*' }
    }
}
