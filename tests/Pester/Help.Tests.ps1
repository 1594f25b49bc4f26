BeforeDiscovery {
    $script:cmdlets = (Import-PowerShellDataFile (Join-Path $PSScriptRoot ../../AzImageTools.psd1)).CmdletsToExport
    $script:topics = (Get-ChildItem (Join-Path $PSScriptRoot ../../docs/en-US) -Filter about_*.md).BaseName
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $common = [Management.Automation.Cmdlet]::CommonParameters
}

Describe 'Get-Help <_>' -ForEach $cmdlets {
    BeforeAll {
        $help = Get-Help $_ -Full
    }

    It 'has no empty section' {
        $help.Synopsis | Should -Match '^\w.*\.$'
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        ($help.alertSet | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        $help.examples.example | ForEach-Object { "$($_.code)".Trim() | Should -Not -BeNullOrEmpty }
        @($help.relatedLinks.navigationLink).Count | Should -BeGreaterOrEqual 2
    }

    It 'tells of each parameter, and of no other, what it is for' {
        $command = Get-Command $_
        $expected = $command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
        $help.parameters.parameter.name | Sort-Object | Should -Be $expected
        foreach ($parameter in $help.parameters.parameter) {
            ($parameter.description | Out-String).Trim() | Should -Match '\w.*[.:?)]' -Because $parameter.name
        }
    }

    It 'has the parameter sets' {
        @($help.syntax.syntaxItem).Count | Should -Be @((Get-Command $_).ParameterSets).Count
    }

    It 'leads to its page' {
        (Get-Command $_).HelpUri | Should -Match "/docs/en-US/$_\.md$"
        $help.relatedLinks.navigationLink[0].uri | Should -Be (Get-Command $_).HelpUri
    }
}

Describe 'Get-Help <_>' -ForEach $topics {
    It 'shows the topic' {
        $topic = Get-Help $_
        ($topic | Out-String) | Should -Match "TOPIC\s+$_"
        ($topic | Out-String) | Should -Match 'SHORT DESCRIPTION'
    }
}
