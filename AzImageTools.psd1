@{
    RootModule             = 'AzImageTools.psm1'
    ModuleVersion          = '0.1.0'
    GUID                   = '6f3d2c52-6d0a-4c35-9a7a-2b8f1c0de914'
    Author                 = 'AzImageTools contributors'
    CompanyName            = 'AzImageTools contributors'
    Copyright              = '(c) AzImageTools contributors. MIT License.'
    Description            = 'From a disk or a virtual machine to an Azure image that boots: inspect, check, upload, capture, publish.'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Desktop', 'Core')
    FormatsToProcess       = @('AzImageTools.Format.ps1xml')
    CmdletsToExport        = @(
        'Backup-AzVMDisk'
        'Connect-AzImageService'
        'Convert-AzVhd'
        'Copy-AzImageVersion'
        'Copy-AzVhd'
        'Copy-AzVhdItem'
        'Disconnect-AzImageService'
        'Export-AzImageReadinessReport'
        'Get-AzImageConsumer'
        'Get-AzImageContext'
        'Get-AzImageReadinessRule'
        'Get-AzImageSource'
        'Get-AzVhdInfo'
        'Get-AzVhdItem'
        'Get-AzVhdRegistryValue'
        'Get-AzVhdRepair'
        'Get-AzVhdUpload'
        'Get-AzVMBackup'
        'Invoke-AzVMGeneralization'
        'New-AzCapturedImage'
        'New-AzImageVM'
        'New-AzVhdImage'
        'Publish-AzImageVersion'
        'Receive-AzVhd'
        'Remove-AzImageLeftover'
        'Remove-AzStaleImageVersion'
        'Repair-AzVhd'
        'Restore-AzImageVersion'
        'Restore-AzVMBackup'
        'Send-AzVhd'
        'Set-AzImageVersion'
        'Set-AzVhdRegistryValue'
        'Stop-AzVhdUpload'
        'Test-AzImageBoot'
        'Test-DeprovisionReadiness'
        'Test-SysprepReadiness'
        'Undo-AzVhdRepair'
        'Wait-AzImageVersion'
    )
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            ProjectUri = 'https://github.com/AzImageTools/AzImageTools'
            ReleaseNotes = 'https://github.com/AzImageTools/AzImageTools/blob/main/CHANGELOG.md'
            Prerelease = 'preview1'
            Tags       = @('Azure', 'Image', 'VHD', 'VHDX', 'Sysprep', 'Upload', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
