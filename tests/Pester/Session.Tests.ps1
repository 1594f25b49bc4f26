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

    It 'that are a sandbox leave nothing of an interrupted upload, which goes on while they last' {
        $disk = [IO.Path]::Combine($TestDrive, 'interrupted.img')
        $bytes = [byte[]]::new(64MB)
        [Random]::new(1).NextBytes($bytes)
        [IO.File]::WriteAllBytes($disk, $bytes)
        $null = Connect-AzImageService -Sandbox
        $job = Send-AzVhd $disk -ResourceGroupName sandbox-rg -ThrottleLimit 1 -AsJob
        while ($job.State -in 'NotStarted', 'Running' -and -not ([IO.Directory]::GetFiles($TestDrive, '*.azupload') | Where-Object { ([IO.FileInfo] $_).Length -gt 1000 })) {
            Start-Sleep -Milliseconds 1
        }

        $job | Stop-Job -PassThru | Wait-Job | Select-Object -ExpandProperty State | Should -Be 'Stopped'
        (Get-AzVhdUpload $TestDrive).SourcePath | Should -Be $disk
        Disconnect-AzImageService
        [IO.Directory]::GetFiles($TestDrive, '*.azupload') | Should -BeNullOrEmpty
        Get-AzVhdUpload $TestDrive -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $job | Remove-Job
    }
}
