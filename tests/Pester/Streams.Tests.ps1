BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $ConfirmPreference = 'None'
    $id = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

    # The records of one stream of a command, as text.
    function Get-Stream([Type] $Record, [scriptblock] $Script) {
        @(& $Script *>&1 | Where-Object { $_ -is $Record } | ForEach-Object { "$_" })
    }

    function Get-Verbose([scriptblock] $Script) { Get-Stream ([Management.Automation.VerboseRecord]) $Script }
    function Get-Debug([scriptblock] $Script) { Get-Stream ([Management.Automation.DebugRecord]) $Script }
}

AfterAll {
    Disconnect-AzImageService
}

Describe '-Verbose' {
    It 'tells each request to Resource Manager: method, path without query, status, time and ids' {
        $said = Get-Verbose { Get-AzImageSource -Kind ManagedImage -ResourceGroupName sandbox-rg -Verbose }
        $requests = @($said -match "^GET https://management\.azure\.com/subscriptions/[^? ]+/images: 200 in \d+ ms\. \(Request.* id: $id.*\)$")
        $requests | Should -HaveCount 1
        $said | Should -Not -Match '\?api-version'
    }

    It 'tells each request to Blob Storage, with its range' {
        $said = Get-Verbose { Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -StorageAccountName sandboximages -Container vhds -Force -Verbose }
        $writes = @($said -match "^PUT https://sandboximages\.blob\.core\.windows\.net/vhds/no-os\.vhd bytes=\d+-\d+: 201 in \d+ ms\. \(Request id: $id\.\)$")
        $writes.Count | Should -BeGreaterThan 0
        $said | Should -Not -Match 'comp=page'
    }

    It 'tells which connection is used, and why' {
        Get-Verbose { Get-AzImageSource -Kind ManagedImage -Verbose } | Where-Object { $_ -like "Working with the connection of Connect-AzImageService: sandbox (Sandbox), subscription '*" } | Should -HaveCount 1
    }

    It 'tells what an upload decided: what the disk is, what is at the target, what is created' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        $said = (Get-Verbose { Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName said -Verbose }) -join "`n"
        $said | Should -BeLike '*read as Vhdx Dynamic, Windows Server 2022*generation V2, as it boots as V2*'
        $said | Should -BeLike '*there is no journal *: the managed disk ''said''*is created.*'
        $said | Should -BeLike '*with the SKU that Azure takes by default*'
    }

    It 'tells where image sources are looked for, and why' {
        (Get-Verbose { Get-AzImageSource -Publisher Canonical -Verbose }) -join "`n" | Should -BeLike '*Looking among Marketplace, where the other parameters belong*Looking in region ''*'
    }

    It 'tells what is captured to what' {
        $said = (Get-Verbose { New-AzCapturedImage sandbox-rg linux-vm told -WhatIf -Verbose }) -join "`n"
        $said | Should -BeLike '*linux-vm* is captured as Generalized to *told*'
    }

    It 'tells as what Get-AzVhdInfo read a disk' {
        $said = (Get-Verbose { Get-AzVhdInfo (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -Verbose }) -join "`n"
        $said | Should -BeLike '*ready-dynamic.vhdx: read as Vhdx Dynamic, *; Gpt with * partitions.*'
        $said | Should -BeLike '*partition * holds Ntfs, read*'
        $said | Should -BeLike '*Windows Server 2022* was recognised by its files; it boots as V2.*'
    }

    It 'tells which rules were asked, what came of each by what, and which were not' {
        $said = Get-Verbose { Test-SysprepReadiness (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -Exclude VolumeDirty -Verbose }
        $report = Test-SysprepReadiness (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -Exclude VolumeDirty
        foreach ($finding in $report.Findings) {
            @($said -match ": rule $($finding.Id) \($($finding.Severity)\): $($finding.Result)") | Should -HaveCount 1 -Because $finding.Id
        }

        @($said -match "nobody could look for .*$(@($report.NotChecked)[0].Id)") | Should -HaveCount 1
        @($said -match 'left out by -Include and -Exclude: VolumeDirty\.') | Should -HaveCount 1
    }

    It 'says nothing where nobody asked' {
        Get-Verbose { Get-AzImageSource -Kind ManagedImage } | Should -BeNullOrEmpty
        Get-Verbose { Get-AzImageSource -Kind ManagedImage -Verbose:$false } | Should -BeNullOrEmpty
    }

    It 'follows $VerbosePreference' {
        $VerbosePreference = 'Continue'
        Get-Verbose { Get-AzImageSource -Kind ManagedImage } | Should -Not -BeNullOrEmpty
    }
}

Describe '-Debug' {
    It 'tells the headers of each request and answer, and of those that may hold a secret the names alone' {
        $said = Get-Debug { Get-AzImageSource -Kind ManagedImage -ResourceGroupName sandbox-rg -Debug }
        $sent = @($said -like 'GET https://management.azure.com/subscriptions/*/images is sent with *')
        $sent | Should -HaveCount 1
        $sent[0] | Should -Match 'Authorization: \*\*\*'
        $sent[0] | Should -Match 'x-ms-client-request-id: '
        @($said -match "/images is answered 200 with .*x-ms-request-id: $id") | Should -HaveCount 1
        $said | Should -Not -Match 'Bearer'
    }
}

Describe 'Jobs' {
    AfterEach {
        Get-Job | Remove-Job -Force
    }

    It 'have the command''s name, and all its messages in their streams' {
        $job = Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName told-by-job -AsJob -Verbose | Wait-Job
        (Get-Job -Name Send-AzVhd).Id | Should -Be $job.Id
        "$($job.Verbose)" | Should -BeLike '*Working with the connection of Connect-AzImageService*Uploaded *'
        $job.Progress.Count | Should -BeGreaterThan 0
    }

    It 'fail where a check before the work does: <Name>' -ForEach @(
        @{ Name = 'a resource group that is not there'; Id = 'ResourceGroupNotFound'; Script = { Send-AzVhd (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName nosuch-rg -AsJob } }
        @{ Name = 'a disk that is not there'; Id = 'FileNotFound'; Script = { Send-AzVhd "$TestDrive/nosuch.vhd" -ResourceGroupName sandbox-rg -AsJob } }
        @{ Name = 'a machine that is not there'; Id = 'ResourceNotFound'; Script = { New-AzCapturedImage sandbox-rg nosuch-vm image -AsJob -Confirm:$false } }
    ) {
        $job = & $Script
        ($job | Wait-Job).State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Be $Id
        { $job | Receive-Job -ErrorAction Stop } | Should -Throw
    }
}
