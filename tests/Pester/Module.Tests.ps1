BeforeAll {
    . $PSScriptRoot/common.ps1
    $module = Get-Module -Name AzImageTools
    $manifest = Test-ModuleManifest -Path $manifestPath
}

Describe 'The module' {
    It 'is imported from the place where the build put it' {
        $module | Should -HaveCount 1
        $module.ModuleBase | Should -Be $moduleRoot
    }

    It 'exports the cmdlets that the manifest names and no others' {
        $exported = @($module.ExportedCmdlets.Keys)
        $listed = @($manifest.ExportedCmdlets.Keys)
        @($exported | Where-Object { $_ -notin $listed }) | Should -BeNullOrEmpty -Because 'the manifest lists every export'
        @($listed | Where-Object { $_ -notin $exported }) | Should -BeNullOrEmpty -Because 'every listed cmdlet exists'
    }

    It 'exports cmdlets only' {
        $module.ExportedFunctions.Count | Should -Be 0
        $module.ExportedAliases.Count | Should -Be 0
        $module.ExportedVariables.Count | Should -Be 0
    }

    It 'has a description and a licence' {
        $manifest.Description | Should -Not -BeNullOrEmpty
        $manifest.LicenseUri | Should -BeLike 'https://*'
    }

    It 'can be imported again with -Force' {
        { Import-Module -Name $manifestPath -Force -ErrorAction Stop } | Should -Not -Throw
        Get-Module -Name AzImageTools | Should -HaveCount 1
    }
}
