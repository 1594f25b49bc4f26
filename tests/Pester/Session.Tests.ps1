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

    Context 'kept in a folder' {
        It 'goes on with what the last session left' {
            $folder = Join-Path $TestDrive 'cloud'
            $disk = Expand-TestDisk linux.vhd $TestDrive
            $null = Connect-AzImageService -Sandbox -SandboxPath $folder
            $sent = Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName 'kept' -JournalPath "$TestDrive" -Readiness None
            Disconnect-AzImageService
            $null = Connect-AzImageService -Sandbox -SandboxPath $folder
            $sent.Id | Should -BeLike '*/disks/kept'
            { Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName 'kept' -JournalPath "$TestDrive" -Readiness None -ErrorAction Stop } | Should -Throw -ErrorId 'DiskAlreadyExists*'
        }

        It 'is one session''s at a time' {
            $folder = Join-Path $TestDrive 'shared'
            $null = Connect-AzImageService -Sandbox -SandboxPath $folder
            { Connect-AzImageService -Sandbox -SandboxPath $folder -ErrorAction Stop } | Should -Throw -ErrorId 'SandboxInUse*' -ExpectedMessage '*Another sandbox works in*'
        }

        It 'tells of a folder that can''t be read' {
            $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'broken')).FullName
            Set-Content (Join-Path $folder 'state.json') '{"format":"something"}'
            { Connect-AzImageService -Sandbox -SandboxPath $folder -ErrorAction Stop } | Should -Throw -ErrorId 'SandboxUnreadable*' -ExpectedMessage '*state.json*'
        }
    }

    Context 'handed over' {
        BeforeEach {
            $c = Connect-AzImageService -Sandbox
            $module = $manifestPath
        }

        It 'serves ForEach-Object -Parallel' {
            $found = 1..3 | ForEach-Object -Parallel { Import-Module $using:module; (Get-AzImageSource -Kind ManagedImage, Marketplace -ImageContext $using:c).Count }
            $found.Count | Should -Be 3
            $found | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        }

        It 'serves uploads side by side' {
            $disk = Expand-TestDisk linux.vhd $TestDrive
            $sent = 1..2 | ForEach-Object -Parallel {
                Import-Module $using:module
                Send-AzVhd -LiteralPath $using:disk -ResourceGroupName sandbox-rg -DiskName "side$_" -JournalPath "$using:TestDrive" -Readiness None -ImageContext $using:c
            }
            ($sent.Id | Sort-Object | Split-Path -Leaf) -join ' ' | Should -Be 'side1 side2'
        }

        It 'serves thread jobs, by $PSDefaultParameterValues too' {
            $job = Start-ThreadJob {
                Import-Module $using:module
                $PSDefaultParameterValues['*-Az*:ImageContext'] = $using:c
                (Get-AzImageContext).SubscriptionId
            }
            $job | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop | Should -Be $c.SubscriptionId
        }

        It 'is what the error of a runspace without a connection tells' {
            $told = 1 | ForEach-Object -Parallel { Import-Module $using:module; try { Get-AzImageContext -ErrorAction Stop } catch { $_ } }
            $told.FullyQualifiedErrorId | Should -BeLike 'NotConnected,*'
            $told.Exception.Message | Should -BeLike '*$c = Get-AzImageContext*-ImageContext $using:c*'
        }

        It 'ends with Disconnect-AzImageService, in every runspace' {
            Disconnect-AzImageService
            { Get-AzImageSource -ImageContext $c -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*' -ExpectedMessage '*has ended*Connect-AzImageService again*'
            $id = 1 | ForEach-Object -Parallel { Import-Module $using:module; try { Get-AzImageContext -ImageContext $using:c -ErrorAction Stop } catch { $_.FullyQualifiedErrorId } }
            $id | Should -BeLike 'NotConnected,*'
        }

        It 'does not reach the process of Start-Job, and says so' {
            $id = Start-Job { Import-Module $using:module; try { Get-AzImageContext -ImageContext $using:c -ErrorAction Stop } catch { $_.FullyQualifiedErrorId } } | Receive-Job -Wait -AutoRemoveJob
            $id | Should -BeLike 'ContextOfAnotherProcess,*'
        }

        It 'does not reach other processes, and says so' {
            $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($c))
            { Get-AzImageContext -ImageContext $copy -ErrorAction Stop } | Should -Throw -ErrorId 'ContextOfAnotherProcess,*' -ExpectedMessage '*Run Connect-AzImageService in this process*'
        }

        It 'works beside another one in one runspace' {
            $other = Connect-AzImageService -Sandbox
            $null = New-AzCapturedImage sandbox-rg linux-vm handed -Force -ImageContext $c
            @(Get-AzImageSource handed -Kind ManagedImage -ImageContext $c).Count | Should -Be 1
            @(Get-AzImageSource handed -Kind ManagedImage -ImageContext $other -ErrorAction Ignore).Count | Should -Be 0
            Disconnect-AzImageService -ImageContext $other
            @(Get-AzImageSource handed -Kind ManagedImage).Count | Should -Be 1
        }
    }
}

Describe 'An upload to a sandbox that is stopped' {
    BeforeAll {
        $disk = [IO.Path]::Combine($TestDrive, 'stopped.img')
        $bytes = [byte[]]::new(256MB)
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
        Disconnect-AzImageService
        $null = Connect-AzImageService -Sandbox
        Get-Journal | Should -HaveCount 1
        Get-AzVhdUpload $TestDrive | Should -BeNullOrEmpty
        Disconnect-AzImageService
        Get-AzVhdUpload $TestDrive -WarningAction SilentlyContinue | Should -BeNullOrEmpty
    }
}
