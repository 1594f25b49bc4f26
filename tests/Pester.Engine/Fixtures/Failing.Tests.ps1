# Every test here fails, in this engine and in Pester.
Describe 'Failing' {
    It 'throws' { throw 'a mistake' }
    It 'divides by zero' { 1 / 0; $true | Should -BeTrue }
    It 'calls what is not there' { Get-NoSuchThing }
    It 'uses an operator that is not there' { 1 | Should -BeSomewhat 1 }
    It 'uses two operators' { 1 | Should -Be 1 -BeTrue }
    It 'uses no operator' { 1 | Should 1 }
    It 'goes on after nothing' { 1 | Should -Be 2; throw 'not reached' }
    It 'fails for <_>' -ForEach 1, 2 { $_ | Should -Be 3 -Because 'three is expected' }
    It 'passes something other than a script block to -Throw' { 1 | Should -Throw }
    It 'expects another error' { { throw 'one' } | Should -Throw -ExpectedMessage 'two' }
    It 'expects another id' { { throw 'one' } | Should -Throw -ErrorId 'two' }
    It 'expects another type' { { throw 'one' } | Should -Throw -ExceptionType ([System.IO.IOException]) }
    It 'expects an error' { { 1 } | Should -Throw }
    It 'expects no error' { { throw 'one' } | Should -Not -Throw }

    It 'does not hold: <Case>' -ForEach @(
        @{ Case = 'Be'; Test = { 1 | Should -Be 2 } }
        @{ Case = 'Not Be'; Test = { 1 | Should -Not -Be 1 } }
        @{ Case = 'Be of collections'; Test = { 1, 2 | Should -Be @(1, 2, 3) } }
        @{ Case = 'Be of null'; Test = { $null | Should -Be 0 } }
        @{ Case = 'BeExactly'; Test = { 'A' | Should -BeExactly 'a' } }
        @{ Case = 'BeNullOrEmpty'; Test = { 0 | Should -BeNullOrEmpty } }
        @{ Case = 'Not BeNullOrEmpty'; Test = { @() | Should -Not -BeNullOrEmpty } }
        @{ Case = 'BeTrue'; Test = { $null | Should -BeTrue } }
        @{ Case = 'BeFalse'; Test = { 'a' | Should -BeFalse } }
        @{ Case = 'Match'; Test = { 'a' | Should -Match 'b' } }
        @{ Case = 'BeLike'; Test = { 'ab' | Should -BeLike 'a' } }
        @{ Case = 'HaveCount'; Test = { 1, 2 | Should -HaveCount 1 } }
        @{ Case = 'BeOfType'; Test = { 1 | Should -BeOfType [string] } }
        @{ Case = 'BeGreaterThan'; Test = { 1 | Should -BeGreaterThan 1 } }
        @{ Case = 'BeGreaterOrEqual'; Test = { 1 | Should -BeGreaterOrEqual 2 } }
        @{ Case = 'BeLessThan'; Test = { 1 | Should -BeLessThan 1 } }
        @{ Case = 'BeLessOrEqual'; Test = { 2 | Should -BeLessOrEqual 1 } }
        @{ Case = 'Contain'; Test = { 1, 2 | Should -Contain 3 } }
        @{ Case = 'BeIn'; Test = { 3 | Should -BeIn @(1, 2) } }
        @{ Case = 'Exist'; Test = { '/no/such/file' | Should -Exist } }
        @{ Case = 'one of several'; Test = { 1, 5 | Should -BeLessThan 3 } }
    ) {
        . $Test
    }
}

Describe 'A broken BeforeAll' {
    BeforeAll { throw 'set-up failed' }
    It 'fails its tests' { 1 | Should -Be 1 }
    Context 'inside' {
        It 'fails inner tests too' { 1 | Should -Be 1 }
    }
}

Describe 'A broken BeforeEach' {
    BeforeEach { throw 'set-up failed' }
    It 'fails its tests, too' { 1 | Should -Be 1 }
}

Describe 'A broken AfterEach' {
    AfterEach { throw 'clean-up failed' }
    It 'fails the test before it' { 1 | Should -Be 1 }
}
