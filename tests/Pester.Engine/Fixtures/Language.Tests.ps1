# Every test here passes, in this engine and in Pester.
BeforeDiscovery {
    $rows = @(
        @{ Name = 'one'; Number = 1; Inner = @{ Text = 'first' } }
        @{ Name = 'two'; Number = 2; Inner = @{ Text = 'second' } }
    )
}

BeforeAll {
    $fromFile = 'file'
    $log = [System.Collections.Generic.List[string]]::new()
    function Get-Helper { "helper of $fromFile" }
}

Describe 'Scopes' {
    BeforeAll { $fromBlock = 'block' }
    BeforeEach { $fresh = 0; $log.Add('each') }
    AfterEach { $log.Add("after $fresh") }

    It 'sees the variables of BeforeAll' {
        "$fromFile $fromBlock" | Should -Be 'file block'
        $fresh = 5
    }

    It 'sees fresh variables of BeforeEach, and what AfterEach saw of the test before' {
        $fresh | Should -Be 0
        $log | Should -Be @('each', 'after 5', 'each')
    }

    It 'calls functions of BeforeAll' { Get-Helper | Should -Be 'helper of file' }

    It 'does not see variables that were set outside of a set-up block' { $leftover | Should -BeNullOrEmpty }

    $leftover = 'discovery only'

    Context 'inside' {
        BeforeAll { $fromBlock = 'inner' }
        BeforeEach { $log.Add('inner each') }

        It 'sees the inner value' { $fromBlock | Should -Be 'inner' }
        It 'runs BeforeEach from the outside in' { @($log)[-2, -1] | Should -Be @('each', 'inner each') }
    }

    Context 'after an inner block' {
        It 'sees the outer value again' { $fromBlock | Should -Be 'block' }
    }

    It 'knows its own folder' { [System.IO.Path]::GetFileName($PSScriptRoot) | Should -Be 'Fixtures' }
}

Describe 'Data' {
    It 'expands <Name>, <Number> and <Inner.Text>' -ForEach $rows {
        $Number | Should -BeIn 1, 2
        $_.Name | Should -Be $Name
        $Inner.Text | Should -Match '^(first|second)$'
    }

    It 'takes single values: <_>' -TestCases 3, 4 { $_ | Should -BeGreaterThan 2 }

    Context 'a block for <Name>' -ForEach $rows {
        BeforeAll { $double = $Number * 2 }

        It 'sees the data of its block' { $double | Should -Be ($Number + $Number) }
        It 'has data of its own too: <_>' -ForEach 'x' {
            $_ | Should -Be 'x'
            $Name | Should -BeIn 'one', 'two'
        }
    }
}

Describe 'TestDrive' {
    BeforeAll { [System.IO.File]::WriteAllText("$TestDrive/outer.txt", 'text') }

    Context 'one' {
        It 'holds what the outer block made' {
            [System.IO.File]::WriteAllText("$TestDrive/inner.txt", 'text')
            "$TestDrive/outer.txt" | Should -Exist
            'TestDrive:/inner.txt' | Should -Exist
        }
    }

    Context 'two' {
        It 'does not hold what another block made' {
            "$TestDrive/inner.txt" | Should -Not -Exist
            "$TestDrive/outer.txt" | Should -Exist
        }
    }
}

Describe 'Operators' {
    It 'holds: <Case>' -ForEach @(
        @{ Case = 'numbers of different types'; Test = { 3 | Should -Be 3L } }
        @{ Case = 'text in any case'; Test = { 'A' | Should -Be 'a' } }
        @{ Case = 'text in the same case'; Test = { 'A' | Should -BeExactly 'A'; 'A' | Should -Not -BeExactly 'a' } }
        @{ Case = 'collections'; Test = { 1, 2 | Should -Be @(1, 2); @(1, 2) | Should -Not -Be @(2, 1) } }
        @{ Case = 'null'; Test = { $null | Should -Be $null; $null | Should -BeNullOrEmpty } }
        @{ Case = 'emptiness'; Test = { '' | Should -BeNullOrEmpty; @() | Should -BeNullOrEmpty; @{} | Should -BeNullOrEmpty; 0 | Should -Not -BeNullOrEmpty } }
        @{ Case = 'truth'; Test = { 1 | Should -BeTrue; 0 | Should -BeFalse; 'x' | Should -Not -BeFalse } }
        @{ Case = 'patterns'; Test = { 'Disk.vhd' | Should -Match 'disk\.'; 'Disk.vhd' | Should -BeLike '*.VHD'; 'Disk' | Should -Not -BeLike 'x*' } }
        @{ Case = 'counts'; Test = { 1, 2, 3 | Should -HaveCount 3; @() | Should -HaveCount 0; 'a' | Should -Not -HaveCount 2 } }
        @{ Case = 'types'; Test = { 1 | Should -BeOfType [int]; 'a' | Should -BeOfType ([string]); 'a' | Should -Not -BeOfType System.Int32 } }
        @{ Case = 'order'; Test = { 2 | Should -BeGreaterThan 1; 2 | Should -BeGreaterOrEqual 2; 2 | Should -BeLessThan 3; 2 | Should -BeLessOrEqual 2 } }
        @{ Case = 'membership'; Test = { 1, 2 | Should -Contain 2; 2 | Should -BeIn @(1, 2); 3 | Should -Not -BeIn @(1, 2) } }
        @{ Case = 'named actual values'; Test = { Should -ActualValue 3 -Be 3 } }
    ) {
        . $Test
    }

    It 'sees errors that are thrown' {
        { throw 'the disk is damaged' } | Should -Throw
        { throw 'the disk is damaged' } | Should -Throw -ExpectedMessage '*damaged' -ErrorId 'the disk*'
        { 1 } | Should -Not -Throw
        { Get-Module -Name } | Should -Throw -ErrorId 'MissingArgument,Microsoft.PowerShell.Commands.GetModuleCommand'
        { throw [System.IO.IOException]::new('x') } | Should -Throw -ExceptionType ([System.IO.IOException])
        $problem = { throw 'kept' } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Be 'kept'
    }
}

Describe 'Skipping' {
    It 'is skipped with a reason' { Set-ItResult -Skipped -Because 'there is no reason'; throw 'not reached' }
    It 'is marked' -Skip { throw 'not reached' }
    It 'is not marked' -Skip:$false { 1 | Should -Be 1 }

    Context 'all of it' -Skip {
        BeforeAll { throw 'not reached' }
        It 'is inside' { throw 'not reached' }
    }
}
