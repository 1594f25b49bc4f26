BeforeAll {
    . $PSScriptRoot/common.ps1

    # The root of a Debian, as far as the rules look: files by path and text.
    function New-LinuxRoot([string] $Name, [hashtable] $Files = @{}) {
        $root = [System.IO.Path]::Combine($TestDrive, $Name)
        $all = @{
            'etc/os-release'    = "ID=debian`nVERSION_ID=`"12`"`nPRETTY_NAME=`"Debian GNU/Linux 12 (bookworm)`"`n"
            'etc/hostname'      = "localhost.localdomain`n"
            'etc/machine-id'    = ''
            'etc/shadow'        = "root:*LOCK*:14600::::::`n"
            'etc/passwd'        = "root:x:0:0:root:/root:/bin/bash`n"
            'etc/waagent.conf'  = "Provisioning.Agent=auto`n"
            'usr/sbin/waagent'  = '#!'
        }
        foreach ($path in $Files.Keys) { $all[$path] = $Files[$path] }
        foreach ($path in $all.Keys) {
            $file = [System.IO.Path]::Combine($root, $path)
            $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($file))
            [System.IO.File]::WriteAllText($file, $all[$path])
        }

        $root
    }

    $onLinux = [System.IO.Directory]::Exists('/proc/self')
}

Describe 'Test-DeprovisionReadiness' {
    It 'finds a folder generalized of which nothing tells a machine' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        $report = Test-DeprovisionReadiness -RootPath (New-LinuxRoot 'clean')
        $report.Generalization | Should -Be 'Generalized'
        "$($report.Guest)" | Should -BeLike 'Debian*'
        "$($report.Purpose)" | Should -Be 'AzureUpload, Deprovision'
    }

    It 'names what is left, where, and what to do' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        $report = Test-DeprovisionReadiness -RootPath (New-LinuxRoot 'used' @{ 'etc/hostname' = "web01`n"; 'etc/shadow' = "root:`$6`$secret:1::::::`n" })
        $report.Verdict | Should -Be 'NotReady'
        $report.Generalization | Should -Not -Be 'Generalized'
        $report.Blockers.Id | Should -Contain 'RootLocked'
        $name = @($report.Findings | Where-Object { $_.Id -eq 'Hostname' })[0]
        "$($name.Evidence)" | Should -Be '/etc/hostname, line 1: web01'
        $name.Remedy | Should -BeLike '*localhost.localdomain*'
        "$($name.Source)" | Should -BeLike 'https://*'
        "$($report.Findings | ForEach-Object { $_.Evidence })" | Should -Not -BeLike '*secret*'
    }

    It 'never passes what nobody looked at' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        $report = Test-DeprovisionReadiness -RootPath (New-LinuxRoot 'bare') -Include $linuxTestRules
        $report.Verdict | Should -Be 'Undetermined'
        $report.NotChecked.Id | Should -Contain 'HyperVInitramfs'
    }

    It 'judges this machine where no path is given' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        $report = Test-DeprovisionReadiness
        $report.Target | Should -Be ([Environment]::MachineName)
        @($report.Findings | Where-Object { $_.Id -eq 'MachineId' }) | Should -HaveCount 1
    }

    It 'says so where this machine does not run Linux' {
        if ($onLinux) { Set-ItResult -Skipped -Because 'this machine runs Linux'; return }
        { Test-DeprovisionReadiness -ErrorAction Stop } | Should -Throw '*does not run Linux*'
    }

    It 'says so where there is no such folder' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        { Test-DeprovisionReadiness -RootPath "$TestDrive/nowhere" -ErrorAction Stop } | Should -Throw '*no folder*'
    }

    It 'takes disk images by path and from the pipeline, and does not deprovision a Windows' {
        $disk = Expand-TestDisk 'ready.raw' $TestDrive
        $known = @{ Include = $linuxTestRules }
        foreach ($report in (Test-DeprovisionReadiness -Path $disk @known), ($disk | Test-DeprovisionReadiness @known), ([System.IO.FileInfo] $disk | Test-DeprovisionReadiness @known)) {
            $report.Target | Should -Be $disk
            $report.Verdict | Should -Be 'Undetermined'
            $report.Problems | Should -HaveCount 1
            $report.Problems[0] | Should -BeLike '*Sysprep*'
        }
    }

    It 'is what the example tells an admin with' {
        if (-not $onLinux) { Set-ItResult -Skipped -Because 'this machine does not run Linux'; return }
        $example = [System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'docs', 'examples', 'linux-image.ps1')
        $lines = @(& $example -RootPath (New-LinuxRoot 'example' @{ 'etc/hostname' = "web01`n" }))
        $lines | Should -Contain '    seen: /etc/hostname, line 1: web01'
        $lines[-1] | Should -BeLike '*example: Debian*, *Generalized'
    }

    It 'answers true or false with -Quiet' {
        Test-DeprovisionReadiness -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -Quiet | Should -BeFalse
    }
}
