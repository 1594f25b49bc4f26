BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'Send-AzVhd' {
    It 'uploads a dynamic VHDX as a managed disk, skipping what is empty' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive) -ResourceGroupName sandbox-rg
        $upload.TargetKind | Should -Be 'ManagedDisk'
        $upload.Name | Should -Be 'ready-dynamic'
        $upload.Capacity | Should -Be 63963136
        $upload.BytesSent | Should -BeLessThan $upload.Capacity
        ($upload.BytesSent + $upload.BytesSkipped) | Should -Be ($upload.Capacity + 512)
        $upload.Verified | Should -BeTrue
        $upload.OsType | Should -Be 'Windows'
        $upload.HyperVGeneration | Should -Be 'V2'
    }

    It 'rounds the capacity up to whole MiB' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'mbr-dynamic.vhd' $TestDrive) -ResourceGroupName sandbox-rg
        $upload.Capacity | Should -Be (26 * 1024 * 1024)
        $upload.HyperVGeneration | Should -Be 'V1'
    }

    It 'uploads to a page blob' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'ready-fixed.vhd' $TestDrive) -StorageAccountName sandboximages -Container vhds
        $upload.TargetKind | Should -Be 'PageBlob'
        "$($upload.Uri)" | Should -Be 'https://sandboximages.blob.core.windows.net/vhds/ready-fixed.vhd'
    }

    It 'overwrites a page blob with -Force only' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $null = Send-AzVhd -Path $disk -StorageAccountName sandboximages -Container vhds
        { Send-AzVhd -Path $disk -StorageAccountName sandboximages -Container vhds -ErrorAction Stop } | Should -Throw -ErrorId 'BlobAlreadyExists,*'
        (Send-AzVhd -Path $disk -StorageAccountName sandboximages -Container vhds -Force).Verified | Should -BeTrue
    }

    It 'refuses a disk name that is taken' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $null = Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName taken
        { Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName taken -ErrorAction Stop } | Should -Throw -ErrorId 'DiskAlreadyExists,*'
    }

    It 'creates nothing with -WhatIf' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName whatif -WhatIf | Should -BeNullOrEmpty
        (Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName whatif).Name | Should -Be 'whatif'
    }

    It 'runs as a job with -AsJob' {
        $job = Send-AzVhd -Path (Expand-TestDisk 'ready.raw' $TestDrive) -ResourceGroupName sandbox-rg -DiskName from-job -AsJob
        $upload = $job | Wait-Job | Receive-Job
        $job.State | Should -Be 'Completed'
        $upload.Name | Should -Be 'from-job'
        $job | Remove-Job
    }

    It 'runs as a job that Receive-Job waits for and removes' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'ready.raw' $TestDrive) -ResourceGroupName sandbox-rg -DiskName waited-for -AsJob | Receive-Job -Wait -AutoRemoveJob -ErrorVariable failures
        $upload.Name | Should -Be 'waited-for'
        @($failures).Count | Should -Be 0
        Get-Job | Should -BeNullOrEmpty
    }

    It 'takes what Get-AzVhdInfo found' {
        $upload = Get-AzVhdInfo -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) | Where-Object IsUploadable | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName from-info
        $upload.Name | Should -Be 'from-info'
    }

    It 'sends several disks at once, and a failure of one does not stop the others' {
        $good = @('no-os.vhd', 'mbr-dynamic.vhdx', 'ready-dynamic.vhd') | ForEach-Object { Expand-TestDisk $_ $TestDrive }
        $bad = [System.IO.Path]::Combine($TestDrive, 'bad.vhdx')
        [System.IO.File]::WriteAllText($bad, 'this is no disk')
        $folder = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($TestDrive, 'many')).FullName
        $uploads = @($good[0], $bad, $good[1], $good[2]) | Send-AzVhd -StorageAccountName sandboximages -Container vhds -Force -JournalPath $folder -ErrorVariable failures -ErrorAction SilentlyContinue -Readiness None
        @($uploads).Count | Should -Be 3
        @($uploads | ForEach-Object Name) | Should -Contain 'mbr-dynamic.vhd'
        @($failures).Count | Should -Be 1
        [System.IO.Directory]::GetFiles($folder) | Should -BeNullOrEmpty
    }

    It 'sends neither of two disks to one target' {
        $disks = @('no-os.vhd', 'mbr-dynamic.vhdx') | ForEach-Object { Expand-TestDisk $_ $TestDrive }
        $disks | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName only-one -ErrorVariable failures -ErrorAction SilentlyContinue -Readiness None | Should -BeNullOrEmpty
        @($failures).Count | Should -Be 2
        @($failures)[0].FullyQualifiedErrorId | Should -BeLike 'TargetGivenTwice,*'
        (Send-AzVhd $disks[0] -ResourceGroupName sandbox-rg -DiskName only-one -Readiness None).Name | Should -Be 'only-one'
    }

    It 'fails the job for a target that another job has' {
        $disks = @('no-os.vhd', 'mbr-dynamic.vhdx') | ForEach-Object { Expand-TestDisk $_ $TestDrive }
        $jobs = @($disks | Send-AzVhd -ResourceGroupName sandbox-rg -DiskName one-job -AsJob -Readiness None)
        $jobs.Count | Should -Be 2
        ($jobs[0] | Wait-Job | Receive-Job).Name | Should -Be 'one-job'
        ($jobs[1] | Wait-Job).State | Should -Be 'Failed'
        $jobs[1].Error[0].FullyQualifiedErrorId | Should -BeLike 'TargetGivenTwice*'
        $jobs | Remove-Job
    }

    It 'reads everything back with -Verify, and leaves no journal' {
        $disk = Expand-TestDisk 'ready-dynamic.vhd' $TestDrive
        $upload = Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName verified -Verify
        $upload.BytesVerified | Should -Be ($upload.BytesSent - 512)
        $upload.BytesResumed | Should -Be 0
        [System.IO.Directory]::GetFiles($TestDrive, '*.azupload') | Should -BeNullOrEmpty
    }

    It 'reports a folder for journals that is not there' {
        $missing = [System.IO.Path]::Combine($TestDrive, 'none')
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName elsewhere -JournalPath $missing -ErrorAction Stop } | Should -Throw -ErrorId 'JournalNotWritable,*'
    }

    It 'creates the managed disk as it is told, and refuses what contradicts the disk' {
        $disk = Expand-TestDisk 'mbr-dynamic.vhd' $TestDrive
        (Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName told -DiskSku Premium_LRS -Zone 1 -Tag @{ owner = 'me' } -Readiness None).HyperVGeneration | Should -Be 'V1'
        { Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName wrong -HyperVGeneration V2 -ErrorAction Stop } | Should -Throw -ErrorId 'DiskContradicts,*'
        { Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName wrong -OsType Linux -ErrorAction Stop } | Should -Throw -ErrorId 'DiskContradicts,*'
    }

    It 'leaves out free space with -SkipFreeSpace, and says of which volumes' {
        $disk = Expand-TestDisk 'ready.raw' $TestDrive
        $whole = Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName whole -Readiness None
        $upload = Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName skipped -SkipFreeSpace -Verify -Readiness None -WarningAction SilentlyContinue
        $upload.FreeSpaceSkipped | Should -BeTrue
        $upload.BytesSkippedAsFree | Should -BeGreaterThan (4 * 1024 * 1024)
        ($upload.FreeSpace | Where-Object { $_.FileSystem -eq 'Ntfs' }).IsSkipped | Should -BeTrue
        $upload.Verified | Should -BeTrue
        $upload.BytesRead | Should -BeLessThan $whole.BytesRead
        $whole.FreeSpaceSkipped | Should -BeFalse
    }

    It 'warns with -WhatIf of volumes that -SkipFreeSpace leaves whole, and sends them' {
        $disk = [System.IO.Path]::Combine($TestDrive, 'unknown.raw')
        $content = [byte[]]::new(21 * 1024 * 1024)
        $content[5000] = 1
        [System.IO.File]::WriteAllBytes($disk, $content)
        Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -SkipFreeSpace -Readiness None -WhatIf -WarningAction SilentlyContinue -WarningVariable warnings
        "$warnings" | Should -BeLike '*left whole*not known*'
        (Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -SkipFreeSpace -Readiness None -WarningAction SilentlyContinue).FreeSpaceSkipped | Should -BeFalse
    }

    It 'uploads to the account of a storage context, given or piped' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $context = [pscustomobject]@{ BlobEndPoint = 'https://sandboximages.blob.core.windows.net/'; ConnectionString = ''; Track2OauthToken = 'signed in' }
        (Send-AzVhd -Path $disk -StorageContext $context -Container vhds -BlobName given.vhd).Name | Should -Be 'given.vhd'
        $account = [pscustomobject]@{ StorageAccountName = 'sandboximages'; Context = $context }
        "$(($account | Send-AzVhd -Path $disk -Container vhds -BlobName piped.vhd).Uri)" | Should -Be 'https://sandboximages.blob.core.windows.net/vhds/piped.vhd'
    }

    It 'refuses a storage context of another account than is named' {
        $context = [pscustomobject]@{ BlobEndPoint = 'https://sandboximages.blob.core.windows.net/'; ConnectionString = ''; Track2OauthToken = 'signed in' }
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -StorageContext $context -StorageAccountName other -Container vhds -ErrorAction Stop } | Should -Throw -ErrorId 'StorageAccountMismatch,*'
    }

    It 'refuses a storage context without a credential' {
        $context = [pscustomobject]@{ BlobEndPoint = 'https://sandboximages.blob.core.windows.net/'; ConnectionString = '' }
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -StorageContext $context -Container vhds -ErrorAction Stop } | Should -Throw -ErrorId 'StorageContextUnusable,*'
    }

    It 'uploads to a managed disk that wants a sign-in beside the signature' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName signed-in -DataAccessAuthMode AzureActiveDirectory -Verify
        $upload.BytesVerified | Should -BeGreaterThan 0
    }

    It 'refuses the security types of confidential machines with the way round' {
        $disk = Expand-TestDisk 'ready-dynamic.vhdx' $TestDrive
        { Send-AzVhd -Path $disk -ResourceGroupName sandbox-rg -DiskName secret -SecurityType ConfidentialVM_DiskEncryptedWithPlatformKey -ErrorAction Stop } |
            Should -Throw -ErrorId 'SecurityTypeNotSupported,*' -ExpectedMessage '*as a page blob*ConfidentialVmSupported*'
    }

    It 'refuses a disk that is not ready where it has to be' {
        { Send-AzVhd -Path (Expand-TestDisk 'notready.vhdx' $TestDrive) -ResourceGroupName sandbox-rg -Readiness Require -ErrorAction Stop } | Should -Throw -ErrorId 'DiskNotReady,*'
    }

    It 'has nothing to stop of an upload that has ended' {
        $upload = Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName ended
        Get-AzVhdUpload -JournalPath $TestDrive | Should -BeNullOrEmpty
        { Stop-AzVhdUpload -DiskName ended -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'DiskNotUnderUpload,*'
        { $upload.Id | ForEach-Object { Stop-AzVhdUpload -ResourceId $_ -ErrorAction Stop } } | Should -Throw -ErrorId 'DiskNotUnderUpload,*'
    }

    It 'warns of a file that is no journal' {
        [System.IO.File]::WriteAllText([System.IO.Path]::Combine($TestDrive, 'foreign.azupload'), 'no journal')
        Get-AzVhdUpload -JournalPath $TestDrive -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings.Count | Should -Be 1
        [System.IO.File]::Delete([System.IO.Path]::Combine($TestDrive, 'foreign.azupload'))
    }

    It 'does not repeat a signature in the command of a job' {
        $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
        $job = Send-AzVhd -Path $disk -SasUri 'https://sandboximages.blob.core.windows.net/vhds/job.vhd?sp=rcw&sr=b&sv=2022-11-02&sig=c2VjcmV0c2VjcmV0' -AsJob
        $null = $job | Wait-Job | Receive-Job -ErrorAction SilentlyContinue
        $job.State | Should -Be 'Failed'
        $job.Command | Should -Be 'Send-AzVhd'
        $job | Remove-Job
    }

    It 'goes on in a job after the session is disconnected' {
        $job = Send-AzVhd -Path (Expand-TestDisk 'ready-dynamic.vhd' $TestDrive) -ResourceGroupName sandbox-rg -DiskName abandoned -AsJob
        $null = Connect-AzImageService -Sandbox
        ($job | Wait-Job | Receive-Job).Name | Should -Be 'abandoned'
        $job | Remove-Job
    }

    It 'sends to an address with a signature through the sandbox when connected to it' {
        $address = 'https://sandboximages.blob.core.windows.net/vhds/signed.vhd?sp=cw&sr=b&sv=2022-11-02&sig=c2VjcmV0c2VjcmV0'
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -SasUri $address -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*' -ExpectedMessage '*The credential or SAS is wrong*get a new one.'
    }

    It 'refuses an address without a signature' {
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -SasUri 'https://a.blob.core.windows.net/c/b.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSasUri,*'
    }

    Context 'with a file that is no disk image' {
        BeforeAll {
            function New-TestFile([string] $Name, [byte[]] $Content) {
                $path = [System.IO.Path]::Combine($TestDrive, $Name)
                [System.IO.File]::WriteAllBytes($path, $Content)
                $path
            }
        }

        It 'reports <Name>' -ForEach @(
            @{ Name = 'empty.vhd'; Bytes = 0 }
            @{ Name = 'text.vhdx'; Bytes = 5000 }
            @{ Name = 'truncated.vhd'; Bytes = 100000 }
        ) {
            $path = New-TestFile $Name ([byte[]]::new($Bytes))
            { Send-AzVhd -Path $path -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
        }

        It 'reports a folder' {
            { Send-AzVhd -Path "$TestDrive" -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
        }

        It 'uploads a raw disk that begins like a QCOW2 as raw, and only under a raw name' {
            $content = [byte[]]::new(21 * 1024 * 1024)
            [byte[]] (0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3) | ForEach-Object { $i = 0 } { $content[$i] = $_; $i++ }
            { Send-AzVhd -Path (New-TestFile 'lure.vhd' $content) -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
            (Send-AzVhd -Path (New-TestFile 'lure.raw' $content) -ResourceGroupName sandbox-rg).SourceFormat | Should -Be 'Raw'
        }
    }
}

Describe 'Send-AzVhd without a credential' {
    BeforeAll {
        Disconnect-AzImageService
    }

    It 'reports a file that is no disk image before the missing credential' {
        $path = [System.IO.Path]::Combine($TestDrive, 'text.vhdx')
        [System.IO.File]::WriteAllText($path, 'this is no disk')
        { Send-AzVhd -Path $path -ResourceGroupName r -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
        { Send-AzVhd -Path $TestDrive -ResourceGroupName r -ErrorAction Stop } | Should -Throw -ErrorId 'DiskFormatInvalid,*'
        { Send-AzVhd -Path 'nosuch.vhd' -ResourceGroupName r -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
    }

    It 'reports the missing credential for a disk that is fit' {
        { Send-AzVhd -Path (Expand-TestDisk 'no-os.vhd' $TestDrive) -ResourceGroupName r -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*'
    }

    It 'lists the journals of interrupted uploads, and says that nobody looked for disks' {
        Get-AzVhdUpload -JournalPath $TestDrive -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warnings" | Should -BeLike 'Nobody is connected*journals*'
        { Get-AzVhdUpload -JournalPath $TestDrive -ResourceGroupName r -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*'
    }
}
