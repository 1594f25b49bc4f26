BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = Connect-AzImageService -Sandbox
    $disk = Expand-TestDisk 'no-os.vhd' $TestDrive
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'A wrong value' {
    It 'of <Parameter> is refused with the right ones' -ForEach @(
        @{ Parameter = 'DiskSku'; Right = 'Premium_LRS' }
        @{ Parameter = 'HyperVGeneration'; Right = 'V1*V2' }
        @{ Parameter = 'OsType'; Right = 'Windows*Linux' }
        @{ Parameter = 'Architecture'; Right = 'x64*Arm64' }
        @{ Parameter = 'NetworkAccessPolicy'; Right = 'AllowPrivate' }
        @{ Parameter = 'DataAccessAuthMode'; Right = 'AzureActiveDirectory' }
        @{ Parameter = 'Format'; Right = 'Vhdx' }
    ) {
        $wrong = @{ $Parameter = 'Wrong' }
        { Send-AzVhd $disk -ResourceGroupName sandbox-rg @wrong } | Should -Throw -ExpectedMessage "*'Wrong'*$Right*"
        { [pscustomobject] (@{ Path = $disk } + $wrong) | Send-AzVhd -ResourceGroupName sandbox-rg -ErrorAction Stop } | Should -Throw -ExpectedMessage "*'Wrong'*$Right*"
    }

    It 'of -Location is refused with the regions there are' {
        { Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName lost -Location nowhere -Readiness None -ErrorAction Stop } | Should -Throw -ErrorId 'LocationNotAvailableForResourceType,*' -ExpectedMessage '*nowhere*westeurope*-Location*'
        $null = Get-AzImageSource -Location nowhere -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -BeLike '*nowhere*westeurope*-Location*'
    }

    It 'of -TargetRegion is refused before the machine is touched' {
        { New-AzCapturedImage sandbox-rg linux-vm d -GalleryName sandboxGallery -TargetRegion nowhere -Force -ErrorAction Stop } | Should -Throw -ErrorId 'RegionNotFound,*' -ExpectedMessage '*nowhere*westeurope*'
    }

    It 'of -Zone is refused with the zones there are' {
        { Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName lost -Zone 9 -Readiness None -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidAvailabilityZone,*' -ExpectedMessage '*9*1,2,3*-Zone*'
        { Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName lost -Zone 1, 2 -Readiness None -ErrorAction Stop } | Should -Throw -ErrorId 'ZoneAmbiguous,*'
        (Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName found -Zone 3 -Location 'North Europe' -Readiness None).Location | Should -Be 'northeurope'
    }

    It 'of -SasUri is refused without a word of it' {
        { Send-AzVhd $disk -SasUri 42 } | Should -Throw -ExpectedMessage '*text*SecureString*'
        { Send-AzVhd $disk -SasUri 'https://a.blob.core.windows.net/c/b.vhd' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSasUri,*'
    }

    It 'of -StorageContext is refused with the way to get one' {
        { Send-AzVhd $disk -StorageContext 42 -Container vhds -ErrorAction Stop } | Should -Throw -ErrorId 'StorageContextUnusable,*' -ExpectedMessage '*New-AzStorageContext*'
    }
}

Describe 'A right value' {
    It 'may be an object that is written as text' {
        $upload = Send-AzVhd ([System.IO.FileInfo] $disk) -ResourceGroupName sandbox-rg -DiskName 42 -Zone 1 -Readiness None
        $upload.Name | Should -Be '42'
        (New-AzCapturedImage sandbox-rg linux-vm definition -GalleryName sandboxGallery -ImageVersion ([version] '3.2.1') -Force).Name | Should -Be '3.2.1'
    }

    It 'of -SasUri may be text, an address or a SecureString, and is a secret at once' {
        (Get-Command Send-AzVhd).Parameters.SasUri.ParameterType | Should -Be ([securestring])
        $address = 'https://sandboximages.blob.core.windows.net/vhds/signed.vhd?sp=cw&sr=b&sv=2022-11-02&sig=c2VjcmV0c2VjcmV0'
        foreach ($sas in $address, [uri] $address, (ConvertTo-SecureString $address -AsPlainText -Force)) {
            { Send-AzVhd $disk -SasUri $sas -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*'
            { [pscustomobject] @{ Path = $disk; SasUri = $sas } | Send-AzVhd -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        }
    }
}
