BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $linux = Expand-TestDisk 'linux.vhd' $TestDrive
    $windows = Expand-TestDisk 'ready.raw' $TestDrive
    Set-Location -LiteralPath $TestDrive

    # What Tab offers. What takes longer than a user waits is offered at a later attempt.
    function Get-Completion([string] $Typed) {
        foreach ($attempt in 1..100) {
            $found = @((TabExpansion2 -inputScript $Typed -cursorColumn $Typed.Length).CompletionMatches | Where-Object ResultType -EQ 'ParameterValue')
            if ($found) { return $found.CompletionText }
        }
    }
}

AfterAll {
    Set-Location -LiteralPath $PSScriptRoot
    $null = Disconnect-AzImageService
}

Describe 'Completion' {
    It 'offers <Expected> for <Typed>' -TestCases @(
        @{ Typed = 'New-AzCapturedImage -ResourceGroupName sand'; Expected = 'sandbox-rg' }
        @{ Typed = 'New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName lin'; Expected = 'linux-vm' }
        @{ Typed = 'New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName x -GalleryName sandboxGallery -GalleryImageDefinitionName ub'; Expected = 'ubuntu' }
        @{ Typed = 'New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName x -GalleryName sandboxGallery -GalleryImageDefinitionName ubuntu -ImageVersion 1'; Expected = '1.0.0' }
        @{ Typed = 'New-AzVhdImage img -ResourceGroupName sandbox-rg -DiskName win-vm'; Expected = 'win-vm_OsDisk_1' }
        @{ Typed = 'Send-AzVhd ./linux.vhd -StorageAccountName sand'; Expected = 'sandboximages' }
        @{ Typed = 'Send-AzVhd ./linux.vhd -StorageAccountName sandboximages -Container v'; Expected = 'vhds' }
        @{ Typed = 'Send-AzVhd ./linux.vhd -ResourceGroupName sandbox-rg -Zone '; Expected = '2' }
        @{ Typed = 'Send-AzVhd ./linux.vhd -ResourceGroupName sandbox-rg -Location northe'; Expected = 'northeurope' }
        @{ Typed = 'Get-AzImageSource -Publisher Micros'; Expected = 'MicrosoftWindowsServer' }
        @{ Typed = 'Get-AzImageSource -Publisher MicrosoftWindowsServer -Offer Win'; Expected = 'WindowsServer' }
        @{ Typed = 'Get-AzImageSource -Publisher MicrosoftWindowsServer -Offer WindowsServer -Sku 2022-datacenter-g'; Expected = '2022-datacenter-g2' }
        @{ Typed = 'Get-AzVhdItem ./linux.vhd -Volume '; Expected = '1' }
        @{ Typed = 'Get-AzVhdItem ./linux.vhd /etc/fst'; Expected = '/etc/fstab' }
        @{ Typed = 'Get-AzVhdItem -LiteralPath ./linux.vhd -ItemPath /etc/ssh/'; Expected = '/etc/ssh/sshd_config' }
        @{ Typed = 'Get-AzVhdItem ./ready.raw C:\Windows\Sys'; Expected = 'C:\Windows\System32' }
        @{ Typed = 'Copy-AzVhdItem ./linux.vhd /etc/os-rel'; Expected = '/etc/os-release' }
        @{ Typed = 'Get-AzVhdRegistryValue ./ready.raw HK'; Expected = 'HKLM' }
        @{ Typed = 'Get-AzVhdRegistryValue ./ready.raw HKLM\SYST'; Expected = 'HKLM\SYSTEM' }
        @{ Typed = 'Get-AzVhdRegistryValue ./ready.raw HKLM:\SYSTEM\Curr'; Expected = 'HKLM:\SYSTEM\CurrentControlSet' }
        @{ Typed = 'Get-AzVhdRegistryValue ./ready.raw HKLM\SYSTEM\CurrentControlSet\Contr'; Expected = 'HKLM\SYSTEM\CurrentControlSet\Control' }
        @{ Typed = "Get-AzVhdRegistryValue ./ready.raw 'HKLM\SYSTEM\CurrentControlSet\Control\Terminal"; Expected = "'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server'" }
    ) {
        param($Typed, $Expected)
        Get-Completion $Typed | Should -Contain $Expected
    }

    It 'offers again at once what it has read' {
        $typed = 'Get-AzVhdItem ./linux.vhd /etc/'
        $null = Get-Completion $typed
        (TabExpansion2 -inputScript $typed -cursorColumn $typed.Length).CompletionMatches | Should -Not -BeNullOrEmpty
    }

    It 'never fails: <_>' -TestCases @(
        'Get-AzVhdItem ./nosuch.vhd /etc/'
        'Get-AzVhdItem $unknown /etc/'
        'Get-AzVhdItem ./linux.vhd /nosuch/'
        'Get-AzVhdItem ./linux.vhd -Volume 9 /etc/'
        'Get-AzVhdItem env:PATH /etc/'
        'Get-AzVhdRegistryValue ./linux.vhd HKLM\SYSTEM\'
        'Get-AzVhdRegistryValue ./ready.raw NOPE\'
        'Send-AzVhd ./linux.vhd -StorageAccountName nosuchaccount -Container v'
    ) {
        $before = $Error.Count
        { TabExpansion2 -inputScript $_ -cursorColumn $_.Length } | Should -Not -Throw
        $Error.Count | Should -Be $before
    }

    It 'offers nothing where nobody is connected' {
        $null = Disconnect-AzImageService
        try { (TabExpansion2 'Get-AzVhdUpload -ResourceGroupName sand' 39).CompletionMatches | Should -BeNullOrEmpty }
        finally { $null = Connect-AzImageService -Sandbox }
    }
}
