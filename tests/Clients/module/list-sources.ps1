# Fills the gallery of the sandbox's host, which the environment leads to, with versions that differ in what versions can, and prints all image sources as one line of JSON.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

$secret = [pscredential]::new($env:AZURE_CLIENT_ID, (ConvertTo-SecureString $env:AZURE_CLIENT_SECRET -AsPlainText -Force))
$null = Connect-AzImageService -Credential $secret -TenantId $env:AZURE_TENANT_ID -SubscriptionId $env:AZURE_SUBSCRIPTION_ID

$source = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu
$null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName ubuntu -ImageVersion 1.0.10 -TargetRegion northeurope
$null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName ubuntu -ImageVersion 1.0.9 -EndOfLifeDate '2040-01-02Z' -ExcludeFromLatest
$null = $source | Publish-AzImageVersion -GalleryName sandboxGallery -GalleryImageDefinitionName nvme -Sku nvme -DiskControllerType SCSI, NVMe -SecurityType TrustedLaunchSupported
$null = Publish-AzImageVersion sandboxGallery whole -ResourceId "/subscriptions/$env:AZURE_SUBSCRIPTION_ID/resourceGroups/sandbox-rg/providers/Microsoft.Compute/virtualMachines/win-vm" -OsState Specialized
$null = Get-AzImageSource -Kind Gallery -GalleryName sandboxGallery -Name ubuntu -AllVersions |
    Copy-AzImageVersion -DestinationGalleryName sandboxGallery -DestinationGalleryImageDefinitionName copied -Sku copied

$market = @{ Kind = 'Marketplace'; Location = 'westeurope'; AllVersions = $true; IncludeDeprecated = $true }
[ordered]@{
    Gallery     = @(Get-AzImageSource -Kind Gallery -AllVersions)
    Latest      = @(Get-AzImageSource -Kind Gallery)
    Marketplace = @(Get-AzImageSource @market -Publisher *)
    Publisher   = @(Get-AzImageSource @market -Publisher *microsoft*)
    Offer       = @(Get-AzImageSource @market -Publisher * -Offer *ubuntu*)
    Sku         = @(Get-AzImageSource @market -Publisher Canonical -Sku *server*)
} | ConvertTo-Json -Depth 6 -Compress -EnumsAsStrings
