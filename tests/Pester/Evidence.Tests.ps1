BeforeAll {
    . $PSScriptRoot/common.ps1

    # Unpacks what a collector printed, changes it, and returns the file's path.
    function New-EvidenceFile([string] $System, [string] $Name, [scriptblock] $Change = { param($text) $text }) {
        $source = [System.IO.Path]::Combine($PSScriptRoot, '..', 'data', 'evidence', "$System.txt.gz")
        $reader = [System.IO.StreamReader]::new([System.IO.Compression.GZipStream]::new([System.IO.File]::OpenRead($source), [System.IO.Compression.CompressionMode]::Decompress))
        try { $text = $reader.ReadToEnd() } finally { $reader.Dispose() }
        $path = [System.IO.Path]::Combine($TestDrive, $Name)
        [System.IO.File]::WriteAllText($path, (& $Change $text))
        $path
    }
}

Describe '-EvidencePath' {
    It 'judges a Windows elsewhere' {
        $report = Test-SysprepReadiness -EvidencePath (New-EvidenceFile 'windows' 'windows.txt') -Include $windowsTestRules
        $report.Target | Should -BeLike 'VM (evidence of 2*'
        "$($report.Guest)" | Should -BeLike 'Windows Server 2022*'
        $report.Generalization | Should -Be 'NotGeneralized'
        $report.Verdict | Should -Be 'Undetermined'
        @($report.Findings | Where-Object { $_.Id -eq 'CdromEnabled' })[0].Result | Should -Be 'Pass'
        $report.NotChecked.Id | Should -Contain 'RunContext'
        $report.NotChecked.Id | Should -Contain 'BitLockerOff'
    }

    It 'judges a Linux elsewhere' {
        $report = Test-DeprovisionReadiness -EvidencePath (New-EvidenceFile 'linux' 'linux.txt')
        "$($report.Guest)" | Should -BeLike 'Debian*'
        $report.Generalization | Should -Be 'NotGeneralized'
        "$(@($report.Findings | Where-Object { $_.Id -eq 'Users' })[0].Evidence)" | Should -BeLike '/etc/passwd: anna*'
        @($report.Findings | Where-Object { $_.Id -eq 'HyperVInitramfs' })[0].Result | Should -Be 'Pass'
    }

    It 'reads what Run Command puts around it' {
        $path = New-EvidenceFile 'linux' 'framed.txt' { param($text) "Enable succeeded: `n[stdout]`n$text`n[stderr]`n" }
        (Test-DeprovisionReadiness -EvidencePath $path).Generalization | Should -Be 'NotGeneralized'
    }

    It 'says which system it is where the other command is asked' {
        $report = Test-SysprepReadiness -EvidencePath (New-EvidenceFile 'linux' 'other.txt') -Purpose Sysprep
        "$($report.Problems)" | Should -BeLike '*Linux*'
    }

    It 'refuses a part, with the missing chunks and a stable id' {
        $path = New-EvidenceFile 'windows' 'part.txt' { param($text) $text.Substring(0, $text.IndexOf('chunk 2:')) }
        { Test-SysprepReadiness -EvidencePath $path -ErrorAction Stop } | Should -Throw '*part.txt*missing: 2*'
        $failure = $null
        $null = Test-SysprepReadiness -EvidencePath $path -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'EvidenceIncomplete,*'
        "$($failure[0].CategoryInfo.Category)" | Should -Be 'InvalidData'
    }

    It 'tells a file that is not there from one that is no evidence' {
        $failure = $null
        $null = Test-SysprepReadiness -EvidencePath ([System.IO.Path]::Combine($TestDrive, 'none.txt')) -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
        $null = Test-SysprepReadiness -EvidencePath $manifestPath -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'EvidenceNotFound,*'
    }

    It 'has its collectors in the module' {
        [System.IO.File]::Exists([System.IO.Path]::Combine($moduleRoot, 'evidence', 'collect-windows.ps1')) | Should -BeTrue
        [System.IO.File]::ReadAllText([System.IO.Path]::Combine($moduleRoot, 'evidence', 'collect-linux.sh')).Contains("`r") | Should -BeFalse
    }
}
