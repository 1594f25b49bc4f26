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

Describe 'What is there already' {
    BeforeAll {
        # What a script prints where somebody sits who answers its questions, an answer a line.
        function Invoke-Answered([string] $Script, [string[]] $Answer) {
            $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
            Set-Content -LiteralPath $file -Value '$PSStyle.OutputRendering = "PlainText"', "Import-Module '$manifestPath'", "Set-Location '$TestDrive'", $Script
            ($Answer | & dotnet ([Environment]::GetCommandLineArgs()[0]) -NoProfile -File $file 2>&1 | ForEach-Object { "$_" }) -join ' ' -replace '\s+', ' '
        }

        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $linux = Expand-TestDisk 'linux.vhd' $TestDrive
    }

    BeforeEach {
        $there = 'there.vhd', 'page.html', 'hostname', 'passwd', 'fstab'
        $there | ForEach-Object { Set-Content (Join-Path $TestDrive $_) mine -NoNewline }
        function Get-Kept { $there | Where-Object { (Get-Content (Join-Path $TestDrive $_) -Raw) -eq 'mine' } }
    }

    It 'is asked about at a prompt, and stays at a no, without an error' {
        $printed = Invoke-Answered @"
Convert-AzVhd '$disk' there.vhd
Copy-AzVhdItem '$linux' etc/hostname .
Test-DeprovisionReadiness '$linux' | Export-AzImageReadinessReport page.html
'the end'
"@ n, n, n
        $printed | Should -BeLike '*there.vhd exists already. Replace it?*hostname exists already. Replace it?*page.html exists already. Replace it?*the end'
        $printed | Should -Not -Match 'without being asked'
        Get-Kept | Should -Be $there
    }

    It 'is replaced at a yes' {
        $printed = Invoke-Answered @"
(Convert-AzVhd '$disk' there.vhd).Name
(Copy-AzVhdItem '$linux' etc/hostname .).Name
(Test-DeprovisionReadiness '$linux' | Export-AzImageReadinessReport page.html).Name
"@ y, y, y
        $printed | Should -BeLike '*Replace it?*there.vhd*Replace it?*hostname*Replace it?*page.html'
        Get-Kept | Should -Be 'passwd', 'fstab'
    }

    It 'is asked about once where the answer is for all' {
        Invoke-Answered "(Copy-AzVhdItem '$linux' etc/hostname, etc/passwd, etc/fstab .).Name" n, a | Should -BeLike '*hostname exists*passwd exists*passwd*fstab'
        Get-Kept | Should -Be 'there.vhd', 'page.html', 'hostname'
        $printed = Invoke-Answered "(Copy-AzVhdItem '$linux' etc/hostname, etc/passwd, etc/fstab .).Name" l
        $printed | Should -BeLike '*hostname exists*'
        $printed | Should -Not -BeLike '*passwd exists*'
        Get-Content (Join-Path $TestDrive hostname) -Raw | Should -Be 'mine'
    }

    It 'is asked about of blobs too, before a job is one' {
        $printed = Invoke-Answered @"
`$null = Connect-AzImageService -Sandbox
`$to = @{ StorageAccountName = 'sandboximages'; Container = 'vhds'; Readiness = 'None' }
`$first = Send-AzVhd '$disk' @to
'kept: ' + @(Send-AzVhd '$disk' @to).Count
'replaced: ' + (Send-AzVhd '$disk' @to).Name
'not a job: ' + @(Send-AzVhd '$disk' @to -AsJob).Count
'by the job: ' + (Send-AzVhd '$disk' @to -AsJob | Wait-Job | Receive-Job).Name
"@ n, y, n, y
        $printed | Should -BeLike '*There is a blob at *no-os.vhd already. Replace it?*kept: 0*Replace it?*replaced: no-os.vhd*Replace it?*not a job: 0*Replace it?*by the job: no-os.vhd'
    }

    It 'is not asked about with -Force, and an error with -WhatIf or where nobody can be asked' {
        $printed = Invoke-Answered @"
(Convert-AzVhd '$disk' there.vhd -Force).Name
(Copy-AzVhdItem '$linux' etc/hostname . -Force).Name
(Test-DeprovisionReadiness '$linux' | Export-AzImageReadinessReport page.html -Force).Name
Convert-AzVhd '$disk' there.vhd -WhatIf
"@
        $printed | Should -Not -Match 'Replace it\?'
        $printed | Should -BeLike '*there.vhd*hostname*page.html*there.vhd exists already.*Give another path, or -Force to replace it without being asked.*'
        { Convert-AzVhd $disk (Join-Path $TestDrive there.vhd) -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*' -ExpectedMessage '*-Force to replace it without being asked*'
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
