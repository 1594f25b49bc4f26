# Publishes an uploaded disk through a managed image, against the sandbox's host which the environment leads to, and tells the version as JSON.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module (Join-Path $PSScriptRoot ../../../docs/examples/SampleDisk.psm1)

$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "publish-$PID")
try {
    $secret = [pscredential]::new($env:AZURE_CLIENT_ID, (ConvertTo-SecureString $env:AZURE_CLIENT_SECRET -AsPlainText -Force))
    $null = Connect-AzImageService -Credential $secret -TenantId $env:AZURE_TENANT_ID -SubscriptionId $env:AZURE_SUBSCRIPTION_ID
    $left = Send-AzVhd -LiteralPath (Expand-SampleDisk generalized.vhdx -Destination $folder) -ResourceGroupName sandbox-rg -DiskName golden-disk |
        Publish-AzImageVersion sandboxGallery golden -SecurityType TrustedLaunchSupported -TargetRegion northeurope=2 -NoWait
    $version = $left | Wait-AzImageVersion
    $version | Select-Object Id, Name, ProvisioningState, TargetRegions | ConvertTo-Json -Compress
    Disconnect-AzImageService
}
finally {
    Remove-Item $folder -Recurse
}
