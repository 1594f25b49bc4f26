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

Describe 'An upload to a sandbox that is stopped' {
    BeforeAll {
        $disk = [IO.Path]::Combine($TestDrive, 'stopped.img')
        $bytes = [byte[]]::new(64MB)
        [Random]::new(1).NextBytes($bytes)
        [IO.File]::WriteAllBytes($disk, $bytes)

        function Get-Journal { [IO.Directory]::GetFiles($TestDrive, '*.azupload') }

        # Begins the upload, and stops it when some of it is noted.
        function Invoke-StoppedUpload {
            $job = Send-AzVhd $disk -ResourceGroupName sandbox-rg -ThrottleLimit 1 -AsJob
            while ($job.State -in 'NotStarted', 'Running' -and -not (Get-Journal | Where-Object { ([IO.FileInfo] $_).Length -gt 1000 })) {
                Start-Sleep -Milliseconds 1
            }

            ($job | Stop-Job -PassThru | Wait-Job).State | Should -Be 'Stopped'
            $job | Remove-Job
        }
    }

    BeforeEach {
        $null = Connect-AzImageService -Sandbox
    }

    AfterEach {
        Disconnect-AzImageService
    }

    It 'is continued by the same command' {
        Invoke-StoppedUpload
        (Get-AzVhdUpload $TestDrive).SourcePath | Should -Be $disk
        (Send-AzVhd $disk -ResourceGroupName sandbox-rg).BytesResumed | Should -BeGreaterThan 0
        Get-Journal | Should -BeNullOrEmpty
    }

    It 'leaves nothing when the sandbox is let go of' {
        Invoke-StoppedUpload
        Get-Journal | Should -HaveCount 1
        Disconnect-AzImageService
        Get-Journal | Should -BeNullOrEmpty
    }

    It 'is not listed where another session could not continue it' {
        Invoke-StoppedUpload
        Copy-Item -LiteralPath (Get-Journal) -Destination "$TestDrive/killed.azupload"
        $null = Connect-AzImageService -Sandbox
        Get-Journal | Should -HaveCount 1
        Get-AzVhdUpload $TestDrive | Should -BeNullOrEmpty
        Disconnect-AzImageService
        Get-AzVhdUpload $TestDrive -WarningAction SilentlyContinue | Should -BeNullOrEmpty
    }
}
