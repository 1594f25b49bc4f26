using System.Collections;
using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Services;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>The base of cmdlets that move what a disk in Azure holds: how the disk is named.</summary>
public abstract class AzureVhdCmdlet : ImageCmdlet
{
    private protected const string NameSet = "Name";
    private protected const string SnapshotSet = "Snapshot";
    private protected const string ResourceIdSet = "ResourceId";
    private protected const string InputObjectSet = "InputObject";
    private protected const string BlobSet = "PageBlob";
    private protected const string BlobUriSet = "BlobUri";
    private protected const string SasSet = "SasUri";
    private protected const string ContextSet = "StorageContext";

    private protected AzureVhdCmdlet()
    {
    }

    /// <summary>The managed disk's or snapshot's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DiskName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ManagedDiskCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The snapshot's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SnapshotName, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    public string? SnapshotName { get; set; }

    /// <summary>The resource id of the managed disk or snapshot, or of a virtual machine, of which the OS disk is meant.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("DiskId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A managed disk, snapshot or virtual machine, as Get-AzDisk, Get-AzSnapshot and Get-AzVM emit it, or an upload, as Send-AzVhd emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a managed disk, a snapshot or an upload", "Get-AzDisk, Get-AzSnapshot or Send-AzVhd", "Id", "ResourceId", "Uri", "BlobUri")]
    public PSObject? InputObject { get; set; }

    /// <summary>The storage account of the page blob; with -StorageContext that of the context.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageAccountName, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string? StorageAccountName { get; set; }

    /// <summary>The storage account of the page blob, by a context of Az.Storage, as Send-AzVhd takes it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageContext, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Context")]
    [AnyStorageContext]
    public AzStorageContext? StorageContext { get; set; }

    /// <summary>The container of the page blob.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(BlobContainerCompleter))]
    public string? Container { get; set; }

    /// <summary>The page blob's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobName, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobName, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? BlobName { get; set; }

    /// <summary>The page blob's address, without a signature.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobUri, ParameterSetName = BlobUriSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public Uri? BlobUri { get; set; }

    /// <summary>
    /// The address of a page blob, or of a managed disk as Grant-AzDiskAccess gives it, with a signature that allows to read: text, or better a SecureString. Needs no session.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SasUri, ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Secret]
    public SecureString? SasUri { get; set; }

    /// <summary>The disk access whose private endpoints a temporary snapshot is read through, of a disk that is open to those alone (AllowPrivate).</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskAccessId { get; set; }

    /// <summary>Where the temporary snapshot is made of a disk that belongs to a machine; the disk's own resource group by default.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? TemporaryResourceGroupName { get; set; }

    /// <summary>Tags for the temporary snapshot.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>How many requests may be in flight at most. It begins with 8, adds some while that is faster, and takes some away when Azure asks for less.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = VhdUploader.DefaultThrottleLimit;

    /// <summary>The disk that the parameters name.</summary>
    /// <exception cref="ImageServiceException">They name none, or the storage context can't be used.</exception>
    private protected DownloadSource ReadSource()
    {
        switch (ParameterSetName)
        {
            case BlobSet:
                return new PageBlobSource(new PageBlobTarget(StorageAccountName!, Container!, BlobName!));
            case BlobUriSet:
                return PageBlobSource.At(BlobUri!);
            case SasSet:
                return new PageBlobSource(new SasTarget(SasUri!));
            case ContextSet:
                return new PageBlobSource(StorageContext!.Read().RequireAccount(StorageAccountName).CreateTarget(Container!, BlobName!, force: false));
            default:
                string? id = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId");
                return InputObject is not null && id?.StartsWith("/", StringComparison.Ordinal) != true ? ReadBlob(id) : new ManagedSource
                {
                    ResourceId = id,
                    ResourceGroupName = ResourceGroupName,
                    DiskName = DiskName,
                    SnapshotName = SnapshotName,
                    DiskAccessId = DiskAccessId,
                    TemporaryResourceGroupName = TemporaryResourceGroupName,
                    Tags = ParameterReader.ReadTags(Tag),
                };
        }
    }

    private PageBlobSource ReadBlob(string? id)
        => Uri.TryCreate(ParameterReader.ReadText(InputObject, "Uri", "BlobUri"), UriKind.Absolute, out Uri? address) ? PageBlobSource.At(address) : throw new ImageServiceException(
            "InputNotADisk",
            ErrorKind.InvalidArgument,
            "The input is no managed disk, snapshot or upload: it has no resource id and no blob's address.",
            "Pipe what Get-AzDisk, Get-AzSnapshot or Send-AzVhd emits, or use -ResourceId or -BlobUri.",
            id);
}
