using System.Management.Automation;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Upload;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>Gives up an interrupted upload: access is revoked, and what was uploaded so far is deleted, with its journal. A finished disk is never touched.</summary>
[Cmdlet(VerbsLifecycle.Stop, "AzVhdUpload", SupportsShouldProcess = true, DefaultParameterSetName = InputObjectSet)]
[OutputType(typeof(PendingUpload))]
public sealed class StopAzVhdUploadCommand : AsyncCmdlet
{
    private const string InputObjectSet = "InputObject";
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";

    /// <summary>What Get-AzVhdUpload found.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PendingUpload? InputObject { get; set; }

    /// <summary>The managed disk's resource group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    public string? DiskName { get; set; }

    /// <summary>The managed disk's resource id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ResourceId { get; set; }

    /// <summary>Emits what was given up.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context).ConfigureAwait(false);
        PendingUpload upload = InputObject ?? await PendingUploadService.FindAsync(
            lease.Session, ResourceId ?? PendingUploadService.DiskId(lease.Session, ResourceGroupName!, DiskName!), context).ConfigureAwait(false);
        await sink.RunPlanAsync(PendingUploadService.PlanStop(lease.Session, upload), context, PassThru).ConfigureAwait(false);
    }
}
