BeforeAll {
    . $PSScriptRoot/common.ps1
    Disconnect-AzImageService
}

Describe 'Sessions' {
    AfterEach {
        Disconnect-AzImageService
    }

    It 'tells how to get a credential where there is none' {
        { Get-AzImageContext -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,AzImageTools.Commands.Session.GetAzImageContextCommand' -ExpectedMessage '*Connect-AzAccount*Connect-AzImageService -Sandbox*'
    }

    It 'connects to a sandbox' {
        $context = Connect-AzImageService -Sandbox
        $context.IsSandbox | Should -BeTrue
        (Get-AzImageContext).SubscriptionId | Should -Be $context.SubscriptionId
    }

    It 'is over after Disconnect-AzImageService' {
        $null = Connect-AzImageService -Sandbox
        Disconnect-AzImageService
        { Get-AzImageContext -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected*'
    }

    It 'refuses a subscription that the credential does not see' {
        { Connect-AzImageService -Sandbox -SubscriptionId 'another' -ErrorAction Stop } | Should -Throw -ErrorId 'SubscriptionNotFound*'
    }
}
