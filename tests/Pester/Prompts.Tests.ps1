# The runner's PowerShell is not interactive: whatever asked here would fail.
BeforeAll {
    . $PSScriptRoot/common.ps1
}

Describe 'A question' {
    BeforeEach {
        $null = Connect-AzImageService -Sandbox
    }

    AfterEach {
        Disconnect-AzImageService
    }

    It 'is not asked with -Force, nor with -Confirm:$false' {
        (New-AzCapturedImage sandbox-rg linux-vm forced -Force).Name | Should -Be 'forced'
        (New-AzCapturedImage sandbox-rg win-vm unasked -AllowRunning -Confirm:$false).Name | Should -Be 'unasked'
    }

    It 'is not asked with -Force in a job either' {
        $job = New-AzCapturedImage sandbox-rg linux-vm in-job -Force -AsJob
        ($job | Wait-Job | Receive-Job).Name | Should -Be 'in-job'
        $job | Remove-Job
    }

    It 'is an error with the remedy where nobody can be asked, and of a job its failure' {
        { New-AzCapturedImage sandbox-rg linux-vm unanswered -ErrorAction Stop } | Should -Throw -ErrorId 'ConfirmationUnavailable,*' -ExpectedMessage '*-Force*'
        $job = New-AzCapturedImage sandbox-rg linux-vm unanswered -AsJob | Wait-Job
        $job.State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Be 'ConfirmationUnavailable'
        $job | Remove-Job
        { Get-AzImageSource -Kind ManagedImage -Name unanswered -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'
    }

    It 'is asked where -Confirm is given, whatever else is' {
        { New-AzCapturedImage sandbox-rg linux-vm asked -Force -Confirm -ErrorAction Stop } | Should -Throw -ErrorId 'ConfirmationUnavailable,*'
    }

    It 'is asked only where a machine is lost' {
        $version = New-AzCapturedImage sandbox-rg linux-vm definition -GalleryName sandboxGallery -OsState Specialized -WarningAction SilentlyContinue
        $version.OsState | Should -Be 'Specialized'
        { New-AzCapturedImage sandbox-rg linux-vm other -GalleryName sandboxGallery -OsState Specialized -Confirm -ErrorAction Stop } | Should -Throw -ErrorId 'ConfirmationUnavailable,*'
    }

    It 'is not what -Force with -WhatIf means: nothing is made' {
        New-AzCapturedImage sandbox-rg linux-vm unmade -Force -WhatIf | Should -BeNullOrEmpty
        & { $WhatIfPreference = $true; New-AzCapturedImage sandbox-rg linux-vm unmade -Force } | Should -BeNullOrEmpty
        { Get-AzImageSource -Kind ManagedImage -Name unmade -ErrorAction Stop } | Should -Throw -ErrorId 'ImageSourceNotFound,*'
    }

    It 'is all that -Force answers: a running Windows machine needs -AllowRunning' {
        { New-AzCapturedImage sandbox-rg win-vm refused -Force -ErrorAction Stop } | Should -Throw -ErrorId 'VMNotStopped,*' -ExpectedMessage '*-AllowRunning*'
        (New-AzCapturedImage sandbox-rg win-vm allowed -AllowRunning -Force -WarningAction SilentlyContinue).Name | Should -Be 'allowed'
    }
}

Describe 'What a change will do' {
    It 'is told by -WhatIf: each step, how it is undone and what it costs' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $printed = (Invoke-FreshPowerShell @"
Import-Module '$manifestPath'
`$null = Connect-AzImageService -Sandbox
New-AzCapturedImage sandbox-rg linux-vm image -WhatIf
Send-AzVhd '$disk' -ResourceGroupName sandbox-rg -WhatIf
"@) -join "`n"
        $printed | Should -BeLike "What if: Capture to managed image 'image'*1. Back up the OS disk: creates snapshot*undone on failure*is billed*can't be undone*creates managed image 'image'*"
        $printed | Should -BeLike "*What if: Upload 'no-os.vhd': managed disk 'no-os'*1. Create the target: creates managed disk*continued by the next run*At most 4 MiB of 36 MiB are sent.*"
    }

    It 'is told as much where it is done without a question' {
        $null = Connect-AzImageService -Sandbox
        $told = (New-AzCapturedImage sandbox-rg linux-vm image -Force -Verbose 4>&1 | ForEach-Object { "$_" }) -join "`n"
        $told | Should -BeLike "*Capture to managed image 'image'*1. Back up the OS disk: creates snapshot*is billed*can't be undone*"
        Disconnect-AzImageService
    }
}
