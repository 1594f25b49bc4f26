Describe 'Sizes' {
    BeforeAll {
        throw 'The disk is missing.'
    }

    It 'are compared' {
        1 | Should -Be 1
    }
}
