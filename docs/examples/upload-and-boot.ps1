<#
.SYNOPSIS
From a disk image to a machine that is proved to boot: against the sandbox, without a subscription.

.DESCRIPTION
Checks a disk image, uploads it, makes an image of it, boots a throwaway machine of that, and only when it came up makes the machine that is
wanted. Then the same with an image that was never generalized, which the test boot names before anybody has a machine of it.

Against your own subscription the same commands work after Connect-AzAccount, without the line that connects to the sandbox.

.PARAMETER Path
A generalized disk image of yours, in place of the one that comes with the project.

.EXAMPLE
./upload-and-boot.ps1
#>
[CmdletBinding()]
param(
    [string] $Path
)

$ErrorActionPreference = 'Stop'

Import-Module (Join-Path $PSScriptRoot SampleDisk.psm1)
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "upload-and-boot-$PID")
try {
    Connect-AzImageService -Sandbox | Out-Null
    if (-not $Path) { $Path = Expand-SampleDisk generalized.vhdx -Destination $folder }
    $group = 'sandbox-rg'

    '1. Can Azure take the disk?'
    Get-AzVhdInfo -LiteralPath $Path | Out-Host

    '2. Upload it, and make an image of it.'
    $image = Send-AzVhd -LiteralPath $Path -ResourceGroupName $group -DiskName golden-disk | New-AzVhdImage -ImageName golden
    $image | Out-Host

    '3. Does a machine of it come up? It lies in a resource group of its own, without a public address, and goes again.'
    $boot = $image | Test-AzImageBoot -OutputPath $folder
    $boot | Out-Host
    $boot.Stages | Out-Host
    if ($boot.Verdict -ne 'Boots') { throw "$($boot.Summary) $($boot.Remedy)" }

    '4. Then make the machine that is wanted: nobody reaches it from outside.'
    $password = ConvertTo-SecureString ([guid]::NewGuid().ToString() + '-Aa1') -AsPlainText -Force
    $image | New-AzImageVM web01 $group -Credential ([pscredential]::new('azureadmin', $password)) | Out-Host

    '5. An image that nobody generalized is told before it is used, with what to do.'
    $unprepared = Expand-SampleDisk ready-fixed.vhdx -Destination $folder |
        Send-AzVhd -ResourceGroupName $group -DiskName unprepared-disk |
        New-AzVhdImage -ImageName unprepared |
        Test-AzImageBoot -OutputPath $folder
    $unprepared | Format-List Verdict, Cause, Summary, Remedy | Out-Host

    '6. What the runs left: nothing.'
    @(Remove-AzImageLeftover).Count
}
finally {
    Disconnect-AzImageService
    Remove-Item $folder -Recurse
}
