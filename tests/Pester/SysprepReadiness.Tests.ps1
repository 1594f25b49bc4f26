BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'Test-SysprepReadiness' {
    It 'finds a good disk ready, and not generalized' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -Include $windowsTestRules
        $report.Verdict | Should -Be 'Ready'
        $report.Generalization | Should -Be 'NotGeneralized'
        $report.Blockers | Should -BeNullOrEmpty
        $report.Warnings | Should -BeNullOrEmpty
    }

    It 'names exactly what is wrong with a bad disk, and what to do' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -Include $windowsTestRules
        $report.Verdict | Should -Be 'NotReady'
        $failures = @($report.Findings | Where-Object { $_.Result -eq 'Fail' })
        $failures | Should -HaveCount 6
        foreach ($id in 'PendingServicing', 'LeftoverAnswerFile', 'PantherFolder', 'CdromEnabled', 'ServerRoles', 'CertifiedRoles') {
            $failures.Id | Should -Contain $id
        }
        foreach ($finding in $failures) {
            $finding.Remedy | Should -Not -BeNullOrEmpty
            "$($finding.Source)" | Should -BeLike 'https://*'
        }
    }

    It 'sees that a disk is generalized' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'generalized.vhdx' $TestDrive) -Include $windowsTestRules
        $report.Generalization | Should -Be 'Generalized'
        $report.Verdict | Should -Be 'Ready'
    }

    It 'never calls a disk without an operating system ready' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'no-os.vhd' $TestDrive)
        $report.Verdict | Should -Not -Be 'Ready'
    }

    It 'answers true or false with -Quiet' {
        Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Include $windowsTestRules -Quiet | Should -BeTrue
        Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -Include $windowsTestRules -Quiet | Should -BeFalse
    }

    It 'tells which rules only a running machine could answer' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive)
        $report.NotChecked | Should -Not -BeNullOrEmpty
        @($report.NotChecked | Where-Object { $_.Result -eq 'Pass' }) | Should -BeNullOrEmpty
    }

    It 'leaves out rules by name, and the report says which' {
        $disk = Expand-TestDisk 'notready.vhdx' $TestDrive
        (Test-SysprepReadiness -Path $disk -Include $windowsTestRules -Exclude PendingServicing, 'CdromE*', ServerRoles).Verdict | Should -Be 'Ready'
        $report = Test-SysprepReadiness -Path $disk -Exclude PendingServicing, 'CdromEnable?', ServerRoles
        $report.ExcludedRules | Should -HaveCount 3
        $report.Summary | Should -BeLike '*3 rules excluded*'
    }

    It 'asks only the rules that are wanted' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Include 'Rdp*'
        @($report.Findings | Where-Object { $_.Id -notlike 'Rdp*' }) | Should -BeNullOrEmpty
        $report.ExcludedRules | Should -Contain 'CdromEnabled'
    }

    It 'names a rule that does not exist' {
        { Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Exclude NoSuchRule -ErrorAction Stop } | Should -Throw -ErrorId 'RuleNotFound*'
    }

    It 'never passes on nothing: <Name>' -TestCases @(
        @{ Name = 'no blocker is included'; Rest = @{ Include = 'RdpPort' } }
        @{ Name = 'all is excluded'; Rest = @{ Exclude = '*' } }
        @{ Name = 'no purpose'; Rest = @{ Purpose = 'None' } }
    ) {
        param($Rest)
        $disk = Expand-TestDisk 'ready.raw' $TestDrive
        Test-SysprepReadiness -Path $disk @Rest -Quiet | Should -BeFalse
        $report = Test-SysprepReadiness -Path $disk @Rest
        $report.Verdict | Should -Be 'Undetermined'
        $report.Summary | Should -BeLike '*no blocker looked at*'
    }

    It 'takes no rule of Linux' {
        { Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -Include BashHistory -Quiet -ErrorAction Stop } | Should -Throw '*no rule of Windows*' -ErrorId 'RuleNotFound*'
    }

    It 'lists no rule of Linux for a disk without an operating system' {
        $linux = @(Get-AzImageReadinessRule | Where-Object Scope -EQ 'Linux' | ForEach-Object Id)
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -Purpose AzureUpload
        $report.Findings | Should -Not -BeNullOrEmpty
        @($report.Findings | Where-Object Id -In $linux) | Should -BeNullOrEmpty
    }

    It 'lists only what is grave enough, and keeps the verdict' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -MinimumSeverity Blocker
        $report.Verdict | Should -Be 'NotReady'
        @($report.Findings | Where-Object { $_.Severity -ne 'Blocker' }) | Should -BeNullOrEmpty
    }

    It 'sums the report up in a line' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -Include $windowsTestRules
        $excluded = switch ($report.ExcludedRules.Count) { 0 { '' } 1 { ', 1 rule excluded' } default { ", $_ rules excluded" } }
        $report.Summary | Should -Be "NotReady for Sysprep and Azure upload: 3 blockers, 2 warnings$excluded. NotGeneralized."
    }

    It 'says so where this machine does not run Windows' {
        if ([System.IO.Path]::DirectorySeparatorChar -eq '\') { Set-ItResult -Skipped -Because 'this machine runs Windows'; return }
        { Test-SysprepReadiness -ErrorAction Stop } | Should -Throw '*does not run Windows*-Path*'
        try { Test-SysprepReadiness -ErrorAction Stop } catch { $_.FullyQualifiedErrorId | Should -BeLike 'NotWindows*' }
    }
}

Describe 'Test-SysprepReadiness with rules of your own' {
    BeforeAll {
        $rules = [IO.Path]::Combine($TestDrive, 'rules.psd1')
        [IO.File]::WriteAllText($rules, @'
@{
    Rules = @(
        @{
            Id       = 'Contoso.Agent'
            Title    = 'The agent of Contoso is installed'
            Severity = 'Blocker'
            Remedy   = 'Install-ContosoAgent'
            Source   = 'https://wiki.contoso.com/agent'
            Checks   = @{ Service = 'ContosoAgent'; Start = 'Automatic', 'Manual' }
        }
        @{
            Id     = 'Contoso.Rdp'
            Title  = 'Remote Desktop listens where Contoso wants it'
            Checks = @(
                @{ Registry = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp'; Value = 'PortNumber'; Equals = 3389 }
                @{ File = 'Windows\System32\svchost.exe'; Exists = $true }
            )
        }
    )
}
'@)
    }

    It 'asks them beside the others' {
        $report = Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -RulePath $rules -Include ($windowsTestRules + 'Contoso.*')
        $report.Verdict | Should -Be 'NotReady'
        $report.Blockers.Id | Should -Be 'Contoso.Agent'
        $report.Blockers.Remedy | Should -Be 'Install-ContosoAgent'
        @($report.Findings | Where-Object { $_.Id -eq 'Contoso.Rdp' }).Result | Should -Be 'Pass'
    }

    It 'runs nothing that stands in a table' {
        $bad = [IO.Path]::Combine($TestDrive, 'bad.psd1')
        $mark = [IO.Path]::Combine($TestDrive, 'mark')
        foreach ($text in "@{`n Rules = `$([IO.File]::WriteAllText('$mark', 'x')) }", "[IO.File]::WriteAllText('$mark', 'x')`n@{ Rules = @() }", "@{ Rules = @(`"`$env:PATH`") }") {
            [IO.File]::WriteAllText($bad, $text)
            { Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -RulePath $bad -ErrorAction Stop } | Should -Throw -ErrorId 'RuleTableInvalid*'
        }
        [IO.File]::Exists($mark) | Should -BeFalse
    }

    It 'tells the file, the line and the property of a mistake' {
        $bad = [IO.Path]::Combine($TestDrive, 'mistake.psd1')
        [IO.File]::WriteAllText($bad, "@{`n    Rules = @(`n        @{`n            Id = 'A'; Title = 't'`n            Severtiy = 'Blocker'`n        }`n    )`n}")
        { Test-SysprepReadiness -Path (Expand-TestDisk 'ready.raw' $TestDrive) -RulePath $bad -ErrorAction Stop } | Should -Throw '*mistake.psd1, line 5: *Severtiy*'
    }

    It 'presumes no Windows on a disk where none is recognised' {
        $report = Test-SysprepReadiness (Expand-TestDisk 'no-os.vhd' $TestDrive) -HyperVGeneration V2
        $report.Blockers[0].Id | Should -Be 'Generation'
        $report.Blockers[0].Remedy | Should -Not -Match 'bcdboot|Windows'
        $report.Findings.Id | Get-AzImageReadinessRule | Where-Object Scope -EQ 'Linux' | Should -BeNullOrEmpty
    }
}
