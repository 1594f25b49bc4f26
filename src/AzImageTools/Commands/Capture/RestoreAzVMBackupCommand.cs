using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Backup;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Brings a virtual machine back from what Backup-AzVMDisk made: in its place, by exchanging its disks or making it anew where it is gone or
/// generalized, or beside it under another name.
/// </summary>
[Cmdlet(VerbsData.Restore, "AzVMBackup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Restore-AzVMBackup.md")]
[OutputType(typeof(RestoredVM))]
[OutputType(typeof(Job))]
public sealed class RestoreAzVMBackupCommand : AzureCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    /// <summary>The backup's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The backup's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BackupName, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(VMBackupCompleter))]
    public string? BackupName { get; set; }

    /// <summary>The resource id of the backup: of the OS disk's snapshot, or the restore point collection.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A backup, as Backup-AzVMDisk emits it, or a row that names one by ResourceGroupName and BackupName.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a backup", "Backup-AzVMDisk", "Id", "ResourceId", Names = ["ResourceGroupName", "BackupName"])]
    public PSObject? InputObject { get; set; }

    /// <summary>The name of a machine that is made beside the one that was backed up. Without it that one comes back in its place.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? NewVMName { get; set; }

    /// <summary>The resource group of a machine that is made beside; the backup's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? NewVMResourceGroupName { get; set; }

    /// <summary>The id of the subnet of a machine that is made beside; those of the machine that was backed up by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? SubnetId { get; set; }

    /// <summary>Tags for all that is made, beside those of the machine and its disks.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Does not ask, although what the machine's disks hold now goes out of use.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A machine beside takes nothing away.</summary>
    internal override ConfirmImpact Impact => NewVMName is null ? ConfirmImpact.High : ConfirmImpact.Medium;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VMRestoreRequest request = new()
        {
            BackupId = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId"),
            BackupName = BackupName ?? ParameterReader.ReadText(InputObject, "BackupName"),
            ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
            VMName = NewVMName,
            VMResourceGroupName = NewVMResourceGroupName,
            SubnetId = SubnetId,
            Tag = ParameterReader.ReadTags(Tag),
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VMRestoreService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
