BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $ErrorView = 'ConciseView'

    function Get-Failure([scriptblock] $Script) {
        & $Script -ErrorAction SilentlyContinue -ErrorVariable failures | Out-Null
        $failures[0]
    }
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Errors' {
    BeforeDiscovery {
        $cases = @(
            @{ Id = 'FileNotFound'; Script = { [CmdletBinding()] param() Get-AzVhdInfo "$TestDrive/nosuch.vhd" } }
            @{ Id = 'NotAFile'; Script = { [CmdletBinding()] param() Get-AzVhdInfo Env:PATH } }
            @{ Id = 'DiskFormatInvalid'; Script = { [CmdletBinding()] param() Get-AzVhdInfo (Join-Path $TestDrive damaged.vhdx) } }
            @{ Id = 'RuleNotFound'; Target = 'NoSuchRule'; Script = { [CmdletBinding()] param() Test-SysprepReadiness (Expand-TestDisk 'no-os.vhd' $TestDrive) -Include NoSuchRule } }
            @{ Id = 'ResourceGroupNotFound'; Script = { [CmdletBinding()] param() Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName nosuch-rg } }
            @{ Id = 'ContainerNotFound'; Script = { [CmdletBinding()] param() Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -StorageAccountName sandboximages -Container nosuch } }
            @{ Id = 'SubscriptionNotFound'; Script = { [CmdletBinding()] param() Connect-AzImageService -Sandbox -SubscriptionId another } }
            @{ Id = 'ResourceGroupNotFound'; Target = 'nosuch-rg'; Category = 'ObjectNotFound'; Script = { [CmdletBinding()] param() Get-AzImageSource -ResourceGroupName nosuch-rg } }
            @{ Id = 'DestinationFolderNotFound'; Target = '/nosuch/x.vhd'; Category = 'ObjectNotFound'; Script = { [CmdletBinding()] param() Convert-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) /nosuch/x.vhd } }
            @{ Id = 'ImageAlreadyExists'; Category = 'ResourceExists'; Script = { [CmdletBinding()] param() New-AzCapturedImage sandbox-rg linux-vm taken -Confirm:$false; New-AzCapturedImage sandbox-rg linux-vm taken -Confirm:$false } }
            @{ Id = 'EvidenceNotFound'; Script = { [CmdletBinding()] param() Test-SysprepReadiness -EvidencePath (Join-Path $TestDrive damaged.vhdx) } }
        )
    }

    BeforeAll {
        [IO.File]::WriteAllText((Join-Path $TestDrive damaged.vhdx), 'vhdxfile' + 'x' * 4096)
    }

    It '<Id> has a target, a category, and what to do about it' -ForEach $cases {
        $failure = Get-Failure $Script
        $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure.TargetObject | Should -Not -BeNullOrEmpty
        $failure.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        if ($Target) {
            $failure.TargetObject | Should -Be $Target
        }

        if ($Category) {
            $failure.CategoryInfo.Category | Should -Be $Category
        }

        $failure.Exception.Message | Should -Not -Match '\ba [aeio]'
    }

    It 'take another operating system for an operation that is not valid here, not for one that nobody wrote' {
        $wrong, $id = if ($IsWindows) { { [CmdletBinding()] param() Test-DeprovisionReadiness }, 'NotLinux' } else { { [CmdletBinding()] param() Test-SysprepReadiness }, 'NotWindows' }
        $failure = Get-Failure $wrong
        $failure.FullyQualifiedErrorId | Should -BeLike "$id,*"
        $failure.CategoryInfo.Category | Should -Be 'InvalidOperation'
    }

    It 'tells the remedy once in what is shown, and in the exception''s message' {
        $failure = Get-Failure { [CmdletBinding()] param() Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName nosuch-rg }
        $remedy = $failure.Exception.Remedy
        $remedy | Should -BeLike 'Create the resource group first*'
        $failure.ErrorDetails.RecommendedAction | Should -Be $remedy
        $failure.Exception.Message | Should -BeLike "*$($remedy.Replace('(', '?').Replace(')', '?'))"
        $shown = ($failure | Out-String -Width 1000) -replace '\s+', ' '
        [regex]::Matches($shown, [regex]::Escape($remedy)) | Should -HaveCount 1
    }

    It 'tells Azure''s ids of the request in the message and as properties: <Service>' -ForEach @(
        @{ Service = 'Resource Manager'; Correlates = $true; Script = { [CmdletBinding()] param() Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName nosuch-rg } }
        @{ Service = 'Blob Storage'; Correlates = $false; Script = { [CmdletBinding()] param() Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -StorageAccountName sandboximages -Container nosuch } }
    ) {
        $exception = (Get-Failure $Script).Exception
        [guid]::TryParse($exception.RequestId, [ref] [guid]::Empty) | Should -BeTrue
        $exception.Message | Should -BeLike "*id: $($exception.RequestId)*"
        if ($Correlates) {
            [guid]::TryParse($exception.CorrelationId, [ref] [guid]::Empty) | Should -BeTrue
            $exception.Message | Should -BeLike "*correlation id: $($exception.CorrelationId)*"
        }
        else {
            $exception.CorrelationId | Should -BeNullOrEmpty
        }
    }
}
