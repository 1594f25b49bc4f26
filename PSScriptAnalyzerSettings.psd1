@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        # Pester's blocks share variables: what BeforeAll assigns, other blocks use.
        'PSUseDeclaredVarsMoreThanAssignments'
        # The tests' own helpers make files only where a test may.
        'PSUseShouldProcessForStateChangingFunctions'
    )
    Rules        = @{
        PSUseCompatibleSyntax = @{
            Enable         = $true
            TargetVersions = @('5.1', '7.4')
        }
    }
}
