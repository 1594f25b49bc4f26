BeforeAll {
    . $PSScriptRoot/common.ps1

    $script = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot ../../src/AzImageTools.Services/Generalize/Scripts/sysprep.ps1))
    $errors = $null
    $ast = [System.Management.Automation.Language.Parser]::ParseFile($script, [ref] $null, [ref] $errors)

    # Its functions, without what it does when it is run.
    foreach ($function in $ast.FindAll({ param($node) $node -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $false)) {
        . ([scriptblock]::Create($function.Extent.Text))
    }

    function New-Folder([string] $Name) { (New-Item -ItemType Directory -Path (Join-Path $TestDrive $Name)).FullName }
}

Describe 'The script that runs Sysprep' {
    It 'is sound, and tells its name and version in its first line' {
        $errors | Should -BeNullOrEmpty
        (Get-Content $script)[0] | Should -MatchExactly '^# AzImageTools guest script: sysprep [0-9]+$'
    }

    It 'uses nothing that Windows PowerShell 5.1 lacks' {
        $tokens = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile($script, [ref] $tokens, [ref] $null)
        $tokens.Kind | Should -Not -Contain 'QuestionQuestion'
        $tokens.Kind | Should -Not -Contain 'QuestionMark'
        $tokens.Kind | Should -Not -Contain 'AndAnd'
        $tokens.Kind | Should -Not -Contain 'OrOr'
    }

    It 'keeps the password out of command lines' {
        $commands = $ast.FindAll({ param($node) $node -is [System.Management.Automation.Language.CommandAst] }, $true)
        $told = $commands | Where-Object { $_.Extent.Text -match '\$password' } | ForEach-Object { $_.GetCommandName() } | Sort-Object -Unique
        $told | Should -Be 'New-Administrator', 'Start-Role'
        $ast.FindAll({ param($node) $node -is [System.Management.Automation.Language.FunctionDefinitionAst] -and $node.Name -eq 'Start-Role' }, $true).Extent.Text |
            Should -Match 'Arguments = [^\r\n]*' -Because 'it has arguments'
        ($ast.Extent.Text -split "`n" -match 'action\.Arguments') | Should -Not -Match 'assword'
    }

    It 'makes passwords that any policy takes, each another' {
        $passwords = 1..20 | ForEach-Object { New-Password }
        ($passwords | Sort-Object -Unique).Count | Should -Be 20
        foreach ($password in $passwords) {
            $password.Length | Should -BeGreaterThan 40
            $password | Should -MatchExactly '[a-z].*' -Because 'small letters'
            $password | Should -MatchExactly '[A-Z]'
            $password | Should -MatchExactly '[0-9]'
            $password | Should -MatchExactly '[!+/=]'
        }
    }
}

Describe 'Waiting for Sysprep' {
    BeforeEach {
        Mock Start-Sleep { }
    }

    It 'is done when it has gone and Windows is resealed' {
        Mock Test-SysprepRunning { ($script:left -= 1) -gt 0 }
        Mock Test-Resealed { $true }
        $script:left = 4
        Wait-Sysprep 60 | Should -Be 'done'
        Should -Invoke Test-SysprepRunning -Exactly 4
    }

    It 'goes by nothing else while it runs' {
        Mock Test-SysprepRunning { $true }
        Mock Test-Resealed { $true }
        Wait-Sysprep 0 | Should -Be 'late'
    }

    It 'failed when it has gone for half a minute and Windows is not resealed' {
        Mock Test-SysprepRunning { $false }
        Mock Test-Resealed { $false }
        Wait-Sysprep 60 | Should -Be 'failed'
        Should -Invoke Start-Sleep -Exactly 6
    }

    It 'ends with its time' {
        Mock Test-SysprepRunning { $false }
        Mock Test-Resealed { $false }
        Wait-Sysprep 0 | Should -Be 'late'
    }
}

Describe 'What the image must not have' {
    BeforeEach {
        $env:SystemRoot = New-Folder "Windows-$([guid]::NewGuid())"
        $folder = Join-Path $env:SystemRoot 'AzImageTools.generalize'
        $null = New-Item -ItemType Directory -Path $folder, (Join-Path $env:SystemRoot 'Panther'), (Join-Path $env:SystemRoot 'System32/Sysprep')
        $leftovers = 'Panther/unattend.xml', 'Panther/Unattend/unattend.xml', 'System32/Sysprep/unattend.xml', '../absent.xml', 'Panther'
        Set-Content (Join-Path $env:SystemRoot 'Panther/unattend.xml') 'one'
        Set-Content (Join-Path $env:SystemRoot 'Panther/setupact.log') 'log'
        Set-Content (Join-Path $env:SystemRoot 'System32/Sysprep/unattend.xml') 'two'
    }

    AfterEach {
        $env:SystemRoot = $null
    }

    It 'is put aside, and is back where it was when Sysprep fails' {
        $moved = @(Move-Leftover)
        $moved | Should -HaveCount 3
        Join-Path $env:SystemRoot 'Panther' | Should -Not -Exist
        Join-Path $env:SystemRoot 'System32/Sysprep/unattend.xml' | Should -Not -Exist

        Restore-Leftover $moved
        Get-Content (Join-Path $env:SystemRoot 'Panther/unattend.xml') | Should -Be 'one'
        Get-Content (Join-Path $env:SystemRoot 'Panther/setupact.log') | Should -Be 'log'
        Get-Content (Join-Path $env:SystemRoot 'System32/Sysprep/unattend.xml') | Should -Be 'two'
    }

    It 'is no error where there is none' {
        Remove-Item (Join-Path $env:SystemRoot 'Panther'), (Join-Path $env:SystemRoot 'System32/Sysprep/unattend.xml') -Recurse
        @(Move-Leftover) | Should -HaveCount 0
        { Restore-Leftover @() } | Should -Not -Throw
    }

    It 'tells the last lines of a log, and nothing of one that is not there' {
        $null = New-Item -ItemType Directory -Path (Join-Path $env:SystemRoot 'System32/Sysprep/Panther')
        Get-LogLine 'setuperr.log' 2 | Should -BeNullOrEmpty
        Set-Content (Join-Path $env:SystemRoot 'System32/Sysprep/Panther/setuperr.log') 'one', 'two', 'three'
        Get-LogLine 'setuperr.log' 2 | Should -Be 'two', 'three'
    }
}

Describe 'The work' {
    BeforeEach {
        $env:SystemRoot = New-Folder "Windows-$([guid]::NewGuid())"
        $folder = Join-Path $env:SystemRoot 'AzImageTools.generalize'
        $null = New-Item -ItemType Directory -Path $folder, (Join-Path $env:SystemRoot 'System32')
        $TimeoutMinutes = 60
        $workTask = 'work'
        foreach ($name in 'Remove-Role', 'Start-AsAdministrator', 'Remove-Administrator', 'Remove-SavedScript') { Mock $name { } }
        Mock Move-Leftover { }
        Mock Restore-Leftover { }
        Mock Get-ImageState { 'IMAGE_STATE_COMPLETE' }
        Mock Get-LogLine { 'SYSPRP why' }
    }

    AfterEach {
        $env:SystemRoot = $null
    }

    It 'takes account and folder away, and then shuts down' -Skip:$IsWindows {
        $program = Join-Path $env:SystemRoot 'System32/shutdown.exe'
        $called = Join-Path $TestDrive 'shutdown'
        Set-Content $program '#!/bin/sh', "[ -e '$folder' ] && echo early > '$called' || echo `$* > '$called'"
        chmod +x $program
        Mock Wait-Sysprep { 'done' }
        Invoke-Work-Role
        Get-Content $called | Should -Be '/s /t 0'
        Should -Invoke Remove-Administrator -Exactly 1
        Should -Invoke Restore-Leftover -Exactly 0
    }

    It 'tells what failed, takes the account away and puts back what was put aside' {
        Mock Wait-Sysprep { 'failed' }
        Invoke-Work-Role
        Get-Content (Join-Path $folder 'result.txt') | Should -Be 'failed', 'Sysprep ended, and Windows is not generalized.', 'ImageState: IMAGE_STATE_COMPLETE', 'SYSPRP why'
        Should -Invoke Remove-Administrator -Exactly 1
        Should -Invoke Restore-Leftover -Exactly 1
    }

    It 'touches nothing of a Sysprep that still runs' {
        Mock Wait-Sysprep { 'late' }
        Invoke-Work-Role
        (Get-Content (Join-Path $folder 'result.txt'))[0] | Should -Be 'late'
        Should -Invoke Remove-Administrator -Exactly 0
        Should -Invoke Restore-Leftover -Exactly 0
    }

    It 'lets Sysprep begin only when saved scripts and leftovers have gone' {
        $script:order = @()
        Mock Remove-SavedScript { $script:order += "scripts:$(Test-Path (Join-Path $folder 'go'))" }
        Mock Move-Leftover { $script:order += "leftovers:$(Test-Path (Join-Path $folder 'go'))" }
        Mock Wait-Sysprep { $script:order += "sysprep:$(Test-Path (Join-Path $folder 'go'))"; 'late' }
        Invoke-Work-Role
        $script:order | Should -Be 'scripts:False', 'leftovers:False', 'sysprep:True'
    }

    It 'does not begin without an administrator with a full token' {
        Mock Start-AsAdministrator { throw 'no token' }
        Mock Wait-Sysprep { }
        Invoke-Work-Role
        (Get-Content (Join-Path $folder 'result.txt'))[0, 1] | Should -Be 'failed', 'no token'
        Should -Invoke Wait-Sysprep -Exactly 0
    }
}
