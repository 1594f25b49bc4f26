# What other modules emit and take, as far as binding sees it: types and properties of Az 14's Az.Compute and Az.Resources.
BeforeAll {
    . $PSScriptRoot/common.ps1
    $subscription = (Connect-AzImageService -Sandbox).SubscriptionId
    $vhd = Expand-TestDisk 'linux.vhd' $TestDrive
    $upload = Send-AzVhd $vhd -ResourceGroupName sandbox-rg -DiskName neighbour -Readiness None

    class PSVirtualMachine { [string] $ResourceGroupName; [string] $Id; [string] $VmId; [string] $Name; [string] $Type = 'Microsoft.Compute/virtualMachines'; [string] $Location = 'westeurope'; [object] $StorageProfile; [hashtable] $Tags }
    class PSDisk { [string] $ResourceGroupName; [string] $Name; [string] $Id; [string] $Type = 'Microsoft.Compute/disks'; [string] $Location = 'westeurope'; [object] $Sku; [string[]] $Zones; [string] $HyperVGeneration; [string] $OsType }

    function Get-Id([string] $Type, [string] $Name) { "/subscriptions/$subscription/resourceGroups/sandbox-rg/providers/Microsoft.Compute/$Type/$Name" }

    # A row of Get-AzResource: its id has two names.
    function Get-Row([string] $Type, [string] $Name) {
        $id = Get-Id $Type $Name
        [pscustomobject] @{ Name = $Name; ResourceGroupName = 'sandbox-rg'; ResourceType = "Microsoft.Compute/$Type"; Location = 'westeurope'; ResourceId = $id; Id = $id; Kind = ''; Sku = $null; Tags = $null }
    }
}

AfterAll {
    Disconnect-AzImageService
}

Describe 'What Az emits' {
    It 'is a machine to capture: <Name>' -ForEach @(
        @{ Name = 'PSVirtualMachine'; Image = 'from-vm'; Machine = { [PSVirtualMachine] @{ ResourceGroupName = 'sandbox-rg'; Id = Get-Id virtualMachines linux-vm; VmId = [guid]::NewGuid(); Name = 'linux-vm' } } }
        @{ Name = 'a row of Get-AzResource'; Image = 'from-row'; Machine = { Get-Row virtualMachines linux-vm } }
    ) {
        $null = Connect-AzImageService -Sandbox
        (& $Machine | New-AzCapturedImage -ImageName $Image -Force).Name | Should -Be $Image
        $null = Connect-AzImageService -Sandbox
        (New-AzCapturedImage -InputObject (& $Machine) -ImageName $Image -Force).Name | Should -Be $Image
    }

    It 'is a disk to make an image of: <Name>' -ForEach @(
        @{ Name = 'PSDisk'; Image = 'from-disk'; Disk = { [PSDisk] @{ ResourceGroupName = 'sandbox-rg'; Id = $upload.Id; Name = 'neighbour' } } }
        @{ Name = 'a row of Get-AzResource'; Image = 'from-disk-row'; Disk = { Get-Row disks neighbour } }
        @{ Name = 'an upload'; Image = 'from-upload'; Disk = { $upload } }
        @{ Name = 'an upload of another process'; Image = 'from-deserialized'; Disk = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($upload)) } }
        @{ Name = 'an upload that was kept as JSON'; Image = 'from-json'; Disk = { $upload | ConvertTo-Json | ConvertFrom-Json } }
    ) {
        $null = Connect-AzImageService -Sandbox
        $null = Send-AzVhd $vhd -ResourceGroupName sandbox-rg -DiskName neighbour -Readiness None
        (& $Disk | New-AzVhdImage $Image -OsType Linux -HyperVGeneration V2).Name | Should -Be $Image
    }
}

Describe 'What Get-AzImageSource emits' {
    BeforeAll {
        # The parameters of Az.Compute's Set-AzVMSourceImage and Get-AzVMImage that bind by property name.
        function Set-SourceImage {
            param(
                [Parameter(ValueFromPipelineByPropertyName)] [string] $PublisherName,
                [Parameter(ValueFromPipelineByPropertyName)] [string] $Offer,
                [Parameter(ValueFromPipelineByPropertyName)] [string] $Skus,
                [Parameter(ValueFromPipelineByPropertyName)] [string] $Version,
                [Parameter(ValueFromPipelineByPropertyName)] [string] $Id)
            process { "$PublisherName|$Offer|$Skus|$($Version -as [version])|$Id" }
        }

        # Get-AzGalleryImageDefinition
        function Get-Definition {
            param(
                [Parameter(Mandatory, ValueFromPipelineByPropertyName)] [string] $ResourceGroupName,
                [Parameter(Mandatory, ValueFromPipelineByPropertyName)] [string] $GalleryName,
                [Parameter(Mandatory, ValueFromPipelineByPropertyName)] [Alias('GalleryImageDefinitionName')] [string] $Name)
            process { "$ResourceGroupName|$GalleryName" }
        }
    }

    It 'binds to what makes machines of it' {
        Get-AzImageSource -Kind Marketplace -Name 2022-datacenter-g2 | Set-SourceImage | Should -Match '^MicrosoftWindowsServer\|WindowsServer\|2022-datacenter-g2\|\d+\.\d+\.\d+\|$'
        Get-AzImageSource -Kind Gallery | Select-Object -First 1 | Set-SourceImage | Should -Match '\|/subscriptions/.*/galleries/.*/versions/[\d.]+$'
        Get-AzImageSource -Kind Gallery | Select-Object -First 1 | Get-Definition | Should -Be 'sandbox-rg|sandboxGallery'
    }
}
