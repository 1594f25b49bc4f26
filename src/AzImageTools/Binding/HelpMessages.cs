namespace AzImageTools.Binding;

/// <summary>What PowerShell tells (<c>!?</c>) where it asks for a mandatory parameter: what to type.</summary>
internal static class HelpMessages
{
    public const string ApplicationId = "Type the id of the application that signs in, a GUID.";

    public const string BackupName = "Type the name of the backup, as Get-AzVMBackup lists it.";

    public const string BlobName = "Type the name of the page blob, as in 'images/web01.vhd'.";

    public const string BlobUri = "Type the address of the page blob, as in https://account.blob.core.windows.net/vhds/web01.vhd, without a SAS.";

    public const string CertificatePath = "Type the path of the certificate's file, with its private key: PEM, or PFX without a password.";

    public const string Container = "Type the name of the blob container.";

    public const string Credential = "Give the application's id as the user name, and its secret as the password.";

    public const string DestinationFile = "Type the path of the VHD to make, or of a folder for it.";

    public const string DestinationFolder = "Type the path of the folder to copy into.";

    public const string DiskName = "Type the name of the managed disk.";

    public const string EvidencePath = "Type the path of the file that holds what a collector printed.";

    public const string GalleryImageDefinitionName = "Type the name of the image definition in the gallery.";

    public const string GalleryName = "Type the name of the Azure Compute Gallery.";

    public const string GalleryResourceGroupName = "Type the name of the gallery's resource group.";

    public const string HyperVGeneration = "Type the generation of the machines: V1 starts on BIOS, V2 on UEFI.";

    public const string ImageName = "Type the name of the managed image to make.";

    public const string ImageVersion = "Type the number of the image version, as in 1.0.0.";

    public const string InputObject = "Pipe the object; it can't be typed.";

    public const string ItemPath = "Type the path of the file or folder in the guest, as in C:\\Windows\\Panther or /etc/fstab.";

    public const string LiteralPath = "Type the exact path of the disk image.";

    public const string ManagedIdentity = "Give the switch, to sign in as the identity of this machine in Azure.";

    public const string NewVMName = "Type the name of the machine to make.";

    public const string OsType = "Type the system on the disk: Windows or Linux.";

    public const string Path = "Type the path of the disk image (VHD, VHDX, VMDK, QCOW2, VDI, raw); wildcards are allowed.";

    public const string ReceivedPath = "Type the path of the file to make, ending in .vhd or .vhdx, or of a folder for it.";

    public const string RegistryKey = "Type the key's path, as in HKLM\\SYSTEM\\CurrentControlSet\\Services\\cdrom.";

    public const string RegistryName = "Type the name of the value.";

    public const string RegistryType = "Type the kind of the value, as in DWord or String.";

    public const string RegistryValue = "Type the data of the value.";

    public const string ReportPath = "Type the path of the report to write, whose extension (.html, .json, .csv, .xml) tells its format.";

    public const string ResourceGroupName = "Type the name of the resource group.";

    public const string ResourceId = "Type the resource id, as in /subscriptions/<id>/resourceGroups/<name>/providers/<type>/<name>.";

    public const string Sandbox = "Give the switch, to work in a simulated Azure.";

    public const string SasUri = "Type the address of the page blob with its SAS; it is not shown.";

    public const string SnapshotName = "Type the name of the snapshot.";

    public const string StorageAccountName = "Type the name of the storage account.";

    public const string StorageContext = "Give the storage account's context, as New-AzStorageContext makes it.";

    public const string TenantId = "Type the tenant's id or domain, as in contoso.onmicrosoft.com.";

    public const string Urn = "Type the Marketplace image as Publisher:Offer:Sku:Version, where latest is a version.";

    public const string UseDeviceCode = "Give the switch, to sign in with a code in any browser.";

    public const string VMName = "Type the name of the virtual machine.";
}
