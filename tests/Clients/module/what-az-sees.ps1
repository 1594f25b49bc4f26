# Runs each flow of the module against the sandbox's host, which the environment leads to, and asks az (one process, by AZ_PYTHON) before and after: what
# is there then and was not, or the other way round, is exactly what the flow's result names.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Import-Module (Join-Path $PSScriptRoot ../../../docs/examples/SampleDisk.psm1)

function Invoke-Az([string] $Command) {
    $az.StandardInput.WriteLine($Command)
    $answer = $az.StandardOutput.ReadLine() | ConvertFrom-Json
    if ($answer.failed) { throw "az $Command failed ($($answer.failed))." }
    $answer
}

function Get-Seen {
    @(
        Invoke-Az 'resource list --query [].id'
        Invoke-Az 'group list --query [].id'
        Invoke-Az 'storage blob list --account-name sandboximages --container-name vhds --auth-mode login --query [].name' | ForEach-Object { "blob $_" }
    ) | ForEach-Object { "$_".ToLowerInvariant() } | Sort-Object -Unique
}

# A flow's result tells by ids what it made: that, and what they name by rule (a version's definition, a machine's network), az sees beside what was there.
function Assert-Seen([string] $What, [scriptblock] $Flow, [scriptblock] $Names) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $result = & $Flow
    $took = $clock.Elapsed.TotalSeconds
    $now = Get-Seen
    $expected = @($result | ForEach-Object $Names) | Where-Object { $_ } | ForEach-Object { "$_".ToLowerInvariant() } | Sort-Object -Unique
    $made = @($now | Where-Object { $script:seen -notcontains $_ })
    $gone = @($script:seen | Where-Object { $now -notcontains $_ })
    $script:seen = $now
    if ($gone) { throw "$What`: az does not see any more: $($gone -join ', ')" }
    if (($made -join ' ') -cne ($expected -join ' ')) { throw "$What`: az sees $($made -join ', '); the result names $($expected -join ', ')." }
    'ok  {0}: {1} resources, {2:0.0} s, az {3:0.0} s' -f $What, $made.Count, $took, ($clock.Elapsed.TotalSeconds - $took)
}

$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "what-az-sees-$PID")
$start = [Diagnostics.ProcessStartInfo]::new($env:AZ_PYTHON, (Join-Path $PSScriptRoot ../az/session.py))
$start.RedirectStandardInput = $start.RedirectStandardOutput = $true
$az = [Diagnostics.Process]::Start($start)
try {
    $null = Invoke-Az "login --service-principal -u $env:AZURE_CLIENT_ID -p any --tenant $env:AZURE_TENANT_ID"
    $seen = Get-Seen
    $secret = [pscredential]::new($env:AZURE_CLIENT_ID, (ConvertTo-SecureString $env:AZURE_CLIENT_SECRET -AsPlainText -Force))
    $null = Connect-AzImageService -Credential $secret -TenantId $env:AZURE_TENANT_ID -SubscriptionId $env:AZURE_SUBSCRIPTION_ID

    Assert-Seen 'a disk read where it lies' { Get-AzVhdInfo -ResourceId "/subscriptions/$env:AZURE_SUBSCRIPTION_ID/resourceGroups/sandbox-rg/providers/Microsoft.Compute/virtualMachines/win-vm" } {}
    Assert-Seen 'an upload' { Send-AzVhd -LiteralPath (Expand-SampleDisk generalized.vhdx -Destination $folder) -ResourceGroupName sandbox-rg -DiskName golden-disk } { $_.ResourceId ?? $_.Id }
    Assert-Seen 'a backup by snapshots' { Backup-AzVMDisk sandbox-rg win-vm -BackupName saved -BackupType Snapshot } { $_.Id; $_.DiskIds }
    Assert-Seen 'a restore beside' { Restore-AzVMBackup sandbox-rg saved -NewVMName second -Confirm:$false } { $_.Id; $_.DiskIds; $_.InterfaceIds }
    Assert-Seen 'a restore in place' { Restore-AzVMBackup sandbox-rg saved -Confirm:$false } { $_.DiskIds }
    Assert-Seen 'an image of a disk' { New-AzVhdImage -ResourceGroupName sandbox-rg -DiskName golden-disk -ImageName golden-image -OsType Windows -HyperVGeneration V2 } { $_.Id }
    Assert-Seen 'a version of a disk, through a managed image' {
        Publish-AzImageVersion sandboxGallery golden -ResourceGroupName sandbox-rg -DiskName golden-disk -SecurityType TrustedLaunchSupported -OsType Windows -HyperVGeneration V2
    } { $_.Id; $_.Id -replace '/versions/.*' }
    Assert-Seen 'a capture by a clone' {
        New-AzCapturedImage sandbox-rg win-vm -GalleryName sandboxGallery -GalleryImageDefinitionName cloned -PreserveSource -Confirm:$false
    } { $_.Id; $_.Id -replace '/versions/.*' }
    Assert-Seen 'a copy to a page blob' {
        Copy-AzVhd -ResourceGroupName sandbox-rg -SnapshotName saved-os -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName copy.vhd
    } { "blob $($_.Name)" }
    Assert-Seen 'a copy to another region' {
        Copy-AzVhd -ResourceGroupName sandbox-rg -SnapshotName saved-os -DestinationResourceGroupName sandbox-rg -DestinationSnapshotName far -DestinationLocation northeurope
    } { $_.Id }
    Assert-Seen 'a download' { Receive-AzVhd (Join-Path $folder down.vhdx) -ResourceGroupName sandbox-rg -SnapshotName saved-os } {}
    Assert-Seen 'a machine of an image' {
        New-AzImageVM made sandbox-rg -ResourceId "/subscriptions/$env:AZURE_SUBSCRIPTION_ID/resourceGroups/sandbox-rg/providers/Microsoft.Compute/images/golden-image" -Credential ([pscredential]::new('admin1', (ConvertTo-SecureString 'C0rrect-Horse-Battery' -AsPlainText -Force)))
    } { $_.Id; $_.NetworkInterfaceId; $_.OsDiskId; $_.Id -replace 'Microsoft.Compute/virtualMachines/.*', 'Microsoft.Network/virtualNetworks/made-vnet'; $_.Id -replace 'Microsoft.Compute/virtualMachines/.*', 'Microsoft.Network/networkSecurityGroups/made-nsg' }
    Assert-Seen 'a test boot' { Test-AzImageBoot -ResourceId "/subscriptions/$env:AZURE_SUBSCRIPTION_ID/resourceGroups/sandbox-rg/providers/Microsoft.Compute/images/golden-image" -OutputPath (Join-Path $folder boot) } {}
    Assert-Seen 'a capture' { New-AzCapturedImage sandbox-rg win-vm captured -AllowRunning -Confirm:$false } { $_.Id; $_.SnapshotIds }
    Assert-Seen 'the generalization of a guest' { Invoke-AzVMGeneralization sandbox-rg linux-vm -Confirm:$false } { $_.BackupIds | Where-Object { $_ -notmatch '/restorePoints/' }; $_.RunCommandId }
    Assert-Seen 'what runs left, removed' { Remove-AzImageLeftover -Confirm:$false } { $_.Id }
    Disconnect-AzImageService
    'all as expected'
}
finally {
    $az.StandardInput.Close()
    $az.WaitForExit()
    Remove-Item $folder -Recurse
}
