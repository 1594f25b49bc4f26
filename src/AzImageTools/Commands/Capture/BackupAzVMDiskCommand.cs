using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Backs a virtual machine up: all its disks, and the machine's model (size, network interfaces, identities, security, tags and more), so that
/// Restore-AzVMBackup brings it back even when it is gone. The machine goes on running.
/// </summary>
[Cmdlet(VerbsData.Backup, "AzVMDisk", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(VMBackup))]
[OutputType(typeof(Job))]
public sealed class BackupAzVMDiskCommand : AsyncCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    /// <summary>The virtual machine's resource group.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The virtual machine's name.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(VirtualMachineCompleter))]
    public string? VMName { get; set; }

    /// <summary>The virtual machine's resource id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A virtual machine, as Get-AzVM emits it, or a row that names one by ResourceGroupName and VMName.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a virtual machine", "Get-AzVM", "Id", "ResourceId", Names = ["ResourceGroupName", "VMName"])]
    public PSObject? InputObject { get; set; }

    /// <summary>The backup's name, with which the names of all that is made begin; by default the machine's name and the time.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? BackupName { get; set; }

    /// <summary>RestorePoint takes all disks at one moment; Snapshot takes one after the other, and keeps their keys. By default a restore point where the machine can have one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VMBackupKind))]
    public VMBackupKind? BackupType { get; set; }

    /// <summary>Tags for all that is made.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>The id or name of the subscription to work in; that of the connection by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    /// <summary>Nothing is lost.</summary>
    internal override ConfirmImpact Impact => ConfirmImpact.Medium;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VMBackupRequest request = new()
        {
            VMId = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId"),
            VMName = VMName ?? ParameterReader.ReadText(InputObject, "VMName"),
            ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
            Name = BackupName,
            Kind = BackupType,
            Tag = ParameterReader.ReadTags(Tag),
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VMBackupService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
