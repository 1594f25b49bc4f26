using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Backup;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Lists what Backup-AzVMDisk made, with the machine that it is of and whether that can come back from it: those of a machine together, the newest
/// first. It reads the tags of snapshots and restore point collections alone.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVMBackup", HelpUri = HelpPages.Root + "Get-AzVMBackup.md")]
[OutputType(typeof(VMBackup))]
public sealed class GetAzVMBackupCommand : ConnectedCmdlet
{
    /// <summary>The backups' resource group; the whole subscription by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The backup's name; wildcards are allowed.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VMBackupCompleter))]
    public string? BackupName { get; set; }

    /// <summary>The name of the machine that was backed up; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VirtualMachineCompleter))]
    public string? VMName { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VMBackupFilter filter = new() { ResourceGroupName = ResourceGroupName, BackupName = BackupName, VMName = VMName };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        foreach (VMBackup backup in await new VMBackupCatalogue(lease.Session).ListAsync(filter, context).ConfigureAwait(false))
        {
            await sink.WriteObjectAsync(backup).ConfigureAwait(false);
        }
    }
}
