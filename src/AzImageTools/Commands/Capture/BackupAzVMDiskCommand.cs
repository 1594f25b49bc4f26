using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Backup;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Backs a virtual machine up: all its disks, and the machine's model (size, network interfaces, identities, security, tags and more), so that
/// Restore-AzVMBackup brings it back even when it is gone. The machine goes on running.
/// </summary>
[Cmdlet(VerbsData.Backup, "AzVMDisk", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Backup-AzVMDisk.md")]
[OutputType(typeof(VMBackup))]
[OutputType(typeof(Job))]
public sealed class BackupAzVMDiskCommand : VirtualMachineCmdlet
{
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

    /// <summary>Nothing is lost.</summary>
    internal override ConfirmImpact Impact => ConfirmImpact.Medium;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VMBackupRequest request = new()
        {
            VMId = MachineId,
            VMName = MachineName,
            ResourceGroupName = MachineGroup,
            Name = BackupName,
            Kind = BackupType,
            Tag = ParameterReader.ReadTags(Tag),
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VMBackupService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
