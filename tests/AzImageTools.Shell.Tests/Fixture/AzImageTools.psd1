@{
    RootModule        = 'Fixture.psm1'
    ModuleVersion     = '0.1.0'
    GUID              = '0f8b1b0e-6c43-4b7c-9a55-3c0d3b0a8a10'
    FormatsToProcess  = @('Fixture.Format.ps1xml')
    FunctionsToExport = @('Get-Disk', 'Remove-Disk', 'Send-Disk', 'Write-Streams')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
