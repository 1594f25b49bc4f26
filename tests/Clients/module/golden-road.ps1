# The golden road against the sandbox's host, which the environment leads to: sign-in with a service principal, an upload that is read back, an image
# of it, a captured machine, both found again, a refusal, and sign-in with the identity of a machine. Nothing here knows of a sandbox.
$ErrorActionPreference = 'Stop'
$InformationPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
Import-Module (Join-Path $PSScriptRoot ../../../docs/examples/SampleDisk.psm1)

function Assert-Equal($Expected, $Actual, [string] $What) {
    if ("$Expected" -cne "$Actual") { throw "$What is '$Actual', expected '$Expected'." }
    "ok  $What"
}

function Assert-Refused([string] $Id, [scriptblock] $Script) {
    try { & $Script | Out-Null }
    catch {
        Assert-Equal $Id ($_.FullyQualifiedErrorId -split ',')[0] "refused: $Id"
        return
    }

    throw "Not refused: $Script"
}

$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "golden-road-$PID")
try {
    $secret = [pscredential]::new($env:AZURE_CLIENT_ID, (ConvertTo-SecureString $env:AZURE_CLIENT_SECRET -AsPlainText -Force))
    $context = Connect-AzImageService -Credential $secret -TenantId $env:AZURE_TENANT_ID -SubscriptionId $env:AZURE_SUBSCRIPTION_ID
    Assert-Equal $env:AZURE_SUBSCRIPTION_ID $context.SubscriptionId 'subscription'

    $disk = Expand-SampleDisk generalized.vhdx -Destination $folder
    $upload = Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName golden-disk -Verify
    Assert-Equal golden-disk $upload.Name 'uploaded disk'
    $image = $upload | New-AzVhdImage -ImageName golden-image -OsType Windows -HyperVGeneration V2
    Assert-Equal golden-image $image.Name 'image of the disk'

    $captured = New-AzCapturedImage sandbox-rg win-vm captured-image -AllowRunning -Force
    Assert-Equal captured-image $captured.Name 'captured image'

    $sources = Get-AzImageSource -Kind ManagedImage
    Assert-Equal 'captured-image golden-image' (($sources.Name | Sort-Object) -join ' ') 'images found'
    Assert-Equal $true ((Get-AzImageSource -Kind Marketplace -Publisher MicrosoftWindowsServer).Count -gt 0) 'the Marketplace is found'

    Assert-Refused ResourceNotFound { New-AzCapturedImage sandbox-rg no-such-vm refused-image -AllowRunning -Force }
    Disconnect-AzImageService

    $context = Connect-AzImageService -ManagedIdentity -SubscriptionId $env:AZURE_SUBSCRIPTION_ID
    Assert-Equal $env:AZURE_TENANT_ID $context.TenantId 'tenant of the managed identity'
    Disconnect-AzImageService
    'all as expected'
}
finally {
    Remove-Item $folder -Recurse
}
