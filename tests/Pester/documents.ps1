# Dot-source this after common.ps1: what the examples of the documentation have around them.

# Each block of PowerShell in a document, in their order, and why some are not run: an HTML comment before the block says so.
function Get-ExampleBlock([string] $Path) {
    foreach ($block in [regex]::Matches([IO.File]::ReadAllText($Path), '(?ms)(?:<!-- not run: (?<reason>[^\n]*?) -->\s+)?^```powershell\r?\n(?<code>.*?)^```')) {
        [pscustomobject] @{
            Code   = $block.Groups['code'].Value
            Reason = $block.Groups['reason'].Success ? $block.Groups['reason'].Value : $null
        }
    }
}

# A folder with the disks and files that examples name.
function New-ExampleFolder([string] $Path, [string] $Web01 = 'ready-dynamic.vhdx') {
    $folder = New-Item -ItemType Directory $Path
    $disks = @{ 'web01.vhdx' = $Web01; 'old01.vhdx' = 'notready.vhdx'; 'linux01.vhd' = 'linux.vhd'; 'data01.vhd' = 'no-os.vhd' }
    foreach ($name in $disks.Keys) {
        Copy-Item (Expand-TestDisk $disks[$name] $TestDrive) (Join-Path $folder $name)
    }

    Set-Content (Join-Path $folder key.pub) 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl0r0y1jP0aQm8Bz3c5eO6F8uYh1vN3b7s9mQd2wKxR admin@example'
    $folder
}

# Adds to such a folder what the documents name beside: more images, tables, evidence.
function Add-DocumentFile([string] $Folder) {
    $images = New-Item -ItemType Directory (Join-Path $Folder images)
    Copy-Item (Join-Path $Folder web01.vhdx), (Join-Path $Folder old01.vhdx) $images
    # A disk as ESXi keeps it: a descriptor, and the bytes beside it. Those of a fixed VHD are the same, but for its footer.
    $vmware = New-Item -ItemType Directory (Join-Path $Folder vmware)
    $flat = Join-Path $vmware web01-flat.vmdk
    $null = Convert-AzVhd (Expand-TestDisk generalized.vhdx $TestDrive) (Join-Path $vmware web01.vhd)
    Move-Item (Join-Path $vmware web01.vhd) $flat
    Set-Content (Join-Path $vmware web01.vmdk) '# Disk DescriptorFile', 'version=1', 'CID=fffffffe', 'parentCID=ffffffff', 'createType="vmfs"',
        "RW $((Get-Item $flat).Length / 512 - 1) VMFS `"web01-flat.vmdk`"", 'ddb.adapterType = "lsilogic"'
    Set-Content (Join-Path $Folder disks.csv) 'Path,DiskName,ResourceGroupName,Zone,Tag', 'web01.vhdx,web01-disk,images,1,owner=web', 'old01.vhdx,old01-disk,images,,'
    Set-Content (Join-Path $Folder machines.csv) 'ResourceGroupName,VMName,ImageName', 'prod,app01,app01-golden'
    foreach ($evidence in @{ windows = 'web01.txt'; linux = 'web02.txt' }.GetEnumerator()) {
        $reader = [IO.StreamReader]::new([IO.Compression.GZipStream]::new([IO.File]::OpenRead((Join-Path $PSScriptRoot "../data/evidence/$($evidence.Key).txt.gz")), [IO.Compression.CompressionMode]::Decompress))
        try { Set-Content (Join-Path $Folder $evidence.Value) $reader.ReadToEnd() } finally { $reader.Dispose() }
    }
}

# The sandbox with what the documents name beside: groups, a machine in two of them, a gallery, keys, an image and a page blob. It is
# kept in a folder, of which each example gets a copy. Returns the variables that an example has from its reader.
function New-DocumentedCloud([string] $Folder, [string] $Disk, [pscredential] $Credential) {
    # Its assembly is there once a session has used it.
    $subscription = "/subscriptions/$((Connect-AzImageService -Sandbox).SubscriptionId)"
    Disconnect-AzImageService
    $sandbox = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'AzImageTools.Sandbox' }
    $options = [Activator]::CreateInstance($sandbox.GetType('AzImageTools.Sandbox.Configuration.SandboxOptions'))
    $options.GetType().GetProperty('StateFolder').SetValue($options, $Folder)
    $cloud = [Activator]::CreateInstance($sandbox.GetType('AzImageTools.Sandbox.SandboxCloud'), @($options))
    $client = [Net.Http.HttpClient]::new($cloud.CreateHandler())
    $client.DefaultRequestHeaders.Authorization = 'Bearer sandbox'
    $keys = "$subscription/resourceGroups/images/providers/Microsoft.Compute/diskEncryptionSets/keys"
    try {
        $resources = [ordered] @{
            "$subscription/resourceGroups/images?api-version=2021-04-01"                                               = @{}
            "$subscription/resourceGroups/prod?api-version=2021-04-01"                                                 = @{}
            "$subscription/resourceGroups/rg?api-version=2021-04-01"                                                   = @{}
            "$subscription/resourceGroups/images/providers/Microsoft.Compute/galleries/gallery?api-version=2024-03-03" = @{ properties = @{} }
            "$($keys)?api-version=2024-03-02"                                                                          = @{
                identity   = @{ type = 'SystemAssigned' }
                properties = @{ encryptionType = 'EncryptionAtRestWithCustomerKey'; activeKey = @{ keyUrl = 'https://vault.vault.azure.net/keys/key/1' } }
            }
        }
        foreach ($resource in $resources.GetEnumerator()) {
            $body = $resource.Value
            $body.location = 'westeurope'
            $content = [Net.Http.StringContent]::new((ConvertTo-Json $body), [Text.Encoding]::UTF8, 'application/json')
            $answer = $client.PutAsync("https://management.azure.com$($resource.Key)", $content).GetAwaiter().GetResult()
            if (-not $answer.IsSuccessStatusCode) { throw $answer.Content.ReadAsStringAsync().GetAwaiter().GetResult() }
        }

        $sas = $cloud.CreateBlobSas('sandboximages', 'vhds', 'web01.vhd', 'racwd', [DateTimeOffset]::UtcNow.AddHours(1))
    }
    finally {
        $client.Dispose()
        $cloud.Dispose()
    }

    $null = Connect-AzImageService -Sandbox -SandboxPath $Folder
    try {
        $windows = 'MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:latest'
        $options = @{ Urn = $windows; SecurityType = 'Standard'; Credential = $Credential }
        $machine = New-AzImageVM web01 rg @options
        $null = New-AzImageVM web01 prod @options
        $null = New-AzImageVM app01 prod @options | Invoke-AzVMGeneralization -NoBackup -Force
        $backup = Backup-AzVMDisk rg web01 -BackupType Snapshot
        $null = Send-AzVhd $Disk -SasUri $sas -JournalPath $TestDrive
        $image = Send-AzVhd $Disk -ResourceGroupName images -DiskName source -JournalPath $TestDrive | New-AzVhdImage web01-source
        $null = $image | Publish-AzImageVersion gallery base
    }
    finally {
        Disconnect-AzImageService
    }

    @{
        vm       = [pscustomobject] @{ Id = $machine.Id; Name = 'web01'; ResourceGroupName = 'rg'; Location = 'westeurope'; StorageProfile = @{ OsDisk = @{ OsType = 'Windows' } } }
        snapshot = [pscustomobject] @{ Id = $backup.DiskIds[0] }
        sas      = $sas
        id       = $image.Id
        keys     = $keys
        isolated = "$subscription/resourceGroups/sandbox-rg/providers/Microsoft.Network/virtualNetworks/sandbox-vnet/subnets/default"
    }
}
