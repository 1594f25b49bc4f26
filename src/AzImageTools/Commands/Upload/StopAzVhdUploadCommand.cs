using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>Gives up an interrupted upload: access is revoked, and what was uploaded so far is deleted, with its journal. A finished disk is never touched.</summary>
[Cmdlet(VerbsLifecycle.Stop, "AzVhdUpload", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Stop-AzVhdUpload.md")]
[OutputType(typeof(PendingUpload))]
public sealed class StopAzVhdUploadCommand : AsyncCmdlet
{
    private const string InputObjectSet = "InputObject";
    private const string SasSet = "SasUri";
    private const string ContextSet = "StorageContext";
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";

    private StorageConnection? _connection;

    /// <summary>What Get-AzVhdUpload found.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = SasSet, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = ContextSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PendingUpload? InputObject { get; set; }

    /// <summary>The page blob's address with a signature that allows to read and delete: text, or better a SecureString. Needs no session.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SasUri, ParameterSetName = SasSet)]
    [Secret]
    public SecureString? SasUri { get; set; }

    /// <summary>The storage account of the page blob, by a context of Az.Storage, as Send-AzVhd takes it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageContext, ParameterSetName = ContextSet)]
    [Alias("Context")]
    [AnyStorageContext]
    public AzStorageContext? StorageContext { get; set; }

    /// <summary>The managed disk's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DiskName, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(PendingUploadCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The managed disk's resource id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>The id or name of the subscription to work in; that of the connection by default.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>Emits what was given up.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_connection is not null || AzStorageContext.TryRead(this, StorageContext, out _connection))
        {
            base.ProcessRecord();
        }
    }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        if (InputObject is null && ParameterSetName is SasSet or ContextSet)
        {
            throw new ImageServiceException("UploadMissing", ErrorKind.InvalidArgument, "No upload was given to stop.", "Pipe what Get-AzVhdUpload found.", "InputObject");
        }

        UploadTarget? access = SasUri is not null ? new SasTarget(SasUri) : _connection?.CreateTarget(InputObject!.Id);
        using SessionLease? lease = await SessionStore.FindForUploadAsync(access, sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        PendingUploadService service = new(lease?.Session);
        PendingUpload upload = InputObject ?? await service.FindAsync(ResourceId ?? service.DiskId(ResourceGroupName!, DiskName!), context).ConfigureAwait(false);
        await sink.RunPlanAsync(service.PlanStop(upload, context, access), context, PassThru).ConfigureAwait(false);
    }
}
