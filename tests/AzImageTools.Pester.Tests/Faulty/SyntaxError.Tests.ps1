Describe 'Sizes' {
    It 'are compared' {
        1 | Should -Be 1
}
