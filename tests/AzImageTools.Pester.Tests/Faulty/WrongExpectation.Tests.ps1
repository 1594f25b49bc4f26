Describe 'Sizes' {
    It 'are numbers' {
        1 | Should -BeOfType [int]
    }

    It 'are compared' {
        1 | Should -Be 2
    }
}
