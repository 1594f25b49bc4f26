Describe 'Sizes' {
    BeforeAll {
        $size = 1
    }
}
